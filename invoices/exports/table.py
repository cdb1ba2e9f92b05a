"""Rows as CSV that a spreadsheet opens without running anything in it."""

import csv
from collections.abc import Iterable, Iterator, Sequence

RISKY = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula; an apostrophe before it makes it text."""


def csv_lines(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a file; figures keep their sign, any other text that could be a formula is made text."""
    writer = csv.writer(_Echo())
    for row in rows:
        yield writer.writerow([guarded(cell) for cell in row])


def guarded(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; a plain number is none."""
    return text if not text.startswith(RISKY) or _is_number(text) else f"'{text}"


def _is_number(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.replace(".", "", 1).isdecimal() and digits.isascii()


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        """Return the text."""
        return text
