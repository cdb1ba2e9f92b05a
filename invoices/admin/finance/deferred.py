"""Deferred revenue: what was billed in advance and is not earned at the end of a day."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from invoices.admin.finance.shape import (
    ROWS_SHOWN,
    Cell,
    Figure,
    Heading,
    Part,
    ReportPage,
    Table,
    downloads_of,
    for_staff,
    hand_out_report,
    show,
    shown_month,
    shown_unless_zero,
    since_first,
    titled,
)
from invoices.documents.columns_chart import ColumnsChart, Figures, build_columns_chart
from invoices.domain.finance.deferral import PrepaidLine, Rolled, deferred, releases, roll_forward
from invoices.domain.finance.months import month_after, month_of, months_from
from invoices.exports.finance import deferred_lines_report, deferred_months_report
from invoices.forms.finance.reports import DeferredForm
from invoices.selectors.finance.deferred import DeferredLine, get_prepaid_lines, iterate_deferred_lines
from subscriptions.admin.parts import current_language, shown_money
from subscriptions.admin.roles import person
from subscriptions.domain.formatting import format_day, format_days
from subscriptions.domain.money import exponent
from subscriptions.exports.report import Report
from subscriptions.selectors.clock import latest_local_date

MONTHS_BACK = 12


@for_staff
@require_safe
def deferred_revenue(request: HttpRequest) -> HttpResponseBase:
    """Show what is not earned at the end of a day, when it will be, and how it came to that."""
    form = DeferredForm(request.GET.dict(), user=person(request), today=latest_local_date())
    parts = []
    if form.is_valid():
        on = form.cleaned_data["on"]
        lines = _lines_until(form)
        parts = [_part(currency, of, _first_lines(form, currency), on=on) for currency, of in lines.items()]
    page = ReportPage(
        title=_("Deferred revenue"),
        intro=_("What has been billed in advance and is not earned yet, and when will it be?"),
        how="deferred",
        form=form,
        parts=[part for part in parts if part is not None],
        downloads=downloads_of(
            request, {"report_deferred_file": _("Months and schedule"), "report_deferred_lines": _("Lines")}
        ),
        empty=_("Nothing that was billed in advance is left to be earned."),
    )
    return show(request, page)


@for_staff
@require_safe
def deferred_file(request: HttpRequest, ending: str) -> HttpResponseBase:
    """Hand out the months and the schedule."""
    today = latest_local_date()
    form = DeferredForm(request.GET.dict(), user=person(request), today=today)

    def report() -> Report:
        on, lines = form.cleaned_data["on"], _lines_until(form)
        rolled = {currency: _rolled(of, on=on) for currency, of in lines.items()}
        return deferred_months_report(rolled, {key: releases(of, until=_after(on)) for key, of in lines.items()})

    return hand_out_report(request, form=form, page="report_deferred", ending=ending, report=report, day=today)


@for_staff
@require_safe
def deferred_lines_file(request: HttpRequest, ending: str) -> HttpResponseBase:
    """Hand out the lines behind it."""
    today = latest_local_date()
    form = DeferredForm(request.GET.dict(), user=person(request), today=today)
    return hand_out_report(
        request,
        form=form,
        page="report_deferred",
        ending=ending,
        report=lambda: deferred_lines_report(iterate_deferred_lines(form.scope, until=_after(form.cleaned_data["on"]))),
        day=today,
    )


def _after(on: date) -> date:
    return on + timedelta(days=1)


def _first_month(on: date) -> date:
    return month_after(month_of(on), 1 - MONTHS_BACK)


def _lines_until(form: DeferredForm) -> Mapping[str, Sequence[PrepaidLine]]:
    """Return the lines booked until the end of the day; without later ones it is as it was then."""
    on = form.cleaned_data["on"]
    return get_prepaid_lines(form.scope, since=_first_month(on), until=_after(on))


def _first_lines(form: DeferredForm, currency: str) -> list[DeferredLine]:
    """Return the first lines of a currency, and one more if there are more."""
    lines = iterate_deferred_lines(replace(form.scope, currency=currency), until=_after(form.cleaned_data["on"]))
    return list(islice(lines, ROWS_SHOWN + 1))


def _rolled(lines: Sequence[PrepaidLine], *, on: date) -> Mapping[date, Rolled]:
    """Return the months up to the one of the day, which is told as if it ended with the day."""
    months = list(months_from(_first_month(on), month_of(on)))
    rolled = dict(roll_forward(lines, months=months))
    last = months[-1]
    closing = sum(deferred(line, until=_after(on)) for line in lines)
    row = rolled[last]
    rolled[last] = Rolled(opening=row.opening, billed=row.billed, released=row.opening + row.billed - closing)
    return rolled


def _part(currency: str, lines: Sequence[PrepaidLine], shown: Sequence[DeferredLine], *, on: date) -> Part | None:
    rolled, schedule = _rolled(lines, on=on), releases(lines, until=_after(on))
    if not any((row.opening, row.billed, row.released) != (0, 0, 0) for row in rolled.values()):
        return None
    left = sum(schedule.values())
    soon = sum(amount for month, amount in schedule.items() if month < month_after(month_of(_after(on)), 12))

    rolled = dict(since_first(list(rolled.items()), lambda item: item[1].opening or item[1].billed or item[1].released))

    def money(amount: int) -> str:
        return shown_unless_zero(Decimal(amount).scaleb(-exponent(currency)), currency)

    return Part(
        title=titled(currency),
        figures=[
            Figure(
                number=money(left),
                words=_("not earned at the end of %(day)s") % {"day": format_day(on, current_language())},
            ),
            Figure(number=money(soon), words=_("of it earned within twelve months")),
        ],
        chart=_chart(rolled, schedule, currency, money),
        tables=[
            Table(
                caption=_("How it came to that"),
                columns=[
                    Heading(label=_("Month"), is_number=False),
                    *(
                        Heading(label=label)
                        for label in (
                            pgettext("report", "Opening"),
                            pgettext("report", "Billed"),
                            pgettext("report", "Released"),
                            _("Closing"),
                        )
                    ),
                ],
                rows=[
                    [
                        Cell(text=shown_month(month)),
                        *(Cell(text=money(each)) for each in (row.opening, row.billed, row.released, row.closing)),
                    ]
                    for month, row in rolled.items()
                ],
            ),
            Table(
                caption=_("When it will be earned"),
                columns=[Heading(label=_("Month"), is_number=False), Heading(label=_("To be released"))],
                rows=[[Cell(text=shown_month(month)), Cell(text=money(amount))] for month, amount in schedule.items()],
                last=[Cell(text=_("Together")), Cell(text=money(left))],
            ),
            _lines_table(shown),
        ],
    )


def _lines_table(lines: Sequence[DeferredLine]) -> Table:
    language = current_language()
    note = _("The first %(shown)s lines are shown. The file has all of them.") % {"shown": ROWS_SHOWN}
    return Table(
        caption=_("Lines behind it"),
        columns=[
            Heading(label=_("Organization and document"), is_number=False),
            Heading(label=_("Product"), is_number=False),
            Heading(label=_("Service"), is_number=False),
            Heading(label=_("Amount")),
            Heading(label=_("Earned")),
            Heading(label=_("Deferred")),
        ],
        rows=[
            [
                Cell(
                    text=line.organization,
                    remark=line.number,
                    url=reverse("admin:invoices_invoice_change", args=[line.document_id]),
                ),
                Cell(text=line.description),
                Cell(text=format_days(line.start, line.last_day, language)),
                *(Cell(text=shown_money(each, line.currency)) for each in (line.amount, line.earned, line.deferred)),
            ]
            for line in islice(lines, ROWS_SHOWN)
        ],
        note=note if len(lines) > ROWS_SHOWN else "",
    )


def _chart(
    rolled: Mapping[date, Rolled], schedule: Mapping[date, int], currency: str, money: Callable[[int], str]
) -> ColumnsChart | None:
    """Return what was deferred at the end of each month, and what of it will be left at the end of those to come."""
    left = sum(schedule.values())
    figures = [
        Figures(label=shown_month(month), numbers=[_plain(row.closing, currency)], words=[money(row.closing)])
        for month, row in rolled.items()
    ]
    for month, amount in schedule.items():
        left -= amount
        figures.append(
            Figures(label=shown_month(month), numbers=[_plain(left, currency)], words=[money(left)], place=1)
        )
    return build_columns_chart(
        figures,
        title=_("Deferred at the end of each month"),
        reading=_("Each column is what is not earned at the end of a month, so far and to come."),
        series=[pgettext("report", "So far"), pgettext("report", "To come")],
    )


def _plain(amount: int, currency: str) -> Decimal:
    return Decimal(amount).scaleb(-exponent(currency))
