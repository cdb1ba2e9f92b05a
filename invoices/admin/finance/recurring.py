"""Recurring revenue by month, and which organizations moved it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
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
    shown_month,
    shown_unless_zero,
    since_first,
    titled,
)
from invoices.documents.columns_chart import ColumnsChart, Figures, build_columns_chart
from invoices.domain.finance.months import months_from
from invoices.domain.finance.recurring import Movement, RecurringMonth
from invoices.exports.finance import recurring_report
from invoices.forms.finance.reports import RecurringForm
from invoices.selectors.finance.recurring import RecurringOrganization, iterate_recurring
from subscriptions.admin.parts import shown_money
from subscriptions.admin.roles import person
from subscriptions.models import Organization
from subscriptions.selectors.clock import latest_local_date

MOVEMENTS = {
    Movement.NEW: pgettext_lazy("recurring", "New"),
    Movement.EXPANSION: pgettext_lazy("recurring", "Raised"),
    Movement.CONTRACTION: pgettext_lazy("recurring", "Lowered"),
    Movement.CHURN: gettext_lazy("Lost"),
    Movement.REACTIVATION: gettext_lazy("Reactivated"),
}


@dataclass(slots=True)
class _Month:
    """What a month comes to in one currency."""

    closing: Decimal = Decimal(0)
    organizations: int = 0
    moved: defaultdict[Movement, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    @property
    def opening(self) -> Decimal:
        """Return what recurred at the end of the month before."""
        return self.closing - sum(self.moved.values(), start=Decimal(0))


@dataclass(slots=True)
class _Currency:
    """What one currency comes to, and who moved it in the month that is looked at."""

    months: defaultdict[date, _Month] = field(default_factory=lambda: defaultdict(_Month))
    moved: list[tuple[Organization, RecurringMonth]] = field(default_factory=list)


@for_staff
@require_safe
def recurring(request: HttpRequest) -> HttpResponseBase:
    """Show what recurs at the end of each month, why it moved, and who moved it."""
    form = RecurringForm(request.GET.dict(), user=person(request), today=latest_local_date())
    parts = []
    if form.is_valid():
        chosen = form.cleaned_data["month"] or form.cleaned_data["last"]
        found = _add_up(iterate_recurring(form.scope, months=_months(form)), chosen=chosen)
        parts = [_part(currency, found[currency], form, chosen=chosen) for currency in sorted(found)]
    page = ReportPage(
        title=_("Recurring revenue"),
        intro=_("What are the commitments worth a month, and what was won, raised, lowered and lost?"),
        how="recurring",
        form=form,
        parts=parts,
        downloads=downloads_of(request, {"report_recurring_file": _("Organizations by month")}),
        empty=_("No agreement commits to anything in these months."),
    )
    return show(request, page)


@for_staff
@require_safe
def recurring_file(request: HttpRequest, ending: str) -> HttpResponseBase:
    """Hand out what each organization is worth in each month."""
    today = latest_local_date()
    form = RecurringForm(request.GET.dict(), user=person(request), today=today)
    return hand_out_report(
        request,
        form=form,
        page="report_recurring",
        ending=ending,
        report=lambda: recurring_report(iterate_recurring(form.scope, months=_months(form))),
        day=today,
    )


def _months(form: RecurringForm) -> list[date]:
    return list(months_from(form.cleaned_data["first"], form.cleaned_data["last"]))


def _add_up(organizations: Iterable[RecurringOrganization], *, chosen: date) -> Mapping[str, _Currency]:
    found: defaultdict[str, _Currency] = defaultdict(_Currency)
    for each in organizations:
        of = found[each.currency]
        for month in each.months:
            sums = of.months[month.month]
            sums.closing += month.amount
            sums.organizations += bool(month.amount)
            if month.movement is not None:
                sums.moved[month.movement] += month.change
                if month.month == chosen:
                    of.moved.append((each.organization, month))
    return found


def _part(currency: str, of: _Currency, form: RecurringForm, *, chosen: date) -> Part:
    months = since_first(_months(form), lambda month: of.months[month].closing or of.months[month].moved)
    last = of.months[months[-1]]
    return Part(
        title=titled(currency),
        figures=[
            Figure(
                number=shown_money(last.closing, currency),
                words=_("a month at the end of %(month)s") % {"month": shown_month(months[-1])},
            ),
            Figure(number=shown_money(last.closing * 12, currency), words=_("a year at that rate")),
            Figure(number=str(last.organizations), words=_("organizations with a commitment")),
        ],
        chart=_chart(of, months, currency),
        tables=[_table(of, months, currency, form), _moved(of.moved, currency, chosen)],
    )


def _table(of: _Currency, months: Sequence[date], currency: str, form: RecurringForm) -> Table:
    def money(amount: Decimal) -> Cell:
        return Cell(text=shown_unless_zero(amount, currency))

    def row(month: date) -> list[Cell]:
        sums = of.months[month]
        query = {**form.data, "month": f"{month:%Y-%m}"}
        query |= {name: f"{value:%Y-%m}" for name, value in query.items() if isinstance(value, date)}
        url = f"{address('report_recurring', **query)}#moved-{currency}" if sums.moved else ""
        return [
            Cell(text=shown_month(month)),
            money(sums.opening),
            *(Cell(text=money(sums.moved[one]).text, url=url if sums.moved[one] else "") for one in Movement),
            money(sums.closing),
        ]

    return Table(
        caption=_("Month by month"),
        columns=[
            Heading(label=_("Month"), is_number=False),
            Heading(label=pgettext("report", "Opening")),
            *(Heading(label=MOVEMENTS[one]) for one in Movement),
            Heading(label=_("Closing")),
        ],
        rows=[row(month) for month in months],
        last=[
            Cell(text=_("Together")),
            money(of.months[months[0]].opening),
            *(money(sum((of.months[m].moved[one] for m in months), start=Decimal(0))) for one in Movement),
            money(of.months[months[-1]].closing),
        ],
    )


def _moved(moved: Sequence[tuple[Organization, RecurringMonth]], currency: str, chosen: date) -> Table:
    """Return who moved it in one month, the most first."""
    order = sorted(moved, key=lambda pair: (-abs(pair[1].change), pair[0].name))
    rows, note = cut(
        [
            [
                Cell(
                    text=organization.name,
                    url=reverse("admin:subscriptions_organization_overview", args=[organization.pk]),
                ),
                Cell(text=MOVEMENTS[month.movement] if month.movement else ""),
                Cell(text=shown_money(month.amount - month.change, currency)),
                Cell(text=shown_money(month.change, currency)),
                Cell(text=shown_money(month.amount, currency)),
            ]
            for organization, month in order
        ]
    )
    return Table(
        caption=_("Who moved it in %(month)s") % {"month": shown_month(chosen)},
        columns=[
            Heading(label=_("Organization"), is_number=False),
            Heading(label=_("Movement"), is_number=False),
            Heading(label=_("Before")),
            Heading(label=pgettext("report", "Change")),
            Heading(label=_("After")),
        ],
        rows=rows,
        note=note,
        anchor=f"moved-{currency}",
    )


def _chart(of: _Currency, months: Sequence[date], currency: str) -> ColumnsChart | None:
    figures = [
        Figures(
            label=shown_month(month),
            numbers=[of.months[month].closing],
            words=[shown_money(of.months[month].closing, currency)],
        )
        for month in months
    ]
    return build_columns_chart(
        figures,
        title=_("Recurring revenue"),
        reading=_("Each column is what recurs a month, at the end of it."),
        series=[_("Closing")],
    )
