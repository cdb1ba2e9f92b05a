"""Closed periods side by side: what was committed, counted and over of each product, and the resources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from subscriptions.domain.catalog import LICENSE_RANK
from subscriptions.domain.formatting import format_days
from subscriptions.domain.money import round_half_up
from subscriptions.domain.period import BillingPeriod
from subscriptions.domain.terms import ContractTerms
from subscriptions.exports.csv_file import Value
from usage.documents import Reader
from usage.documents.resources import shown_quantity
from usage.domain.fair_use import FairUse

FILE_DECIMALS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodFigures:
    """The figures of a closed period as its close counted them."""

    period: BillingPeriod
    terms: ContractTerms
    billable: Mapping[str, Decimal]
    fair_use: Mapping[str, FairUse]

    def committed(self, product: str) -> Decimal:
        """Return what was committed of a product."""
        return self.terms.commitment(product, self.period.index)

    def counted(self, product: str) -> Decimal:
        """Return what was counted of a product."""
        return self.billable.get(product, Decimal(0))

    def over(self, product: str) -> Decimal:
        """Return what was counted above a commitment; without one all use is billed, and nothing is over."""
        committed = self.committed(product)
        return max(Decimal(0), self.counted(product) - committed) if committed else Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A figure under a column, and what is to be said about it, if anything."""

    column: str
    figure: str
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedPeriod:
    """A period's row; `start` is its first day as an address names it."""

    start: str
    days: str
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodComparison:
    """One row a period, one column for each license, add-on and resource that occurs in any."""

    columns: Sequence[str]
    rows: Sequence[ComparedPeriod]


def compare(figures: Sequence[PeriodFigures], reader: Reader) -> PeriodComparison:
    """Return periods side by side."""
    products, resources = _products(figures), _resources(figures)
    return PeriodComparison(
        columns=[reader.product(code) for code in (*products, *resources)],
        rows=[
            ComparedPeriod(
                start=row.period.start.isoformat(),
                days=format_days(row.period.start, row.period.last_day, reader.language),
                cells=[
                    *(_product_cell(row, product, reader) for product in products),
                    *(_resource_cell(row, resource, reader) for resource in resources),
                ],
            )
            for row in figures
        ],
    )


def report_columns(figures: Sequence[PeriodFigures]) -> list[str]:
    """Return the names of the columns of a file of these periods."""
    return [
        "period_start",
        "period_last_day",
        *(f"{product} {what}" for product in _products(figures) for what in ("committed", "counted", "over")),
        *(f"{resource} {what}" for resource in _resources(figures) for what in ("used", "included", "over")),
    ]


def report_row(row: PeriodFigures, figures: Sequence[PeriodFigures]) -> list[Value]:
    """Return a period's row of a file; a resource that was neither used nor included is empty."""
    return [
        row.period.start.isoformat(),
        row.period.last_day.isoformat(),
        *(
            value
            for product in _products(figures)
            for value in (row.committed(product), row.counted(product), row.over(product))
        ),
        *(value for resource in _resources(figures) for value in _resource_values(row.fair_use.get(resource))),
    ]


def in_words(row: PeriodFigures, reader: Reader) -> str:
    """Return the licenses and add-ons of a period in one line: `PureCloud 2: 58 (8 over)`."""
    words = []
    for product in _products([row]):
        cell = _product_cell(row, product, reader)
        named = {"product": reader.product(product), "figure": cell.figure, "remark": cell.remark}
        words.append(
            (_("%(product)s: %(figure)s (%(remark)s)") if cell.remark else _("%(product)s: %(figure)s")) % named
        )
    return "; ".join(words)


def _products(figures: Sequence[PeriodFigures]) -> list[str]:
    """Return the licenses and add-ons that were committed or counted, highest license first."""
    found = {
        product
        for row in figures
        for product in (*row.terms.committed_products(row.period.index), *row.billable)
        if row.committed(product) or row.counted(product)
    }
    return sorted(found, key=lambda product: (-LICENSE_RANK.get(product, -1), product))


def _resources(figures: Sequence[PeriodFigures]) -> list[str]:
    return sorted({resource for row in figures for resource in row.fair_use})


def _product_cell(row: PeriodFigures, product: str, reader: Reader) -> Cell:
    if not row.committed(product) and not row.counted(product):
        return Cell(column=reader.product(product), figure="–")
    return Cell(
        column=reader.product(product),
        figure=reader.quantity(row.counted(product)),
        remark=_over(row.over(product), reader),
    )


def _resource_cell(row: PeriodFigures, resource: str, reader: Reader) -> Cell:
    use = row.fair_use.get(resource)
    if use is None:
        return Cell(column=reader.product(resource), figure="–")
    return Cell(
        column=reader.product(resource),
        figure=shown_quantity(use.used, reader),
        remark=_over(Decimal(use.over), reader),
    )


def _over(quantity: Decimal, reader: Reader) -> str:
    return _("%(over)s over") % {"over": reader.quantity(quantity)} if quantity else ""


def _resource_values(use: FairUse | None) -> tuple[Value, Value, Value]:
    if use is None:
        return None, None, None
    return _plain(use.used), _plain(use.allotment), Decimal(use.over)


def _plain(quantity: Fraction) -> Decimal:
    return round_half_up(quantity, FILE_DECIMALS)
