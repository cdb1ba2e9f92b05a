"""Billing cycles with their state and the reasons they wait for, and the terms a close used."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import URLPattern, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from invoices.admin.filters import DueFilter, HeldFilter, OverFilter
from invoices.admin.held import HeldCycles
from invoices.admin.moving_in import MovingInPages
from invoices.admin.moving_in_files import MovingInFiles
from invoices.admin.moving_in_steps import MovingInSteps
from invoices.admin.preview import PreviewPages
from invoices.admin.run_review import RunReviewPage
from invoices.admin.too_late import TooLateInline
from invoices.admin.what_if import WhatIfPages
from invoices.choices import EXCEPTIONS, CycleState
from invoices.documents.mending import with_ways_to_mend
from invoices.documents.reasons import reasons_in_words
from invoices.documents.release import release_of
from invoices.models import BillingCycle, CycleException, Invoice, TermsSnapshot
from subscriptions.admin.base import FactAdmin, FactInline
from subscriptions.admin.filters import BY_ORGANIZATION
from subscriptions.admin.parts import badge, current_language, enumerated, page_action, pretty, shown_money
from subscriptions.choices import AuditKind
from subscriptions.domain.formatting import format_days, format_service
from subscriptions.domain.period import BillingPeriod
from subscriptions.selectors.catalog import get_product_names

STATE_COLORS = {"held": "danger", "opening": "info", "open": "info", "closed": "success"}


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
        return shown_money(invoice.total, invoice.currency)


@admin.register(BillingCycle)
class BillingCycleAdmin(
    RunReviewPage, PreviewPages, WhatIfPages, MovingInPages, MovingInSteps, MovingInFiles, HeldCycles, FactAdmin
):
    audited_as = AuditKind.CYCLE
    when_empty = _(
        "A cycle is a period of a subscription that is counted, closed and invoiced. The first opens by itself "
        "when a subscription begins."
    )
    list_display = ["period", "organization", "shown_state", "why", "cutoff_at", "closed_at"]
    list_filter = [BY_ORGANIZATION, HeldFilter, DueFilter, OverFilter, "state"]
    list_select_related = ["organization"]
    search_fields = ["organization"]
    ordering = ["-period_start", "-pk"]
    export_columns = {"period": ["period_start", "period_end"]}
    fieldsets = [
        (None, {"fields": [("organization", "subscription"), ("service", "state_in_words")]}),
        (_("Why it waits"), {"fields": ["reasons", ("held_at", "tried_at")]}),
        (pgettext_lazy("of a cycle", "Released"), {"fields": ["releases"]}),
        (_("Closed without"), {"fields": ["without"]}),
        (
            pgettext_lazy("of a cycle", "Close"),
            {"fields": [("cutoff_at", "closed_at"), ("usage_snapshot", "terms_snapshot")]},
        ),
    ]
    readonly_fields = ["service", "state_in_words", "reasons", "releases", "without"]
    actions = ["try_again"]
    actions_detail = ["preview_this", "try_this_again", "decide", "release"]

    def get_urls(self) -> list[URLPattern]:
        # Before Django's own: the last of those takes every address for a row's.
        moving_in = [*self.moving_in_file_urls(), *self.moving_in_step_urls(), *self.moving_in_urls()]
        own = [*self.review_urls(), *self.preview_urls(), *self.what_if_urls(), *moving_in]
        return [*own, *super().get_urls()]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        empty = {
            "reasons": not (obj and obj.held_reasons),
            "releases": not (obj and obj.releases.exists()),
            "without": not (obj and obj.left_out),
        }
        return [part for part in fieldsets if not any(empty.get(str(name)) for name in part[1]["fields"])]

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        invoiced, remarkable = obj and obj.invoices.exists(), obj and obj.exceptions.exists()
        late = obj and obj.too_late.exists()
        inlines = [(CycleInvoiceInline, invoiced), (CycleExceptionInline, remarkable), (TooLateInline, late)]
        return [inline for inline, is_there in inlines if is_there]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        if any(cycle.held_reasons for cycle in changelist.result_list):
            names = get_product_names(current_language())
            for cycle in changelist.result_list:
                cycle.product_names = names
        return changelist

    def has_preview_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return object_id is not None and self.get_object(request, object_id).state != CycleState.CLOSED

    def title_of(self, row: BillingCycle) -> str:
        return enumerated([row.organization, self.period(row)])

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

    @admin.display(description=_("why it waits"), empty_value="–")
    def why(self, cycle: BillingCycle) -> str | None:
        names: Mapping[str, str] = getattr(cycle, "product_names", {})
        return " ".join(reasons_in_words(cycle.held_reasons, names=names)) or None

    @admin.display(description=_("reasons"))
    def reasons(self, cycle: BillingCycle) -> str:
        reasons = with_ways_to_mend(cycle, cycle.held_reasons, names=get_product_names(current_language()))
        return render_to_string("admin/seatbill/reasons.html", {"reasons": reasons})

    @admin.display(description=_("released by two leads"))
    def releases(self, cycle: BillingCycle) -> str:
        rows = cycle.releases.select_related("released_by", "approved_by")
        return "\n".join(release_of(row) for row in rows)

    @admin.display(description=_("doubtful charges"))
    def without(self, cycle: BillingCycle) -> str:
        reasons = with_ways_to_mend(cycle, cycle.left_out, names=get_product_names(current_language()))
        return render_to_string("admin/seatbill/reasons.html", {"reasons": reasons})

    @page_action(description=_("Preview"), icon="preview", permissions=["preview"])
    def preview_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        cycle = self.get_object(request, object_id)
        return HttpResponseRedirect(reverse("admin:invoices_preview", args=[cycle.subscription_id]))


@admin.register(TermsSnapshot)
class TermsSnapshotAdmin(FactAdmin):
    when_empty = _(
        "When a period is rated, the terms and prices it used are kept here, so that its invoice can be explained "
        "for ever. No period has been rated."
    )
    list_display = ["organization", "rule_version", "used_in"]
    list_filter = [BY_ORGANIZATION]
    list_select_related = ["organization"]
    fields = [("organization", "rule_version"), "agreed"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("terms").prefetch_related("cycles")

    @admin.display(description=_("used to close"), empty_value="–")
    def used_in(self, terms: TermsSnapshot) -> str | None:
        cycles, language = terms.cycles.all(), current_language()
        return enumerated(format_days(row.period_start, _period(row).last_day, language) for row in cycles) or None

    @admin.display(description=_("terms"))
    def agreed(self, terms: TermsSnapshot) -> str:
        return pretty(terms.terms)


def _period(cycle: BillingCycle) -> BillingPeriod:
    return BillingPeriod(index=cycle.index, start=cycle.period_start, end=cycle.period_end, whole_end=cycle.period_end)
