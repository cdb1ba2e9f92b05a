"""The columns of each kind of list, and how the first row of a file names them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from subscriptions.domain.price_list.entry import ListKind
from subscriptions.domain.price_list.fault import Fault, Problem
from subscriptions.domain.price_list.table import Cell, Row, Unusable

_SEPARATORS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Column:
    """A column by the name under which it is exported, and the other names under which it is taken."""

    name: str
    aliases: frozenset[str] = frozenset()
    required: bool = True


PRODUCT = "product"
PRICE = "price"
SETUP_PRICE = "setup_price"
DIRECTION = "direction"
PREFIX = "prefix"
DESTINATION = "destination"
PER_MINUTE = "per_minute"
AUTHORITY = "authority"
RATE = "rate"
TAXABLE = "taxable"
CATEGORIES = "categories"

COLUMNS: Mapping[ListKind, Sequence[Column]] = {
    ListKind.PRICE_BOOK: (
        Column(PRODUCT, frozenset({"product code", "code", "sku"})),
        Column(PRICE, frozenset({"unit price", "list price"})),
        Column(SETUP_PRICE, frozenset({"setup", "setup fee", "activation price"}), required=False),
    ),
    ListKind.RATE_DECK: (
        Column(DIRECTION, frozenset({"call direction"})),
        Column(PREFIX, frozenset({"dial code", "dialing code", "code"})),
        Column(DESTINATION, frozenset({"destination name", "country"})),
        Column(PER_MINUTE, frozenset({"price per minute", "rate per minute", "rate", "price"})),
    ),
    ListKind.TAX_RATES: (
        Column(AUTHORITY, frozenset({"tax authority", "jurisdiction"})),
        Column(RATE, frozenset({"tax rate", "percent"})),
        Column(TAXABLE, frozenset({"taxable share", "taxed share"}), required=False),
        Column(CATEGORIES, frozenset({"category", "revenue"})),
    ),
}


def column_names(kind: ListKind) -> list[str]:
    """Return the names of a list's columns in the order in which they are exported."""
    return [column.name for column in COLUMNS[kind]]


def match_header(header: Row, kind: ListKind) -> tuple[Mapping[str, int], list[Fault]]:
    """Return the place of each column, whatever its case, spacing and order, and every fault of the header."""
    known = {alias: column.name for column in COLUMNS[kind] for alias in (_folded(column.name), *column.aliases)}
    places: dict[str, int] = {}
    faults = []
    for place, cell in enumerate(header.cells):
        text = _text(cell)
        name = known.get(_folded(text))
        if not text:
            continue
        if name is None:
            faults.append(
                Fault(
                    problem=Problem.UNKNOWN_COLUMN,
                    line=header.line,
                    column=text,
                    value=text,
                    detail=", ".join(column_names(kind)),
                )
            )
        elif name in places:
            faults.append(Fault(problem=Problem.REPEATED_COLUMN, line=header.line, column=name, value=text))
        else:
            places[name] = place
    faults += [
        Fault(problem=Problem.MISSING_COLUMN, line=header.line, column=column.name)
        for column in COLUMNS[kind]
        if column.required and column.name not in places
    ]
    return places, faults


def count_known(cells: Sequence[Cell]) -> int:
    """Return how many cells name a column of any list: by this the separator of a text file is told."""
    known = {
        alias for columns in COLUMNS.values() for column in columns for alias in (_folded(column.name), *column.aliases)
    }
    return sum(_folded(_text(cell)) in known for cell in cells)


def _folded(text: str) -> str:
    return _SEPARATORS.sub(" ", text.casefold()).strip()


def _text(cell: Cell) -> str:
    return cell.text if isinstance(cell, Unusable) else cell
