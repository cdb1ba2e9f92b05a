"""The evidence behind a line as CSV that a spreadsheet opens without running anything in it."""

import csv
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from invoices.documents.explanation import Cell, LineExplanation
from subscriptions.domain.money import plain

RISKY = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula; an apostrophe before it makes it text."""


def evidence_csv(explanation: LineExplanation) -> Iterator[str]:
    """Yield the lines of a file: the columns' names, then row by row."""
    evidence = explanation.evidence
    writer = csv.writer(Echo())
    zone = ZoneInfo(explanation.time_zone)
    yield writer.writerow([guarded(column.name) for column in evidence.columns])
    for row in evidence:
        yield writer.writerow([_text(cell, zone) for cell in row])


def _text(cell: Cell, zone: ZoneInfo) -> str:
    """Write a cell so that a program reads it back: instants in ISO 8601 with the billing zone's offset."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return guarded(cell)
    if isinstance(cell, datetime):
        return cell.astimezone(zone).isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return _clock(cell)
    return plain(Decimal(cell))


def guarded(text: str) -> str:
    """Return a text that a spreadsheet takes for text."""
    return f"'{text}" if text.startswith(RISKY) else text


def _clock(duration: timedelta) -> str:
    minutes, seconds = divmod(int(duration.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


class Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        """Return the text."""
        return text
