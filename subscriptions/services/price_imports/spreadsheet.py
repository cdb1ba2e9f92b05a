"""Reads XLSX: the one visible sheet that is filled, cell by cell, without trusting the file's own word on its size."""

import datetime as dt
import io
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from subscriptions.domain.price_list.fault import Fault, Problem
from subscriptions.domain.price_list.table import Cell, Row, Unusable, number_text
from subscriptions.services.price_imports.unreadable import UnreadableFileError

MAX_UNPACKED_BYTES = 64 * 1024 * 1024
MAX_COLUMNS = 50
# The last row that a sheet can have; a file that names a later one would be filled up to it.
LAST_ROW = 2**20

# What the reader raises for a file that only looks like a workbook.
_BROKEN = (
    AttributeError,
    BadZipFile,
    EOFError,
    LookupError,
    OSError,
    OverflowError,
    ParseError,
    RuntimeError,
    TypeError,
    ValueError,
    zlib.error,
)


def read_spreadsheet(content: bytes) -> Iterator[Row]:
    """
    Yield the rows of the one visible sheet that is filled; hidden sheets are ignored.

    :raises UnreadableFileError: if it is no workbook, unpacks to too much, or several visible sheets are filled
    """
    with _refusing_what_is_broken(), warnings.catch_warnings():
        # About looks, drawings and what else is not read.
        warnings.simplefilter("ignore", UserWarning)
        _refuse_bombs(content)
        # Formulas are read as such: their last result may be older than what they add up.
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        filled = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible" and _is_filled(sheet)]
        if len(filled) > 1:
            names = ", ".join(sheet.title for sheet in filled)
            raise UnreadableFileError([Fault(problem=Problem.SEVERAL_SHEETS, detail=names)])
        for sheet in filled:
            yield from _rows(sheet)


@contextmanager
def _refusing_what_is_broken() -> Iterator[None]:
    try:
        yield
    except _BROKEN:
        raise UnreadableFileError([Fault(problem=Problem.UNREADABLE)]) from None


def _refuse_bombs(content: bytes) -> None:
    """Refuse what unpacks to far more than a price list; nothing beyond the sizes stated here is ever unpacked."""
    with ZipFile(io.BytesIO(content)) as archive:
        if sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED_BYTES:
            limit = f"{MAX_UNPACKED_BYTES // 1024**2} MB"
            raise UnreadableFileError([Fault(problem=Problem.TOO_LARGE, detail=limit)])


def _is_filled(sheet: Any) -> bool:
    return any(True for _row in _rows(sheet))


def _rows(sheet: Any) -> Iterator[Row]:
    """Yield the rows that are not blank."""
    filler: object = None
    cells = sheet.iter_rows(min_row=1, max_row=LAST_ROW, min_col=1, max_col=MAX_COLUMNS)
    for line, row in enumerate(cells, start=1):
        # A gap is filled with one and the same row: there may be a million of it.
        if row is filler:
            continue
        width = next((width for width in range(len(row), 0, -1) if row[width - 1].value is not None), 0)
        if width:
            yield Row(line, [_cell(cell) for cell in row[:width]])
        else:
            filler = row


def _cell(cell: Any) -> Cell:
    value, kind = cell.value, cell.data_type
    if value is None:
        return ""
    if kind == "f":
        return Unusable(Problem.FORMULA, str(value))
    if kind == "e":
        return Unusable(Problem.ERROR_CELL, str(value))
    if isinstance(value, str):
        # The format escapes what XML has no letter for, and any text that looks like such an escape.
        return str(unescape(value)).strip()
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return number_text(value, as_percent="%" in cell.number_format)
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return str(value)
