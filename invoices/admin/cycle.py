"""Billing cycles with their state and the reasons they wait for, and the terms a close used."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils.translation import gettext_lazy as _
from moneyed import Money

from invoices.admin.mending import with_ways_to_mend
from invoices.admin.preview import PreviewPages
from invoices.admin.too_late import TooLateInline
from invoices.admin.what_if import WhatIfPages
from invoices.choices import CycleState
from invoices.forms import HoldDecisionForm
from invoices.models import BillingCycle, CycleException, Invoice, TermsSnapshot
from invoices.services.closing import Outcome, Step, close_cycle_now
from invoices.services.deciding import decide_hold, open_codes
from subscriptions.admin.base import (
    FactAdmin,
    FactInline,
    OrganizationFilter,
    badge,
    current_language,
    page_action,
    person,
    pretty,
)
from subscriptions.domain.formatting import format_days, format_money, format_service
from subscriptions.domain.period import BillingPeriod
from subscriptions.selectors import database_now
from subscriptions.views.access import make_sure_of
from usage.domain.snapshot import ExceptionCode

STATE_COLORS = {"held": "danger", "opening": "info", "open": "info", "closed": "success"}

OUTCOMES = {
    Outcome.OPENED: (messages.SUCCESS, _("The cycle is open now; what was due in advance has been invoiced.")),
    Outcome.CLOSED: (messages.SUCCESS, _("The cycle is closed; what was due has been invoiced.")),
    Outcome.HELD: (messages.WARNING, _("The cycle is still held: mend the reasons below and try again.")),
    Outcome.NOT_DUE: (messages.INFO, _("Nothing is due: the cycle closes by itself after its cut-off.")),
    Outcome.FAILED: (messages.ERROR, _("The cycle could not be closed. It is tried again; the log has the details.")),
}


EXCEPTIONS = {
    ExceptionCode.MIXED_TIERS.value: _("More than one of PureCloud 1, 2 and 3 was assigned"),
    ExceptionCode.UNLICENSED_USER.value: _("Logged in without a license, and not counted"),
    ExceptionCode.UNENDED_SESSION.value: _("A session without a logout, taken to end after 24 hours"),
}


class HeldFilter(admin.SimpleListFilter):
    """Cycles that wait for a person, and those that do not."""

    title = _("held")
    parameter_name = "held"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Held")), ("no", _("Not held"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "yes":
            return queryset.exclude(held_reasons=[])
        return queryset.filter(held_reasons=[]) if self.value() == "no" else queryset


class CycleExceptionInline(FactInline):
    model = CycleException
    fields = ["what", "subject"]
    per_page = 50
    verbose_name_plural = _("To look at: found in the period's usage, without keeping it from closing")

    @admin.display(description=_("what"))
    def what(self, row: CycleException) -> Any:
        return EXCEPTIONS.get(row.code, row.code)


class CycleInvoiceInline(FactInline):
    model = Invoice
    fields = ["number", "document_type", "invoice_date", "due_date", "shown_total"]
    show_change_link = True
    verbose_name_plural = _("Issued when it was opened or closed")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("frozen")

    @admin.display(description=_("total"))
    def shown_total(self, invoice: Invoice) -> str:
        return format_money(Money(invoice.total, invoice.currency), current_language())


@admin.register(BillingCycle)
class BillingCycleAdmin(PreviewPages, WhatIfPages, FactAdmin):
    list_display = ["period", "organization", "shown_state", "why", "cutoff_at", "closed_at"]
    list_filter = [("organization", OrganizationFilter), HeldFilter, "state"]
    list_select_related = ["organization"]
    search_fields = ["organization__name", "organization__code"]
    ordering = ["-period_start", "organization__name", "-pk"]
    fieldsets = [
        (None, {"fields": [("organization", "subscription"), ("service", "state_in_words")]}),
        (_("Why it waits"), {"fields": ["reasons", ("held_at", "tried_at")]}),
        (_("Closed without"), {"fields": ["without"]}),
        (
            _("Close"),
            {"fields": [("cutoff_at", "closed_at"), ("usage_snapshot", "terms_snapshot")]},
        ),
    ]
    readonly_fields = ["service", "state_in_words", "reasons", "without"]
    actions = ["try_again"]
    actions_detail = ["preview_this", "try_this_again", "decide"]

    def get_urls(self) -> list[URLPattern]:
        # Before Django's own: the last of those takes every address for a row's.
        return [*self.preview_urls(), *self.what_if_urls(), *super().get_urls()]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        empty = {"reasons": not (obj and obj.held_reasons), "without": not (obj and obj.left_out)}
        return [part for part in fieldsets if not any(empty.get(str(name)) for name in part[1]["fields"])]

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        invoiced, remarkable = obj and obj.invoices.exists(), obj and obj.exceptions.exists()
        late = obj and obj.too_late.exists()
        inlines = [(CycleInvoiceInline, invoiced), (CycleExceptionInline, remarkable), (TooLateInline, late)]
        return [inline for inline, is_there in inlines if is_there]

    def has_retry_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if object_id is None:
            return self.has_view_permission(request)
        return bool(self.get_object(request, object_id).held_reasons)

    def has_preview_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return object_id is not None and self.get_object(request, object_id).state != CycleState.CLOSED

    def has_decide_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return object_id is not None and bool(open_codes(self.get_object(request, object_id)))

    @admin.display(description=_("period"), ordering="period_start")
    def period(self, cycle: BillingCycle) -> str:
        return format_days(cycle.period_start, _period(cycle).last_day, current_language())

    @admin.display(description=_("period"))
    def service(self, cycle: BillingCycle) -> str:
        zone, language = cycle.subscription.time_zone, current_language()
        return format_service(cycle.period_start, _period(cycle).last_day, zone, language)

    @badge(description=_("state"), colors=STATE_COLORS)
    def shown_state(self, cycle: BillingCycle) -> tuple[str, Any]:
        if cycle.held_reasons:
            return "held", _("Held")
        return cycle.state, CycleState(cycle.state).label

    @admin.display(description=_("state"))
    def state_in_words(self, cycle: BillingCycle) -> Any:
        return self.shown_state(cycle)[1]

    @admin.display(description=_("why it waits"), empty_value="")
    def why(self, cycle: BillingCycle) -> str | None:
        return " ".join(reason.get("message", "") for reason in cycle.held_reasons) or None

    @admin.display(description=_("reasons"))
    def reasons(self, cycle: BillingCycle) -> str:
        reasons = with_ways_to_mend(cycle, cycle.held_reasons)
        return render_to_string("admin/seatbill/reasons.html", {"reasons": reasons})

    @admin.display(description=_("doubtful charges"))
    def without(self, cycle: BillingCycle) -> str:
        reasons = with_ways_to_mend(cycle, cycle.left_out)
        return render_to_string("admin/seatbill/reasons.html", {"reasons": reasons})

    @admin.action(description=_("Try again now"), permissions=["retry"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[BillingCycle]) -> None:
        make_sure_of(request)
        for cycle in chosen.exclude(state=CycleState.CLOSED).order_by("period_start"):
            self._try(request, cycle)

    @page_action(description=_("Preview"), icon="preview", permissions=["preview"])
    def preview_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        cycle = self.get_object(request, object_id)
        return HttpResponseRedirect(reverse("admin:invoices_preview", args=[cycle.subscription_id]))

    @page_action(description=_("Try again now"), icon="refresh", permissions=["retry"])
    def try_this_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        cycle = self.get_object(request, object_id)
        back = reverse("admin:invoices_billingcycle_change", args=[cycle.pk])
        if request.method != "POST":
            return self.confirmation(
                request,
                title=_("Try again now?"),
                message=_(
                    "If every reason has been mended, the cycle closes and its invoice is issued; an issued invoice "
                    "cannot be taken back. Otherwise it stays held."
                ),
                button=_("Try again now"),
                back=back,
            )
        make_sure_of(request)
        self._try(request, cycle)
        return HttpResponseRedirect(back)

    @page_action(description=_("Decide"), icon="gavel", permissions=["decide"])
    def decide(self, request: HttpRequest, object_id: str) -> HttpResponse:
        cycle = self.get_object(request, object_id)
        back = reverse("admin:invoices_billingcycle_change", args=[cycle.pk])
        form = HoldDecisionForm(request.POST or None, cycle=cycle)
        if form.is_valid():
            make_sure_of(request)
            step = decide_hold(form.verdict(), cycle_id=cycle.pk, decided_by=person(request), now=database_now())
            self._tell(request, cycle, step)
            return HttpResponseRedirect(back)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("What shall become of this cycle?"),
            "reasons": with_ways_to_mend(cycle, [*cycle.held_reasons, *cycle.left_out]),
            "form": form,
            "back": back,
        }
        return TemplateResponse(request, "admin/seatbill/decide.html", context)

    def _try(self, request: HttpRequest, cycle: BillingCycle) -> None:
        self._tell(request, cycle, close_cycle_now(cycle_id=cycle.pk, now=database_now()))

    def _tell(self, request: HttpRequest, cycle: BillingCycle, step: Step) -> None:
        self.log_change(request, cycle, str(step.outcome))
        level, words = OUTCOMES[step.outcome]
        self.message_user(request, f"{cycle.organization}, {self.period(cycle)}: {words}", level)


@admin.register(TermsSnapshot)
class TermsSnapshotAdmin(FactAdmin):
    list_display = ["organization", "rule_version", "used_in"]
    list_filter = [("organization", OrganizationFilter)]
    list_select_related = ["organization"]
    ordering = ["-pk"]
    fields = [("organization", "rule_version"), "agreed"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("terms").prefetch_related("cycles")

    @admin.display(description=_("used to close"))
    def used_in(self, terms: TermsSnapshot) -> str:
        language = current_language()
        return ", ".join(
            format_days(cycle.period_start, _period(cycle).last_day, language) for cycle in terms.cycles.all()
        )

    @admin.display(description=_("terms"))
    def agreed(self, terms: TermsSnapshot) -> str:
        return pretty(terms.terms)


def _period(cycle: BillingCycle) -> BillingPeriod:
    return BillingPeriod(index=cycle.index, start=cycle.period_start, end=cycle.period_end, whole_end=cycle.period_end)
