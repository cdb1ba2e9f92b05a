"""What was committed to against what was used."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from invoices.admin.finance.shape import (
    Cell,
    Figure,
    Heading,
    Part,
    ReportPage,
    Table,
    address,
    cut,
    downloads_of,
    for_staff,
    hand_out_report,
    show,
    titled,
)
from invoices.domain.finance.commitments import Fit
from invoices.exports.finance import commitments_report
from invoices.forms.finance.reports import FITS, CommitmentsForm
from invoices.selectors.finance.commitments import CommitmentUse, iterate_commitments
from subscriptions.admin.parts import current_language, shown_money
from subscriptions.admin.roles import person
from subscriptions.domain.formatting import format_days, format_percentage, format_quantity
from subscriptions.domain.money import round_half_up
from subscriptions.selectors.catalog import get_product_names
from subscriptions.selectors.clock import latest_local_date

ORDER = {fit: place for place, fit in enumerate(Fit)}
WORDS = dict(FITS)


@for_staff
@require_safe
def commitments(request: HttpRequest) -> HttpResponseBase:
    """Show who uses more than they have committed to, and who less than half of it."""
    form = CommitmentsForm(request.GET.dict(), user=person(request), today=latest_local_date())
    by_currency: defaultdict[str, list[CommitmentUse]] = defaultdict(list)
    if form.is_valid():
        for row in iterate_commitments(form.scope, month=form.cleaned_data["month"]):
            by_currency[row.currency].append(row)
    page = ReportPage(
        title=_("Committed against used"),
        intro=_("Who uses more than they have committed to, and who less than half of it?"),
        how="commitments",
        form=form,
        parts=[_part(currency, by_currency[currency], form) for currency in sorted(by_currency)],
        downloads=downloads_of(request, {"report_commitments_file": _("All rows")}),
        empty=_("No period with a commitment ended in this month and is closed."),
    )
    return show(request, page)


@for_staff
@require_safe
def commitments_file(request: HttpRequest, ending: str) -> HttpResponseBase:
    """Hand out all rows, or those that fit what is asked for."""
    today = latest_local_date()
    form = CommitmentsForm(request.GET.dict(), user=person(request), today=today)
    return hand_out_report(
        request,
        form=form,
        page="report_commitments",
        ending=ending,
        report=lambda: commitments_report(
            row for row in iterate_commitments(form.scope, month=form.cleaned_data["month"]) if _is_asked_for(row, form)
        ),
        day=today,
    )


def _is_asked_for(row: CommitmentUse, form: CommitmentsForm) -> bool:
    return form.cleaned_data["fit"] in {"", row.fit.value}


def _part(currency: str, rows: Sequence[CommitmentUse], form: CommitmentsForm) -> Part:
    names = get_product_names(current_language())
    asked = [row for row in rows if _is_asked_for(row, form)]
    asked.sort(key=lambda row: (ORDER[row.fit], -row.charged, row.use.share or 0))
    shown, note = cut([_row(row, names) for row in asked])
    return Part(
        title=titled(currency),
        figures=[
            *(_count(rows, fit, form) for fit in (Fit.OVER_TWICE, Fit.UNDER_HALF)),
            Figure(
                number=shown_money(sum((row.charged for row in rows), start=Decimal(0)), currency),
                words=_("charged above commitments"),
            ),
        ],
        tables=[
            Table(
                caption=_("Organizations and licenses"),
                columns=[
                    Heading(label=_("Organization and period"), is_number=False),
                    Heading(label=_("Product"), is_number=False),
                    Heading(label=pgettext("quantity", "Committed")),
                    Heading(label=pgettext("quantity", "Used")),
                    Heading(label=_("Used before")),
                    Heading(label=_("Share used")),
                    Heading(label=_("Above it")),
                    Heading(label=_("Charged above")),
                ],
                rows=shown,
                note=note,
            )
        ],
    )


def _count(rows: Sequence[CommitmentUse], fit: Fit, form: CommitmentsForm) -> Figure:
    """Return how many rows fit, as a link to just those."""
    query: dict[str, Any] = {**form.data, "month": f"{form.cleaned_data['month']:%Y-%m}", "fit": fit.value}
    return Figure(
        number=str(sum(row.fit is fit for row in rows)),
        words=WORDS[fit.value],
        url=address("report_commitments", **query),
    )


def _row(row: CommitmentUse, names: Any) -> list[Cell]:
    language = current_language()

    def quantity(number: Decimal) -> Cell:
        return Cell(text=format_quantity(number, language))

    share = row.use.share
    days = format_days(row.period_start, row.period_end - timedelta(days=1), language)
    return [
        Cell(
            text=row.organization.name,
            url=reverse("admin:subscriptions_organization_overview", args=[row.organization.pk]),
            remark=days,
        ),
        Cell(text=names.get(row.product, row.product), remark=WORDS[row.fit.value]),
        quantity(row.use.committed),
        quantity(row.use.used),
        Cell(text="–") if row.before is None else quantity(row.before.used),
        Cell(text="–" if share is None else format_percentage(round_half_up(share * 100, 0), language)),
        quantity(row.use.over),
        Cell(
            text=shown_money(row.charged, row.currency),
            url=reverse("admin:invoices_billingcycle_change", args=[row.cycle_id]) if row.charged else "",
        ),
    ]
