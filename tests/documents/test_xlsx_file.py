"""Spreadsheets: whole, of any length, made in a memory that does not grow with them (ADR 24)."""

import tempfile
import tracemalloc
from collections.abc import Iterator
from decimal import Decimal
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook

from subscriptions.exports.csv_file import Value
from subscriptions.exports.xlsx_file import xlsx_file

COLUMNS = ("number", "who", "amount")


def rows(count: int) -> Iterator[tuple[Value, ...]]:
    """Yield rows of which each has a text of its own: a table of shared texts would grow with them."""
    for place in range(count):
        yield Decimal(place), f"Organization number {place} of many, with a name of its own", Decimal(place) / 100


def peak(count: int) -> int:
    """Return the most memory in bytes that a spreadsheet of so many rows took while it was made and read."""
    tracemalloc.start()
    try:
        with xlsx_file(COLUMNS, rows(count), title="rows") as file:
            while file.read(65_536):
                pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_fifty_times_the_rows_take_the_same_memory():
    peak(10)  # What is loaded once is none of the rows' business.
    few, many = peak(1_000), peak(50_000)

    assert many < few + 256 * 1024, f"{few:,} bytes for 1,000 rows, {many:,} for 50,000"


def test_all_of_it_is_in_the_file_which_is_gone_once_closed():
    with xlsx_file(COLUMNS, rows(3), title="rows") as file:
        assert ZipFile(file).testzip() is None
        file.seek(0)
        read = list(load_workbook(file).active.iter_rows(values_only=True))
    assert read[0] == COLUMNS
    assert [row[0] for row in read[1:]] == [0, 1, 2]
    assert file.closed


def test_rows_that_fail_leave_no_file_open(monkeypatch):
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the code under test closes it
    monkeypatch.setattr("subscriptions.exports.xlsx_file.tempfile.TemporaryFile", lambda: file)

    def failing() -> Iterator[tuple[Value, ...]]:
        yield from rows(1)
        raise LookupError

    with pytest.raises(LookupError):
        xlsx_file(COLUMNS, failing(), title="rows")
    assert file.closed
