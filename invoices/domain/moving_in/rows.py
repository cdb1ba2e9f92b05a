"""Reads rows of a file of the old system, cell by cell, and names all that is wrong, never only the first."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from subscriptions.domain.cells import unguarded
from subscriptions.domain.money import CURRENCIES
from subscriptions.domain.price_list.table import Cell, Row, Table, Unusable

LONGEST = {"organization": 50, "invoice": 50, "number": 50, "product": 50, "description": 300}
SHOWN_OF_A_VALUE = 100

_FIGURE = re.compile(r"[+-]?([0-9]{1,14}(\.[0-9]{0,6}0*)?|\.[0-9]{1,6}0*)")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

T = TypeVar("T")


class OldProblem(StrEnum):
    """Why a file of the old system is refused."""

    NO_ROWS = "no_rows"
    MISSING_COLUMN = "missing_column"
    UNKNOWN_COLUMN = "unknown_column"
    REPEATED_COLUMN = "repeated_column"
    MISSING = "missing"
    UNUSABLE = "unusable"
    TOO_LONG = "too_long"
    MISLEADING = "misleading"
    UNKNOWN_ORGANIZATION = "unknown_organization"
    NOT_IN_SHADOW = "not_in_shadow"
    UNKNOWN_CURRENCY = "unknown_currency"
    TWO_CURRENCIES = "two_currencies"
    NOT_A_DAY = "not_a_day"
    ENDS_BEFORE_IT_BEGINS = "ends_before_it_begins"
    UNKNOWN_KIND = "unknown_kind"
    UNKNOWN_PRODUCT = "unknown_product"
    NOTHING_NAMED = "nothing_named"
    NOT_A_NUMBER = "not_a_number"
    TOO_FINE = "too_fine"
    KNOWN_OTHERWISE = "known_otherwise"
    UNKNOWN_OPENING = "unknown_opening"
    NO_AGREEMENT = "no_agreement"
    YET_TO_COME = "yet_to_come"
    DUE_BEFORE_ITS_DATE = "due_before_its_date"
    DUE_TOO_FAR = "due_too_far"
    CREDIT_IS_NOT_DUE = "credit_is_not_due"
    NOT_POSITIVE = "not_positive"
    REPEATED_NUMBER = "repeated_number"
    KEPT_BEFORE = "kept_before"
    NUMBER_IS_OURS = "number_is_ours"
    NUMBER_WILL_BE_OURS = "number_will_be_ours"
    OTHER_CURRENCY = "other_currency"
    MORE_THAN_BILLED = "more_than_billed"


@dataclass(frozen=True, slots=True, kw_only=True)
class OldFault:
    """Something to mend in a file: the line and the column, what stands there, and why it is refused."""

    problem: OldProblem
    line: int | None = None
    column: str = ""
    value: str = ""


def places_of(header: Row, *, columns: Sequence[str], required: Sequence[str]) -> tuple[dict[str, int], list[OldFault]]:
    """Return where each column stands, and what is wrong with the first row."""
    places: dict[str, int] = {}
    faults = []
    for place, cell in enumerate(header.cells):
        name = "" if isinstance(cell, Unusable) else unguarded(cell).strip().lower().replace(" ", "_")
        if not name:
            continue
        if name not in columns:
            fault = OldProblem.UNKNOWN_COLUMN
        elif name in places:
            fault = OldProblem.REPEATED_COLUMN
        else:
            places[name] = place
            continue
        faults.append(OldFault(problem=fault, line=header.line, column=shown(name)))
    faults += [
        OldFault(problem=OldProblem.MISSING_COLUMN, line=header.line, column=name)
        for name in required
        if name not in places
    ]
    return places, faults


def texts_in(table: Table, name: str, places: Mapping[str, int]) -> set[str]:
    """Return what stands in a column: what is known of it can be looked up before the rows are read."""
    place = places.get(name)
    if place is None:
        return set()
    found = (row.cells[place] for row in table.rows if place < len(row.cells))
    texts = (unguarded(cell).strip() for cell in found if isinstance(cell, str))
    return {text for text in texts if len(text) <= LONGEST[name] and not _CONTROL.search(text)}


class RowReader:
    """Reads the cells of one row; what is wrong with it is in `faults`."""

    def __init__(self, row: Row, places: Mapping[str, int]) -> None:
        self.faults: list[OldFault] = []
        self._row, self._places = row, places

    def currency(self) -> str:
        """Return the currency of the row; empty if something is wrong with it."""
        currency = self.text("currency", is_required=True).upper()
        if currency and currency not in CURRENCIES:
            self.refuse("currency", OldProblem.UNKNOWN_CURRENCY)
            return ""
        return currency

    def day(self, name: str) -> date | None:
        """Return a day, written as 2026-03-31."""
        return self._parsed(name, date.fromisoformat, OldProblem.NOT_A_DAY)

    def figure(self, name: str, decimals: int, *, is_required: bool = True) -> Decimal | None:
        """Return a number with at most so many decimals."""

        def read(text: str) -> Decimal:
            if not _FIGURE.fullmatch(text):
                raise ValueError(text)
            return Decimal(text)

        found = self._parsed(name, read, OldProblem.NOT_A_NUMBER, is_required=is_required)
        if found is not None and found != round(found, decimals):
            self.refuse(name, OldProblem.TOO_FINE)
            return None
        return found

    def _parsed(
        self, name: str, parse: Callable[[str], T], problem: OldProblem, *, is_required: bool = True
    ) -> T | None:
        text = self.text(name, is_required=is_required)
        if not text:
            return None
        try:
            return parse(text)
        except ValueError:
            self.refuse(name, problem)
            return None

    def text(self, name: str, *, is_required: bool = False) -> str:
        """Return what stands in a column, empty where nothing does or something is wrong with it."""
        cell = self._cell(name)
        if isinstance(cell, Unusable):
            self.refuse(name, OldProblem.UNUSABLE)
            return ""
        text = unguarded(cell).strip()
        if is_required and not text:
            self.refuse(name, OldProblem.MISSING)
        if len(text) > LONGEST.get(name, SHOWN_OF_A_VALUE):
            self.refuse(name, OldProblem.TOO_LONG)
            return ""
        if _CONTROL.search(text):
            self.refuse(name, OldProblem.MISLEADING)
            return ""
        return text

    def _cell(self, name: str) -> Cell:
        place = self._places.get(name)
        return "" if place is None or place >= len(self._row.cells) else self._row.cells[place]

    def faulty(self, *names: str) -> bool:
        """Tell whether something is wrong in one of these columns."""
        return any(fault.column in names for fault in self.faults)

    def refuse(self, name: str, problem: OldProblem) -> None:
        """Note what is wrong in a column."""
        cell = self._cell(name)
        value = cell.text if isinstance(cell, Unusable) else cell
        self.faults.append(OldFault(problem=problem, line=self._row.line, column=name, value=shown(value)))


def shown(text: str) -> str:
    """Return as much of a value as is shown, without what cannot be."""
    return _CONTROL.sub("\ufffd", text[:SHOWN_OF_A_VALUE])
