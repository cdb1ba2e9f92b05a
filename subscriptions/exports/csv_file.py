"""CSV that a spreadsheet opens without running anything in it."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from moneyed import Money

from subscriptions.domain.cells import guarded
from subscriptions.domain.money import at_precision, plain

Value = str | Decimal | Money | None
"""Text, a number, an amount at its currency's precision, or nothing."""


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> Iterator[str]:
    """Yield the lines of a file: the columns' names, then row by row; text is guarded, numbers are plain."""
    writer = csv.writer(_Echo())
    yield writer.writerow([guarded(name) for name in columns])
    for row in rows:
        yield writer.writerow([_written(value) for value in row])


def _written(value: Value) -> str:
    if isinstance(value, str):
        return guarded(value)
    if value is None:
        return ""
    return at_precision(value) if isinstance(value, Money) else plain(value)


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        """Return the text."""
        return text
