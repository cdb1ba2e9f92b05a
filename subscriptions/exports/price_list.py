"""A price list as a file that can be edited and imported again, and that a spreadsheet opens without running anything."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from subscriptions.domain.money import plain
from subscriptions.domain.price_list.columns import column_names
from subscriptions.domain.price_list.entry import Entry, ListKind, PriceList
from subscriptions.domain.price_list.table import guarded, unguarded

Value = str | Decimal | None


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> Iterator[str]:
    """Yield the lines of a CSV file; text that a spreadsheet would take for a formula gets an apostrophe."""
    writer = csv.writer(_Echo())
    # The mark by which a spreadsheet knows that this is UTF-8.
    yield "\ufeff" + writer.writerow([guarded(name) for name in columns])
    for row in rows:
        yield writer.writerow([guarded(value) if isinstance(value, str) else _number(value) for value in row])


def price_list_csv(prices: PriceList, *, kind: ListKind) -> Iterator[str]:
    """Yield the lines of a list as CSV, with the columns of an import."""
    return csv_lines(column_names(kind), (_ROWS[kind](entry) for entry in prices.entries))


def price_list_xlsx(prices: PriceList, *, kind: ListKind) -> bytes:
    """Return a list as XLSX, with the columns of an import: text is stored as text, so that none of it is a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(kind.value)
    sheet.append(column_names(kind))
    for entry in prices.entries:
        sheet.append([_text_cell(sheet, value) if isinstance(value, str) else value for value in _ROWS[kind](entry)])
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


def _number(value: Decimal | None) -> str:
    return "" if value is None else plain(value)


def _text_cell(sheet: object, text: str) -> WriteOnlyCell:
    text = ILLEGAL_CHARACTERS_RE.sub("", text)
    # An import takes one apostrophe for a guard: text that begins as if it were guarded gets a real one.
    cell = WriteOnlyCell(sheet, text if unguarded(text) == text else guarded(text))
    # A text that begins with an equals sign would be a formula otherwise.
    cell.data_type = "s"
    return cell


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        """Return the text."""
        return text
