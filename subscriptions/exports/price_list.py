"""A price list as a file to edit and import again; a spreadsheet opens it without running anything in it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import BinaryIO

from subscriptions.domain.cells import guarded, unguarded
from subscriptions.domain.price_list.columns import column_names
from subscriptions.domain.price_list.entry import Entry, ListKind, PriceList
from subscriptions.exports.csv_file import Value, csv_lines
from subscriptions.exports.xlsx_file import xlsx_file

UTF8_MARK = "\ufeff"
"""By this a spreadsheet knows that a CSV file is UTF-8."""


def price_list_csv(prices: PriceList, *, kind: ListKind) -> Iterator[str]:
    """Yield the lines of a list as CSV, with the columns of an import."""
    yield UTF8_MARK
    yield from csv_lines(column_names(kind), (_ROWS[kind](entry) for entry in prices.entries))


def price_list_xlsx(prices: PriceList, *, kind: ListKind) -> BinaryIO:
    """Return a list as XLSX, a temporary file, with the columns of an import."""
    rows = ([_unmistakable(value) for value in _ROWS[kind](entry)] for entry in prices.entries)
    return xlsx_file(column_names(kind), rows, title=kind.value)


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


def _unmistakable(value: Value) -> Value:
    """Return text that an import takes as it is: of one that begins as if it were guarded it takes an apostrophe."""
    return guarded(value) if isinstance(value, str) and unguarded(value) != value else value
