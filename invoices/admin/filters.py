"""Filters of cycles and documents by what a person has to do about them; the rows are those that the home counts."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from invoices.choices import AGES
from invoices.domain.ageing import Age
from invoices.models import RenderedPdf
from invoices.selectors.attention import (
    DUE_DAYS,
    Undelivered,
    list_due_by,
    list_held,
    list_over_commitment_twice,
    list_past_due,
    list_undelivered,
    until_end_of,
)
from subscriptions.admin.pdf import PdfFilter
from subscriptions.selectors.clock import database_now

PAST_DUE = "past_due"


class HeldFilter(admin.SimpleListFilter):
    """Cycles that wait for a person, and those that do not."""

    title = _("held")
    parameter_name = "held"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Held")), ("no", _("Not held"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "yes":
            return list_held(queryset)
        return queryset.filter(held_reasons=[]) if self.value() == "no" else queryset


class DueFilter(admin.SimpleListFilter):
    """Cycles that open or close by themselves until the end of a day, in UTC; those that are held do not."""

    title = _("due by itself")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        words = {0: _("Until the end of today"), 1: _("Until the end of tomorrow"), 7: _("Within 7 days")}
        return [(str(days), words.get(days) or _("Within %(days)s days") % {"days": days}) for days in DUE_DAYS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = {str(days): days for days in DUE_DAYS}.get(self.value() or "")
        return queryset if chosen is None else list_due_by(queryset, until=until_end_of(chosen, now=database_now()))


class OverFilter(admin.SimpleListFilter):
    """The running cycle of agreements that went over their commitment in the two periods before it."""

    title = _("over the commitment")
    parameter_name = "over"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("twice", _("In the last two periods"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() != "twice":
            return queryset
        return list_over_commitment_twice(queryset, on=database_now().date())


class AgeFilter(admin.SimpleListFilter):
    """Invoices of which something is past due, all of them or of one age."""

    title = _("past due")
    parameter_name = "age"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(PAST_DUE, _("Past due")), *((age.value, AGES[age]) for age in Age if age is not Age.CURRENT)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        if chosen == PAST_DUE:
            return list_past_due(queryset, on=database_now().date())
        age = {age.value: age for age in Age if age is not Age.CURRENT}.get(chosen or "")
        return queryset if age is None else list_past_due(queryset, on=database_now().date(), age=age)


class DeliveryFilter(admin.SimpleListFilter):
    """Documents whose mail was handed over, waits for the PDF, or has nobody to go to."""

    title = _("mail")
    parameter_name = "mail"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            (Undelivered.NOBODY.value, _("No billing contact")),
            (Undelivered.PENDING.value, _("Waits for its PDF")),
            ("queued", _("Handed over")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "queued":
            return queryset.filter(is_queued=True)
        waits_for = {each.value: each for each in Undelivered}.get(self.value() or "")
        return queryset if waits_for is None else list_undelivered(queryset, waits_for)


class InvoicePdfFilter(PdfFilter):
    pdfs = RenderedPdf.objects.all()
