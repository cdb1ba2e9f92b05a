"""Reads the invoices of an old billing system from a table, and names all that is wrong, never only the first."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from invoices.domain.moving_in.side_by_side import Billed
from subscriptions.domain.cells import unguarded
from subscriptions.domain.money import CURRENCIES, exponent
from subscriptions.domain.price_list.table import Cell, Row, Table, Unusable

REQUIRED = ("organization", "invoice", "currency", "first_day", "last_day", "quantity", "unit_price", "amount")
OPTIONAL = ("kind", "product", "description", "tax")
COLUMNS = (*REQUIRED[:5], "kind", "product", "description", *REQUIRED[5:], "tax")
"""The columns of a file, in the order of the template."""

LONGEST = {"organization": 50, "invoice": 50, "product": 50, "description": 300}
SHOWN_OF_A_VALUE = 100

_FIGURE = re.compile(r"[+-]?([0-9]{1,14}(\.[0-9]{0,6}0*)?|\.[0-9]{1,6}0*)")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

T = TypeVar("T")


class OldProblem(StrEnum):
    """Why a file of old invoices is refused."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class OldFault:
    """Something to mend in a file: the line and the column, what stands there, and why it is refused."""

    problem: OldProblem
    line: int | None = None
    column: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OldCharge:
    """A line of an old invoice; `last_day` is inclusive, `amount` net, `kind` None where the file does not say."""

    kind: Billed | None
    product: str
    description: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    tax: Decimal
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class OldBill:
    """An invoice of the old system, and the line of the file on which it begins."""

    organization: str
    number: str
    currency: str
    line: int
    charges: Sequence[OldCharge]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownThings:
    """What a file may name: organizations by their code, those in shadow, products; and the invoices kept before."""

    organizations: Collection[str] = ()
    in_shadow: Collection[str] = ()
    products: Collection[str] = ()
    kept: Mapping[tuple[str, str], OldBill] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """What a file says: its new invoices and how many were kept before, or everything that is wrong with it."""

    bills: Sequence[OldBill] = ()
    kept_before: int = 0
    faults: Sequence[OldFault] = ()


