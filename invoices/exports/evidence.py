"""The evidence behind a line as CSV that a spreadsheet opens without running anything in it."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from invoices.documents.explanation import Cell, LineExplanation
from invoices.exports.table import csv_lines
from subscriptions.domain.money import plain


def evidence_csv(explanation: LineExplanation) -> Iterator[str]:
    """Yield the lines of a file: the columns' names, then row by row."""
    return csv_lines(_rows(explanation))


def _rows(explanation: LineExplanation) -> Iterator[list[str]]:
    evidence, zone = explanation.evidence, ZoneInfo(explanation.time_zone)
    yield [str(column.name) for column in evidence.columns]
    for row in evidence:
        yield [_text(cell, zone) for cell in row]


def _text(cell: Cell, zone: ZoneInfo) -> str:
    """Write a cell so that a program reads it back: instants in ISO 8601 with the billing zone's offset."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, datetime):
        return cell.astimezone(zone).isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return _clock(cell)
    return plain(Decimal(cell))


def _clock(duration: timedelta) -> str:
    minutes, seconds = divmod(int(duration.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
