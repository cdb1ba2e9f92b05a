"""A price list as a file to edit and import again; a spreadsheet opens it without running anything in it."""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from subscriptions.domain.cells import guarded, unguarded
from subscriptions.domain.money import plain
from subscriptions.domain.price_list.columns import column_names
from subscriptions.domain.price_list.entry import Entry, ListKind, PriceList
from subscriptions.exports.csv_file import Value, csv_lines

UTF8_MARK = "\ufeff"
"""By this a spreadsheet knows that a CSV file is UTF-8."""


def price_list_csv(prices: PriceList, *, kind: ListKind) -> Iterator[str]:
    """Yield the lines of a list as CSV, with the columns of an import."""
    yield UTF8_MARK
    yield from csv_lines(column_names(kind), (_ROWS[kind](entry) for entry in prices.entries))


def price_list_xlsx(prices: PriceList, *, kind: ListKind) -> bytes:
    """Return a list as XLSX, with the columns of an import: text is stored as text, so that none of it is a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(kind.value)
    sheet.append(column_names(kind))
    for entry in prices.entries:
        sheet.append([_cell(sheet, value) for value in _ROWS[kind](entry)])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _book_row(entry: Entry) -> Sequence[Value]:
    return entry.code, entry.price, entry.extra


def _deck_row(entry: Entry) -> Sequence[Value]:
    return entry.direction, entry.code, entry.words, entry.price


def _tax_row(entry: Entry) -> Sequence[Value]:
    return entry.code, entry.price, entry.extra, entry.words


_ROWS: Mapping[ListKind, Callable[[Entry], Sequence[Value]]] = {
    ListKind.PRICE_BOOK: _book_row,
    ListKind.RATE_DECK: _deck_row,
    ListKind.TAX_RATES: _tax_row,
}


def _cell(sheet: object, value: Value) -> object:
    if isinstance(value, str):
        # An import takes one apostrophe for a guard: text that begins as if it were guarded gets a real one.
        return _text_cell(sheet, value if unguarded(value) == value else guarded(value))
    if value is None or Decimal(repr(float(value))) == value:
        return value
    # A spreadsheet's numbers have 15 digits or so; one that has more is kept as text.
    return _text_cell(sheet, plain(value))


def _text_cell(sheet: object, text: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", text))
    # Text that begins with an equals sign would be a formula otherwise.
    cell.data_type = "s"
    return cell
