"""Evidence as a person reads it on a page: the first rows, each cell in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice

from django.utils import translation

from invoices.documents.explanation.shape import Cell, LineExplanation
from subscriptions.documents import printable
from subscriptions.domain.formatting import format_day, format_moment
from subscriptions.domain.period import local_date
from usage.documents import Reader, format_hours

ROWS_ON_A_PAGE = 200
"""So many rows of evidence stand on a page; the file has them all."""

NOTHING = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedCell:
    """A cell with the name of its column, for a narrow screen."""

    text: str
    column: str
    is_figure: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceTable:
    """The first rows of an explanation's evidence in words, and whether there are more."""

    rows: Sequence[Sequence[PrintedCell]]
    has_more: bool


def evidence_table(explanation: LineExplanation, *, limit: int | None) -> EvidenceTable:
    """Return the first rows of the evidence, all of them without a limit."""
    evidence = explanation.evidence
    rows = list(evidence if limit is None else islice(evidence, limit + 1))
    shown = rows[:limit]
    reader = Reader(language=explanation.language, time_zone=explanation.time_zone, names={})
    with translation.override(explanation.language):
        return EvidenceTable(
            rows=[
                [
                    PrintedCell(text=print_cell(cell, reader), column=column.name, is_figure=column.is_figure)
                    for column, cell in zip(evidence.columns, row, strict=True)
                ]
                for row in shown
            ],
            has_more=len(rows) > len(shown),
        )


def print_cell(cell: Cell, reader: Reader) -> str:
    """Write a cell in the reader's language, an instant on the billing zone's clock."""
    if cell is None:
        return NOTHING
    if isinstance(cell, str):
        return printable(cell)
    if isinstance(cell, datetime):
        day = format_day(local_date(cell, time_zone=reader.time_zone), reader.language)
        return format_moment(day, reader.clock(cell), reader.language)
    if isinstance(cell, date):
        return format_day(cell, reader.language)
    if isinstance(cell, timedelta):
        return format_hours(cell)
    return reader.quantity(Decimal(cell))
