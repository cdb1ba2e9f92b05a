"""Reads the invoices of an old billing system from a table, and names all that is wrong, never only the first."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from invoices.domain.moving_in.rows import OldFault, OldProblem, RowReader, places_of, shown, texts_in
from invoices.domain.moving_in.side_by_side import Billed
from subscriptions.domain.money import exponent
from subscriptions.domain.price_list.table import Row, Table

REQUIRED = ("organization", "invoice", "currency", "first_day", "last_day", "quantity", "unit_price", "amount")
COLUMNS = (*REQUIRED[:5], "kind", "product", "description", *REQUIRED[5:], "tax")
"""The columns of a file, in the order of the template."""


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
    places, faults = places_of(table.header, columns=COLUMNS, required=REQUIRED)
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
                problem=OldProblem.KNOWN_OTHERWISE, line=bill.line, column="invoice", value=shown(bill.number)
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
    places, _faults = places_of(table.header, columns=COLUMNS, required=REQUIRED)
    return Named(organizations=texts_in(table, "organization", places), invoices=texts_in(table, "invoice", places))


def _is_same(bill: OldBill, before: OldBill) -> bool:
    return (bill.currency, list(bill.charges)) == (before.currency, list(before.charges))


class _Reader(RowReader):
    """Reads one row; what is wrong with it is in `faults`."""

    def __init__(self, row: Row, places: Mapping[str, int], known: KnownThings) -> None:
        super().__init__(row, places)
        self._known = known

    def read(self, bills: Mapping[tuple[str, str], OldBill]) -> OldBill | None:
        """Return the invoice that the row belongs to with its charge, None if anything is wrong."""
        organization, number = self._organization(), self.text("invoice", is_required=True)
        currency = self.currency()
        bill = bills.get((organization, number))
        if bill is not None and currency and bill.currency != currency:
            self.refuse("currency", OldProblem.TWO_CURRENCIES)
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
        first, last = self.day("first_day"), self.day("last_day")
        if first and last and last < first:
            self.refuse("last_day", OldProblem.ENDS_BEFORE_IT_BEGINS)
        product, description = self._product(), self.text("description")
        if not product and not description and not self.faulty("product", "description"):
            self.refuse("description", OldProblem.NOTHING_NAMED)
        minor = exponent(currency) if currency else 2
        quantity, price = self.figure("quantity", 6), self.figure("unit_price", 6)
        amount, tax = self.figure("amount", minor), self.figure("tax", minor, is_required=False)
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
        code = self.text("organization", is_required=True)
        if code and code not in self._known.organizations:
            self.refuse("organization", OldProblem.UNKNOWN_ORGANIZATION)
        elif code and code not in self._known.in_shadow:
            self.refuse("organization", OldProblem.NOT_IN_SHADOW)
        return code

    def _kind(self) -> Billed | None:
        text = self.text("kind").lower()
        if text and text not in set(Billed):
            self.refuse("kind", OldProblem.UNKNOWN_KIND)
            return None
        return Billed(text) if text else None

    def _product(self) -> str:
        product = self.text("product")
        if product and product not in self._known.products:
            self.refuse("product", OldProblem.UNKNOWN_PRODUCT)
        return product
