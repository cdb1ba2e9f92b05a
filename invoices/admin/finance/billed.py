"""Billed, paid and owed, by month and currency, and by CSM."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
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
    cut,
    downloads_of,
    for_staff,
    hand_out_report,
    show,
    shown_month,
    shown_unless_zero,
    since_first,
    titled,
)
from invoices.admin.workbench.shape import list_url
from invoices.choices import DocumentType
from invoices.documents.columns_chart import ColumnsChart, Figures, build_columns_chart
from invoices.domain.finance.months import month_after
from invoices.exports.finance import billed_report
from invoices.forms.finance.reports import BilledForm
from invoices.selectors.finance.billed import BilledMonth, list_billed_months
from subscriptions.admin.parts import shown_money
from subscriptions.admin.roles import person
from subscriptions.selectors.clock import latest_local_date


@for_staff
@require_safe
def billed(request: HttpRequest) -> HttpResponseBase:
    """Show what was billed, credited and paid in each month, and what was owed at its end."""
    form = BilledForm(request.GET.dict(), user=person(request), today=latest_local_date())
    rows = _rows(form) if form.is_valid() else []
    page = ReportPage(
        title=_("Billed, paid and owed"),
        intro=_("How much was invoiced, credited and received in each month, and what was owed at its end?"),
        how="billed",
        form=form,
        parts=[_part(currency, list(of), form) for currency, of in groupby(rows, key=attrgetter("currency"))],
        downloads=downloads_of(request, {"report_billed_file": _("Months")}),
        empty=_("Nothing was billed or paid in these months."),
    )
    return show(request, page)


@for_staff
@require_safe
def billed_file(request: HttpRequest, ending: str) -> HttpResponseBase:
    """Hand out the same as a file."""
    today = latest_local_date()
    form = BilledForm(request.GET.dict(), user=person(request), today=today)
    return hand_out_report(
        request,
        form=form,
        page="report_billed",
        ending=ending,
        report=lambda: billed_report(_rows(form)),
        day=today,
    )


def _rows(form: BilledForm) -> Sequence[BilledMonth]:
    asked = form.cleaned_data
    rows = list_billed_months(form.scope, first=asked["first"], last=asked["last"], by_csm=asked["by"] == "csm")
    moved = {
        (row.currency, row.csms)
        for row in rows
        if row.invoiced or row.credited or row.paid or row.taken_back or row.owed
    }
    return [row for row in rows if (row.currency, row.csms) in moved]


def _part(currency: str, rows: Sequence[BilledMonth], form: BilledForm) -> Part:
    by_csm = form.cleaned_data["by"] == "csm"
    months = since_first(_together(rows), lambda row: row.invoiced or row.credited or row.received or row.owed)
    last = months[-1]
    in_order = sorted((row for row in rows if row.month >= months[0].month), key=attrgetter("month", "csms"))
    # Only who took over another system's balances has anything to show there.
    carries = any(row.carried_over for row in in_order)
    shown, note = cut([_row(row, form, by_csm=by_csm, carries=carries) for row in in_order])
    return Part(
        title=titled(currency),
        figures=[
            Figure(number=shown_money(sum(row.billed for row in months), currency), words=_("billed")),
            Figure(number=shown_money(sum(row.paid for row in months), currency), words=_("received")),
            Figure(
                number=shown_money(last.owed, currency),
                words=_("owed at the end of %(month)s") % {"month": shown_month(last.month)},
            ),
        ],
        chart=_chart(months, currency),
        tables=[
            Table(
                caption=_("Month by month"),
                columns=[
                    Heading(label=_("Month"), is_number=False),
                    *([Heading(label=_("CSM"), is_number=False)] if by_csm else []),
                    Heading(label=pgettext("report", "Invoiced")),
                    Heading(label=_("Credited")),
                    Heading(label=pgettext("report", "Received")),
                    Heading(label=_("Taken back")),
                    *([Heading(label=_("Carried over"))] if carries else []),
                    Heading(label=_("Owed at its end")),
                ],
                rows=shown,
                last=_last(months, currency, by_csm=by_csm, carries=carries),
                note=note,
            )
        ],
    )


def _together(rows: Sequence[BilledMonth]) -> list[BilledMonth]:
    """Return each month of a currency with all CSMs together."""
    found = []
    for month, of in groupby(sorted(rows, key=attrgetter("month")), key=attrgetter("month")):
        every = list(of)

        def added(name: str, every: Sequence[BilledMonth] = every) -> Decimal:
            return sum((getattr(row, name) for row in every), start=Decimal(0))

        sums = {
            name: added(name) for name in ("invoiced", "credited", "received", "taken_back", "carried_over", "owed")
        }
        found.append(BilledMonth(month=month, currency=every[0].currency, csms="", **sums))
    return found


def _row(row: BilledMonth, form: BilledForm, *, by_csm: bool, carries: bool) -> list[Cell]:
    def money(amount: Decimal) -> str:
        return shown_unless_zero(amount, row.currency)

    def linked(amount: Decimal, url: str) -> Cell:
        return Cell(text=money(amount), url=url if amount else "")

    return [
        Cell(text=shown_month(row.month)),
        *([Cell(text=row.csms or _("Nobody"))] if by_csm else []),
        linked(row.invoiced, _documents(row, DocumentType.INVOICE, form)),
        linked(row.credited, _documents(row, DocumentType.CREDIT_NOTE, form)),
        linked(row.received, _payments(row, form)),
        Cell(text=money(row.taken_back)),
        *([Cell(text=money(row.carried_over))] if carries else []),
        Cell(text=money(row.owed)),
    ]


def _last(months: Sequence[BilledMonth], currency: str, *, by_csm: bool, carries: bool) -> list[Cell]:
    moved = ("invoiced", "credited", "received", "taken_back", *(["carried_over"] if carries else []))
    sums = [sum(getattr(row, name) for row in months) for name in moved]
    return [
        Cell(text=_("Together")),
        *([Cell(text="")] if by_csm else []),
        *(Cell(text=shown_unless_zero(amount, currency)) for amount in sums),
        Cell(text=shown_money(months[-1].owed, currency)),
    ]


def _documents(row: BilledMonth, document_type: DocumentType, form: BilledForm) -> str:
    entity = form.cleaned_data["issuing_entity"]
    more = {"issuing_entity__exact": str(entity.pk)} if entity else {}
    return _list("invoices_invoice", "invoice_date", row, form, document_type__exact=document_type.value, **more)


def _payments(row: BilledMonth, form: BilledForm) -> str:
    """Return where the payments are; they name no issuing entity, so there is no list of those of one."""
    return "" if form.cleaned_data["issuing_entity"] else _list("invoices_payment", "received_on", row, form)


def _list(page: str, day: str, row: BilledMonth, form: BilledForm, **more: Any) -> str:
    """Return the address of exactly the rows that a figure adds up; no list is filtered by CSM."""
    if form.cleaned_data["by"] == "csm" or form.cleaned_data.get("csm"):
        return ""
    until: date = month_after(row.month)
    days = {f"{day}__gte": row.month.isoformat(), f"{day}__lt": until.isoformat()}
    return list_url(page, currency__exact=row.currency, **days, **more)


def _chart(months: Sequence[BilledMonth], currency: str) -> ColumnsChart | None:
    figures = [
        Figures(
            label=shown_month(row.month),
            numbers=[row.billed, row.paid, row.owed],
            words=[shown_money(amount, currency) for amount in (row.billed, row.paid, row.owed)],
        )
        for row in months
    ]
    return build_columns_chart(
        figures,
        title=_("Billed, received and owed"),
        reading=_("Of each month three columns: what was billed, what was received, and what was owed at its end."),
        series=[pgettext("report", "Billed"), pgettext("report", "Received"), _("Owed")],
    )
