"""Checks every row of a file and names all that is wrong with it, never only the first (BR-31, BR-42, BR-78)."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from subscriptions.domain.catalog import ProductKind, TaxCategory
from subscriptions.domain.cells import unguarded
from subscriptions.domain.price_list import columns as names
from subscriptions.domain.price_list.columns import match_header
from subscriptions.domain.price_list.entry import Entry, Key, ListKind
from subscriptions.domain.price_list.fault import Fault, Problem
from subscriptions.domain.price_list.figures import (
    LARGEST_RATE,
    LARGEST_SHARE,
    FigureError,
    read_percentage,
    read_price,
)
from subscriptions.domain.price_list.table import Cell, Row, Table, Unusable, by_column
from subscriptions.domain.rate_deck import DIRECTIONS, is_prefix

LONGEST_NAME = 200

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_BETWEEN_CATEGORIES = re.compile(r"[\s,;|/]+")
_SHOWN_OF_A_VALUE = 100
_EVERYTHING_TAXED = Decimal(LARGEST_SHARE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """What a file may name: the products with their kinds, and the names that several tax authorities share."""

    products: Mapping[str, ProductKind] = field(default_factory=dict)
    ambiguous_authorities: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a file says: its entries if nothing is wrong with it, else every fault."""

    entries: Sequence[Entry] = ()
    faults: Sequence[Fault] = ()


def check_table(table: Table, *, kind: ListKind, catalog: Catalog) -> Checked:
    """Return the entries of a file, or everything that is wrong with its header and rows."""
    places, faults = match_header(table.header, kind)
    if faults:
        # Without its columns no row can be read.
        return Checked(faults=faults)
    if not table.rows:
        return Checked(faults=[Fault(problem=Problem.EMPTY_FILE)])
    read, named = _READERS[kind], frozenset(places.values())
    entries: list[Entry] = []
    lines: dict[Key, int] = {}
    for row in table.rows:
        cells = _RowCells(row, places, named)
        entry = read(cells, catalog)
        first = lines.setdefault(cells.key, row.line) if cells.key.code else row.line
        if first != row.line:
            cells.refuse(_KEY_COLUMN[kind], cells.key.code, Problem.REPEATED_ROW, detail=str(first))
        if entry is not None:
            entries.append(entry)
        faults += cells.faults
    return Checked(faults=faults) if faults else Checked(entries=entries)


class _RowCells:
    """The cells of one row, what it is about, and what was found wrong with it so far."""

    def __init__(self, row: Row, places: Mapping[str, int], named: frozenset[int]) -> None:
        self.line = row.line
        self.key = Key("", "")
        self.faults: list[Fault] = []
        self._cells = by_column(row.cells, places)
        for place, cell in enumerate(row.cells):
            if cell and place not in named:
                self.refuse("", cell, Problem.CELL_WITHOUT_COLUMN)

    def refuse(self, column: str, cell: Cell, problem: Problem, *, detail: str = "") -> None:
        """Note a fault."""
        text = cell.text if isinstance(cell, Unusable) else cell
        self.faults.append(
            Fault(problem=problem, line=self.line, column=column, value=text[:_SHOWN_OF_A_VALUE], detail=detail)
        )

    def text(self, column: str, *, optional: bool = False) -> str:
        """Return what stands in a column; nothing if it cannot be used, which is noted."""
        cell = self._cells.get(column, "")
        if isinstance(cell, Unusable):
            self.refuse(column, cell, cell.problem)
            return ""
        text = unguarded(cell.strip())
        if not text and not optional:
            self.refuse(column, "", Problem.MISSING)
        return text

    def name(self, column: str) -> str:
        """Return a name as it is printed: on one line, not too long."""
        text = self.text(column)
        if _CONTROL.search(text):
            self.refuse(column, text, Problem.SEVERAL_LINES)
        elif len(text) > LONGEST_NAME:
            self.refuse(column, text, Problem.TOO_LONG, detail=str(LONGEST_NAME))
        return text

    def figure(self, column: str, read: Callable[[str], Decimal], *, optional: bool = False) -> Decimal | None:
        """Return the number in a column; None if there is none, which is noted unless it may be missing."""
        text = self.text(column, optional=optional)
        if not text:
            return None
        try:
            return read(text)
        except FigureError as error:
            self.refuse(column, text, error.problem)
            return None