def read_old_invoices(table: Table, known: KnownThings) -> ReadFile:
    """Return the invoices of a file, or everything that is wrong with its header and rows."""
    places, faults = _places(table.header)
    if faults:
        # Without its columns no row can be read.
        return ReadFile(faults=faults)
    if not table.rows:
        return ReadFile(faults=[OldFault(problem=OldProblem.NO_ROWS)])
    bills: dict[tuple[str, str], OldBill] = {}
    for row in table.rows:
        reader = _Reader(row, places, known)
        found = reader.read(bills)
        faults.extend(reader.faults)
        if found is not None:
            bills[found.organization, found.number] = found
    if faults:
        return ReadFile(faults=faults)
    new = []
    for key, bill in bills.items():
        before = known.kept.get(key)
        if before is None:
            new.append(bill)
        elif not _is_same(bill, before):
            fault = OldFault(
                problem=OldProblem.KNOWN_OTHERWISE, line=bill.line, column="invoice", value=_shown(bill.number)
            )
            faults.append(fault)
    return ReadFile(faults=faults) if faults else ReadFile(bills=new, kept_before=len(bills) - len(new))


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The codes of organizations and the numbers of invoices that stand in a file."""

    organizations: Collection[str]
    invoices: Collection[str]


def named_in(table: Table) -> Named:
    """Return what a file names, as it stands there: what is known of it can be looked up before its rows are read."""
    places, _faults = _places(table.header)

    def cells(name: str) -> set[str]:
        place = places.get(name)
        if place is None:
            return set()
        found = (row.cells[place] for row in table.rows if place < len(row.cells))
        texts = (unguarded(cell).strip() for cell in found if isinstance(cell, str))
        return {text for text in texts if len(text) <= LONGEST[name] and not _CONTROL.search(text)}

    return Named(organizations=cells("organization"), invoices=cells("invoice"))


def _is_same(bill: OldBill, before: OldBill) -> bool:
    return (bill.currency, list(bill.charges)) == (before.currency, list(before.charges))


def _places(header: Row) -> tuple[dict[str, int], list[OldFault]]:
    """Return where each column stands, and what is wrong with the first row."""
    places: dict[str, int] = {}
    faults = []
    for place, cell in enumerate(header.cells):
        name = "" if isinstance(cell, Unusable) else unguarded(cell).strip().lower().replace(" ", "_")
        if not name:
            continue
        if name not in COLUMNS:
            fault = OldProblem.UNKNOWN_COLUMN
        elif name in places:
            fault = OldProblem.REPEATED_COLUMN
        else:
            places[name] = place
            continue
        faults.append(OldFault(problem=fault, line=header.line, column=_shown(name)))
    faults += [
        OldFault(problem=OldProblem.MISSING_COLUMN, line=header.line, column=name)
        for name in REQUIRED
        if name not in places
    ]
    return places, faults


class _Reader:
    """Reads one row; what is wrong with it is in `faults`."""

    def __init__(self, row: Row, places: Mapping[str, int], known: KnownThings) -> None:
        self.faults: list[OldFault] = []
        self._row, self._places, self._known = row, places, known

    def read(self, bills: Mapping[tuple[str, str], OldBill]) -> OldBill | None:
        """Return the invoice that the row belongs to with its charge, None if anything is wrong."""
        organization, number = self._organization(), self._text("invoice", is_required=True)
        currency = self._currency()
        bill = bills.get((organization, number))
        if bill is not None and currency and bill.currency != currency:
            self._refuse("currency", OldProblem.TWO_CURRENCIES)
        charge = self._charge(currency)
        if self.faults or charge is None:
            return None
        return OldBill(
            organization=organization,
            number=number,
            currency=currency,
            line=bill.line if bill else self._row.line,
            charges=[*(bill.charges if bill else ()), charge],
        )

    def _charge(self, currency: str) -> OldCharge | None:
        first, last = self._day("first_day"), self._day("last_day")
        if first and last and last < first:
            self._refuse("last_day", OldProblem.ENDS_BEFORE_IT_BEGINS)
        product, description = self._product(), self._text("description")
        if not product and not description and not self._faulty("product", "description"):
            self._refuse("description", OldProblem.NOTHING_NAMED)
        minor = exponent(currency) if currency else 2
        quantity, price = self._figure("quantity", 6), self._figure("unit_price", 6)
        amount, tax = self._figure("amount", minor), self._figure("tax", minor, is_required=False)
        kind = self._kind()
        if self.faults or first is None or last is None or quantity is None or price is None or amount is None:
            return None
        return OldCharge(
            kind=kind,
            product=product,
            description=description,
            quantity=quantity,
            unit_price=price,
            amount=amount,
            tax=tax or Decimal(0),
            first_day=first,
            last_day=last,
        )

    def _organization(self) -> str:
        code = self._text("organization", is_required=True)
        if code and code not in self._known.organizations:
            self._refuse("organization", OldProblem.UNKNOWN_ORGANIZATION)
        elif code and code not in self._known.in_shadow:
            self._refuse("organization", OldProblem.NOT_IN_SHADOW)
        return code

    def _currency(self) -> str:
        currency = self._text("currency", is_required=True).upper()
        if currency and currency not in CURRENCIES:
            self._refuse("currency", OldProblem.UNKNOWN_CURRENCY)
            return ""
        return currency

    def _kind(self) -> Billed | None:
        text = self._text("kind").lower()
        if text and text not in set(Billed):
            self._refuse("kind", OldProblem.UNKNOWN_KIND)
            return None
        return Billed(text) if text else None

    def _product(self) -> str:
        product = self._text("product")
        if product and product not in self._known.products:
            self._refuse("product", OldProblem.UNKNOWN_PRODUCT)
        return product

    def _day(self, name: str) -> date | None:
        return self._parsed(name, date.fromisoformat, OldProblem.NOT_A_DAY)

    def _figure(self, name: str, decimals: int, *, is_required: bool = True) -> Decimal | None:
        def read(text: str) -> Decimal:
            if not _FIGURE.fullmatch(text):
                raise ValueError(text)
            return Decimal(text)

        found = self._parsed(name, read, OldProblem.NOT_A_NUMBER, is_required=is_required)
        if found is not None and found != round(found, decimals):
            self._refuse(name, OldProblem.TOO_FINE)
            return None
        return found

    def _parsed(
        self, name: str, parse: Callable[[str], T], problem: OldProblem, *, is_required: bool = True
    ) -> T | None:
        text = self._text(name, is_required=is_required)
        if not text:
            return None
        try:
            return parse(text)
        except ValueError:
            self._refuse(name, problem)
            return None

    def _text(self, name: str, *, is_required: bool = False) -> str:
        cell = self._cell(name)
        if isinstance(cell, Unusable):
            self._refuse(name, OldProblem.UNUSABLE)
            return ""
        text = unguarded(cell).strip()
        if is_required and not text:
            self._refuse(name, OldProblem.MISSING)
        if len(text) > LONGEST.get(name, SHOWN_OF_A_VALUE):
            self._refuse(name, OldProblem.TOO_LONG)
            return ""
        if _CONTROL.search(text):
            self._refuse(name, OldProblem.MISLEADING)
            return ""
        return text

    def _cell(self, name: str) -> Cell:
        place = self._places.get(name)
        return "" if place is None or place >= len(self._row.cells) else self._row.cells[place]

    def _faulty(self, *names: str) -> bool:
        return any(fault.column in names for fault in self.faults)

    def _refuse(self, name: str, problem: OldProblem) -> None:
        cell = self._cell(name)
        value = cell.text if isinstance(cell, Unusable) else cell
        self.faults.append(OldFault(problem=problem, line=self._row.line, column=name, value=_shown(value)))


def _shown(text: str) -> str:
    """Return as much of a value as is shown, without what cannot be."""
    return _CONTROL.sub("\ufffd", text[:SHOWN_OF_A_VALUE])
