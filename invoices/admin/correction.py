"""What later closes found: earlier periods counted again, and what to look at in a period's usage."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from invoices.choices import EXCEPTIONS
from invoices.models import BillingCycle, CycleException, PeriodCorrection
from subscriptions.admin.base import FactAdmin
from subscriptions.admin.filters import BY_ORGANIZATION
from subscriptions.admin.parts import current_language
from subscriptions.domain.formatting import format_days


@admin.register(PeriodCorrection)
class PeriodCorrectionAdmin(FactAdmin):
    when_empty = _(
        "When usage arrives late, its period is rated again and the difference goes onto the next document. No "
        "period has been."
    )
    list_display = ["corrected", "organization", "closed_with", "closed_at"]
    list_filter = [BY_ORGANIZATION]
    list_select_related = ["organization", "corrected_cycle", "closing_cycle"]
    search_fields = ["organization"]
    fields = ["organization", ("corrected_cycle", "closing_cycle"), ("usage_snapshot", "terms_snapshot")]

    @admin.display(description=_("period counted again"))
    def corrected(self, row: PeriodCorrection) -> str:
        return _period(row.corrected_cycle)

    @admin.display(description=_("on the document of"))
    def closed_with(self, row: PeriodCorrection) -> str:
        return _period(row.closing_cycle)

    @admin.display(description=_("closed"))
    def closed_at(self, row: PeriodCorrection) -> Any:
        return row.closing_cycle.closed_at


@admin.register(CycleException)
class CycleExceptionAdmin(FactAdmin):
    when_empty = _(
        "What is odd in a period’s usage, such as a login without a license, is noted here without keeping it from "
        "closing. Nothing was."
    )
    list_display = ["what", "subject", "organization", "period"]
    list_filter = [BY_ORGANIZATION]
    list_select_related = ["organization", "cycle"]
    search_fields = ["^subject"]
    search_help_text = _("Organization, contact, or the beginning of what to look at")
    fields = ["what", "subject", ("organization", "cycle")]
    readonly_fields = ["what"]

    @admin.display(description=_("what"))
    def what(self, row: CycleException) -> Any:
        return EXCEPTIONS.get(row.code, row.code)

    @admin.display(description=_("period"))
    def period(self, row: CycleException) -> str:
        return _period(row.cycle)


def _period(cycle: BillingCycle) -> str:
    return format_days(cycle.period_start, cycle.period_end - timedelta(days=1), current_language())
