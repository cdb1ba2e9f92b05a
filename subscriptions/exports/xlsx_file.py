"""XLSX that a spreadsheet opens without running anything in it: text is written as text, whatever it looks like."""

import tempfile
from collections.abc import Iterable, Sequence
from typing import BinaryIO

from moneyed import Money
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from subscriptions.domain.money import plain
from subscriptions.exports.csv_file import Value

DIGITS_OF_A_NUMBER = 15
"""A spreadsheet's numbers are binary and keep so many; one that has more is written as text."""


def xlsx_file(columns: Sequence[str], rows: Iterable[Sequence[Value]], *, title: str) -> BinaryIO:
    """
    Return a workbook of one sheet: the columns' names, then row by row; `title` has at most 31 characters.

    It is a temporary file, to be read from its beginning, and is gone once it is closed: however many rows there are,
    the memory holds one of them.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever reads it closes it
    try:
        # A row leaves the memory when the next one begins.
        with Workbook(file, {"constant_memory": True}) as book:
            sheet = book.add_worksheet(title)
            sheet.write_row(0, 0, columns, book.add_format({"bold": True}))
            for place, row in enumerate(rows, start=1):
                for column, value in enumerate(row):
                    _write(sheet, place, column, value)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _write(sheet: Worksheet, row: int, column: int, value: Value) -> None:
    if value is None:
        return
    if isinstance(value, str):
        sheet.write_string(row, column, value)
        return
    number = value.amount if isinstance(value, Money) else value
    if len(number.normalize().as_tuple().digits) <= DIGITS_OF_A_NUMBER:
        sheet.write_number(row, column, float(number))
    else:
        sheet.write_string(row, column, plain(number))
