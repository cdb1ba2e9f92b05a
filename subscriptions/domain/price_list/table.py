"""A file as rows of cells: text, however it was stored, and where it stood."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite

from subscriptions.domain.money import plain
from subscriptions.domain.price_list.fault import Problem

# A billionth is noise of binary numbers, a thousandth of the last decimal that a price has (BR-32).
_SHOWN_DECIMALS = Decimal("1e-9")
_PERCENT = 100


@dataclass(frozen=True, slots=True)
class Unusable:
    """A cell without a value of its own: a formula, or an error."""

    problem: Problem
    text: str


Cell = str | Unusable


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row and the line on which it begins."""

    line: int
    cells: Sequence[Cell]

    @property
    def is_blank(self) -> bool:
        """Tell whether nothing stands in the row."""
        return not any(self.cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A file: the row that names the columns, and the rows below it that are not blank."""

    header: Row
    rows: Sequence[Row]


def number_text(value: float, *, as_percent: bool = False) -> str:
    """
    Write a spreadsheet's number as the spreadsheet shows it: 0.04700000000001 is `0.047`, 5.0 is `5`.

    A number shown as a percentage is one hundredth of what is seen: 0.0825 is `8.25%`.
    """
    if not isfinite(value):
        return str(value)
    # The shortest decimal that stands for the binary number, not its exact value.
    exact = Decimal(repr(value)) * (_PERCENT if as_percent else 1)
    shown = plain(exact.quantize(_SHOWN_DECIMALS) if abs(exact) < _PERCENT**6 else exact)
    return f"{shown}%" if as_percent else shown


def by_column(cells: Sequence[Cell], columns: Mapping[str, int]) -> Mapping[str, Cell]:
    """Return the cells of a row by the name of their column; what a short row lacks is empty."""
    return {name: cells[place] if place < len(cells) else "" for name, place in columns.items()}
