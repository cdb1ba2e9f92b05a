"""Agreements with their prices and recorded changes."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import DateTimeField, QuerySet, Value
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from subscriptions.admin.base import OrganizationFilter, RowAdmin, RowInline, StaffMayEdit, badge, person
from subscriptions.domain.period import local_date
from subscriptions.forms import (
    SubscriptionChangeForm,
    SubscriptionForm,
    SubscriptionPriceForm,
    SubscriptionPriceFormSet,
)
from subscriptions.models import Subscription, SubscriptionChange, SubscriptionPrice
from subscriptions.selectors import database_now

EDITABLE_WHILE_RUNNING = ("po_number", "net_days", "last_service_date")
"""What may be typed over in a running agreement: it bears on documents still to come only."""


def runs(subscription: Subscription | None) -> bool:
    """
    Tell whether an agreement is in force, so that what was agreed may only be changed by a recorded change (BR-15).

    The effective date decides, not whether a billing cycle exists: nothing is billed before that day, something may be
    billed at any moment from it on, and an agreement must not know that invoices exist.
    """
    if subscription is None:
        return False
    return subscription.effective_date <= local_date(database_now(), time_zone=subscription.time_zone)


class SubscriptionPriceInline(StaffMayEdit, RowInline):
    model = SubscriptionPrice
    form = SubscriptionPriceForm
    formset = SubscriptionPriceFormSet
    fields = ["product", "commitment", "price", "overage_price", "setup_price"]
    autocomplete_fields = ["product"]
    verbose_name_plural = _("Agreed prices and commitments, in the subscription's currency")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("product").order_by("pk")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and not runs(obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not runs(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not runs(obj)


class SubscriptionChangeInline(StaffMayEdit, RowInline):
    """Changes are only ever added."""

    model = SubscriptionChange
    form = SubscriptionChangeForm
    fields = [
        "product",
        "effective_date",
        "commitment",
        "price",
        "overage_price",
        "reason",
        "recorded_by",
        "recorded_at",
    ]
    readonly_fields = ["recorded_by", "recorded_at"]
    autocomplete_fields = ["product"]
    verbose_name = _("change")
    verbose_name_plural = _("Recorded changes")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("product", "recorded_by")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Subscription)
class SubscriptionAdmin(StaffMayEdit, RowAdmin):
    organization_path = "organization"
    form = SubscriptionForm
    list_display = [
        "organization",
        "effective_date",
        "state",
        "commercial_model",
        "licensing_model",
        "currency",
        "edition",
    ]
    list_display_links = ["organization", "effective_date"]
    list_filter = [("organization", OrganizationFilter), "commercial_model", "licensing_model", "currency", "edition"]
    list_select_related = ["organization"]
    search_fields = ["organization__name", "organization__code", "po_number"]
    ordering = ["organization__name", "-effective_date"]
    autocomplete_fields = ["organization"]
    inlines = [SubscriptionPriceInline, SubscriptionChangeInline]
    readonly_fields = ["cancelled_on"]
    fieldsets = [
        (None, {"fields": [("organization", "issuing_entity"), ("effective_date", "time_zone")]}),
        (
            _("What was agreed"),
            {
                "fields": [
                    ("commercial_model", "licensing_model"),
                    ("currency", "edition"),
                    ("ramp_months", "term_months"),
                    "multi_shift",
                ]
            },
        ),
        (_("Invoices"), {"fields": [("net_days", "cutoff_hours"), "po_number"]}),
        (_("Cancellation"), {"fields": [("last_service_date", "cancelled_on")]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # One reading of the clock for the whole list.
        read_at = Value(database_now(), output_field=DateTimeField())
        rows: QuerySet[Any] = super().get_queryset(request).annotate(read_at=read_at)
        return rows

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if not runs(obj):
            return ["cancelled_on"]
        ended = obj.last_service_date and obj.last_service_date < local_date(database_now(), time_zone=obj.time_zone)
        editable = set(EDITABLE_WHILE_RUNNING) - ({"last_service_date"} if ended else set())
        return [name for row in _rows_of(self.fieldsets) for name in row if name not in editable]

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for row in formset.save(commit=False):
            if isinstance(row, SubscriptionChange):
                row.recorded_at, row.recorded_by = database_now(), person(request)
        super().save_formset(request, form, formset, change)

    @badge(description=_("state"), colors={"running": "success", "coming": "info", "ending": "warning", "ended": ""})
    def state(self, subscription: Any) -> tuple[str, Any]:
        today = local_date(subscription.read_at, time_zone=subscription.time_zone)
        if subscription.effective_date > today:
            return "coming", _("Coming")
        if subscription.last_service_date is None:
            return "running", _("Running")
        return ("ending", _("Ending")) if subscription.last_service_date >= today else ("ended", _("Ended"))


def _rows_of(fieldsets: Any) -> list[Sequence[str]]:
    rows = [row for _name, options in fieldsets for row in options["fields"]]
    return [(row,) if isinstance(row, str) else row for row in rows]
