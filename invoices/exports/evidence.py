"""The evidence behind a line as CSV that a spreadsheet opens without running anything in it."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from invoices.documents.explanation import Cell, LineExplanation
from subscriptions.exports.csv_file import Value, csv_lines


def evidence_csv(explanation: LineExplanation) -> Iterator[str]:
    """Yield the lines of a file: the columns' names, then row by row."""
    evidence = explanation.evidence
    zone = ZoneInfo(explanation.time_zone)
    yield from csv_lines(
        [column.name for column in evidence.columns], ([_value(cell, zone) for cell in row] for row in evidence)
    )


def _value(cell: Cell, zone: ZoneInfo) -> Value:
    """Write a cell so that a program reads it back: instants in ISO 8601 with the billing zone's offset."""
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, datetime):
        return cell.astimezone(zone).isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return _clock(cell)
    return Decimal(cell)


def _clock(duration: timedelta) -> str:
    minutes, seconds = divmod(int(duration.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