def _read_price(cells: _RowCells, catalog: Catalog) -> Entry | None:
    product = cells.text(names.PRODUCT)
    cells.key = Key(product, "")
    kind = catalog.products.get(product)
    if product and kind is None:
        cells.refuse(names.PRODUCT, product, Problem.UNKNOWN_PRODUCT)
    if kind is ProductKind.VOICE:
        cells.refuse(names.PRODUCT, product, Problem.NOT_IN_A_BOOK)
    price = cells.figure(names.PRICE, read_price)
    setup_price = cells.figure(names.SETUP_PRICE, read_price, optional=True)
    if setup_price is not None and kind is not None and kind is not ProductKind.NUMBER:
        cells.refuse(names.SETUP_PRICE, str(setup_price), Problem.NO_SETUP)
    return None if price is None else Entry(code=product, price=price, extra=setup_price, line=cells.line)


def _read_rate(cells: _RowCells, _catalog: Catalog) -> Entry | None:
    typed = cells.text(names.DIRECTION)
    direction = re.sub(r"[\s_-]+", "_", typed.casefold())
    if typed and direction not in DIRECTIONS:
        cells.refuse(names.DIRECTION, typed, Problem.UNKNOWN_DIRECTION, detail=", ".join(DIRECTIONS))
    prefix = cells.text(names.PREFIX)
    cells.key = Key(prefix, direction)
    if prefix and not is_prefix(prefix):
        cells.refuse(names.PREFIX, prefix, Problem.NOT_A_PREFIX)
    destination = cells.name(names.DESTINATION)
    price = cells.figure(names.PER_MINUTE, read_price)
    if price is None:
        return None
    return Entry(code=prefix, direction=direction, price=price, words=destination, line=cells.line)


def _read_tax(cells: _RowCells, catalog: Catalog) -> Entry | None:
    authority = cells.name(names.AUTHORITY)
    cells.key = Key(authority, "")
    if authority in catalog.ambiguous_authorities:
        cells.refuse(names.AUTHORITY, authority, Problem.AMBIGUOUS_AUTHORITY)
    rate = cells.figure(names.RATE, lambda text: read_percentage(text, at_most=LARGEST_RATE))
    share = cells.figure(names.TAXABLE, lambda text: read_percentage(text, at_most=LARGEST_SHARE), optional=True)
    categories = _read_categories(cells)
    if rate is None:
        return None
    return Entry(
        code=authority,
        price=rate,
        extra=_EVERYTHING_TAXED if share is None else share,
        words=category_words(categories),
        line=cells.line,
    )


def _read_categories(cells: _RowCells) -> set[str]:
    text = cells.text(names.CATEGORIES)
    categories = {category for category in _BETWEEN_CATEGORIES.split(text.casefold()) if category}
    if categories - set(TaxCategory):
        cells.refuse(names.CATEGORIES, text, Problem.UNKNOWN_CATEGORY, detail=category_words(set(TaxCategory)))
    return categories


def category_words(categories: set[str] | frozenset[str]) -> str:
    """Write tax categories always in the same order: `software, telecom`."""
    return ", ".join(category.value for category in TaxCategory if category.value in categories)


_READERS: Mapping[ListKind, Callable[[_RowCells, Catalog], Entry | None]] = {
    ListKind.PRICE_BOOK: _read_price,
    ListKind.RATE_DECK: _read_rate,
    ListKind.TAX_RATES: _read_tax,
}
_KEY_COLUMN = {
    ListKind.PRICE_BOOK: names.PRODUCT,
    ListKind.RATE_DECK: names.PREFIX,
    ListKind.TAX_RATES: names.AUTHORITY,
}
