"""XLSX that a spreadsheet opens without running anything in it: text is written as text, whatever it looks like."""

import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

from moneyed import Money
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from subscriptions.domain.money import plain
from subscriptions.exports.csv_file import Value


def xlsx_file(columns: Sequence[str], rows: Iterable[Sequence[Value]], *, title: str) -> bytes:
    """Return a workbook of one sheet: the columns' names, then row by row; `title` has at most 31 characters."""
    file = io.BytesIO()
    # A row leaves the memory when the next one begins.
    with Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet(title)
        sheet.write_row(0, 0, columns, book.add_format({"bold": True}))
        for place, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                _write(sheet, place, column, value)
    return file.getvalue()


def _write(sheet: Worksheet, row: int, column: int, value: Value) -> None:
    if value is None:
        return
    if isinstance(value, str):
        sheet.write_string(row, column, value)
        return
    number = value.amount if isinstance(value, Money) else value
    # A spreadsheet's numbers are binary, of 15 digits or so; one that has more is kept as text.
    if Decimal(repr(float(number))) == number:
        sheet.write_number(row, column, float(number))
    else:
        sheet.write_string(row, column, plain(number))
