"""A what-if as CSV: one line for each product and kind of charge of each period, billed and supposed."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from invoices.domain.what_if import ComparedRow, Comparison, Figures
from subscriptions.exports.csv_file import Value, csv_lines

COLUMNS = (
    "period_start",
    "period_last_day",
    "product",
    "kind",
    "currency",
    "billed_quantity",
    "billed_price",
    "billed_amount",
    "supposed_quantity",
    "supposed_price",
    "supposed_amount",
    "difference",
)
"""Names for programs: the same in every language."""


def what_if_csv(comparison: Comparison) -> Iterator[str]:
    """Yield the lines of a file: the columns' names, then row by row; a price that differed within a row is empty."""
    return csv_lines(COLUMNS, _rows(comparison))


def _rows(comparison: Comparison) -> Iterator[Sequence[Value]]:
    for compared in comparison.periods:
        days = (compared.period.start.isoformat(), compared.period.last_day.isoformat())
        for row in compared.sides.rows:
            yield [*days, *_cells(row, comparison.currency)]


def _cells(row: ComparedRow, currency: str) -> list[Value]:
    return [row.product, row.kind.value, currency, *_figures(row.billed), *_figures(row.supposed), row.difference]


def _figures(figures: Figures | None) -> tuple[Value, Value, Value]:
    if figures is None:
        return Decimal(0), None, Decimal(0)
    return figures.quantity, figures.unit_price, figures.amount
