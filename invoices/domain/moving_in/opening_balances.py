"""Reads what was open, or left, in an old billing system when an organization goes live (ADR 43)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from invoices.domain.moving_in.rows import OldFault, OldProblem, RowReader, places_of, texts_in
from subscriptions.domain.money import exponent, plain
from subscriptions.domain.numbering import place_in_series
from subscriptions.domain.price_list.table import Row, Table

REQUIRED = ("organization", "number", "date", "currency", "amount")
COLUMNS = ("organization", "kind", "number", "date", "due_date", "currency", "amount")
"""The columns of a file, in the order of the template."""

LONGEST_TERM = timedelta(days=3653)
"""An invoice falls due within 10 years: what old systems write for never, as December 31, 9999, is no day to remind."""


class OldFile(StrEnum):
    """What a file of the old system holds."""

    INVOICES = "invoices"
    BALANCES = "balances"


class OpeningKind(StrEnum):
    """Whether an organization owes, or has something left."""

    INVOICE = "invoice"
    CREDIT = "credit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """
    What is open of an old invoice, or a credit that is left, with tax; a credit falls due never.

    `line` is where it stands in the file.
    """

    organization: str
    kind: OpeningKind
    number: str
    document_date: date
    due_date: date | None
    currency: str
    amount: Decimal
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningSums:
    """What is carried over: how many invoices and credits, and what they come to by currency (BR-83)."""

    invoices: int = 0
    credits: int = 0
    owed: Mapping[str, Decimal] = field(default_factory=dict)
    left: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Return what tells whether they are still those that were shown; empty if there are none."""
        sums = [f"{currency}{plain(amount)}" for part in (self.owed, self.left) for currency, amount in part.items()]
        return " ".join([str(self.invoices), str(self.credits), *sums]) if sums else ""


def sums_of(balances: Iterable[tuple[OpeningKind, str, Decimal]]) -> OpeningSums:
    """Return what opening balances come to, each given as kind, currency and amount."""
    owed: defaultdict[str, Decimal] = defaultdict(Decimal)
    left: defaultdict[str, Decimal] = defaultdict(Decimal)
    kinds = []
    for kind, currency, amount in sorted(balances):
        kinds.append(kind)
        (owed if kind is OpeningKind.INVOICE else left)[currency] += amount
    return OpeningSums(
        invoices=kinds.count(OpeningKind.INVOICE),
        credits=kinds.count(OpeningKind.CREDIT),
        owed=dict(owed),
        left=dict(left),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OldTotal:
    """What an old invoice that was imported before comes to, with tax."""

    currency: str
    total: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Who will issue an organization's documents: each of its series by its prefix and the last number given in it."""

    key: int
    series: Sequence[tuple[str, int]]

    def will_give(self, number: str) -> bool:
        """Tell whether one of its series comes to an old number yet (BR-75)."""
        places = ((place_in_series(number, prefix=prefix), last) for prefix, last in self.series)
        return any(place is not None and place > last for place, last in places)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownBalances:
    """
    What a file may name: organizations by their code, those that move in, and who issues their invoices.

    `kept` are the balances that stand already, by organization, kind and number, `taken` the numbers of documents that
    were issued, by issuer; `old` are the invoices that were imported to be compared with.
    """

    organizations: Collection[str] = ()
    moving_in: Collection[str] = ()
    issuers: Mapping[str, Issuer] = field(default_factory=dict)
    kept: Collection[tuple[str, OpeningKind, str]] = ()
    taken: Collection[tuple[int, str]] = ()
    old: Mapping[tuple[str, str], OldTotal] = field(default_factory=dict)
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBalances:
    """What a file says: its opening balances, or everything that is wrong with it."""

    openings: Sequence[Opening] = ()
    faults: Sequence[OldFault] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedBalances:
    """The codes of organizations and the old numbers that stand in a file."""

    organizations: Collection[str]
    numbers: Collection[str]


def named_in(table: Table) -> NamedBalances:
    """Return what a file names, as it stands there: what is known of it can be looked up before its rows are read."""
    places, _faults = places_of(table.header, columns=COLUMNS, required=REQUIRED)
    return NamedBalances(
        organizations=texts_in(table, "organization", places), numbers=texts_in(table, "number", places)
    )


def read_opening_balances(table: Table, known: KnownBalances) -> ReadBalances:
    """Return the opening balances of a file, or everything that is wrong with its header and rows."""
    places, faults = places_of(table.header, columns=COLUMNS, required=REQUIRED)
    if faults:
        # Without its columns no row can be read.
        return ReadBalances(faults=faults)
    if not table.rows:
        return ReadBalances(faults=[OldFault(problem=OldProblem.NO_ROWS)])
    openings: list[Opening] = []
    numbers: set[tuple[int | str, OpeningKind, str]] = set()
    for row in table.rows:
        reader = _Reader(row, places, known)
        opening = reader.read()
        if opening is not None:
            # One issuer's numbers name one document each, whosever it is.
            issuer = known.issuers[opening.organization].key
            owner = issuer if opening.kind is OpeningKind.INVOICE else opening.organization
            key = (owner, opening.kind, opening.number)
            if key in numbers:
                reader.refuse("number", OldProblem.REPEATED_NUMBER)
            numbers.add(key)
            openings.append(opening)
        faults.extend(reader.faults)
    return ReadBalances(faults=faults) if faults else ReadBalances(openings=openings)


class _Reader(RowReader):
    """Reads one row; what is wrong with it is in `faults`."""

    def __init__(self, row: Row, places: Mapping[str, int], known: KnownBalances) -> None:
        super().__init__(row, places)
        self._known, self._line = known, row.line

    def read(self) -> Opening | None:
        """Return the opening balance of the row, None if anything is wrong."""
        organization, kind = self._organization(), self._kind()
        number = self.text("number", is_required=True)
        day, due = self.day("date"), self._due_date(kind)
        if day and day > self._known.today:
            self.refuse("date", OldProblem.YET_TO_COME)
        if day and due and due < day:
            self.refuse("due_date", OldProblem.DUE_BEFORE_ITS_DATE)
        if due and due > self._known.today + LONGEST_TERM:
            self.refuse("due_date", OldProblem.DUE_TOO_FAR)
        currency = self.currency()
        amount = self.figure("amount", exponent(currency) if currency else 2)
        if amount is not None and amount <= 0:
            self.refuse("amount", OldProblem.NOT_POSITIVE)
        if organization and number and kind is not None:
            self._check_number(organization, kind, number)
        if organization and number and kind is OpeningKind.INVOICE and amount is not None:
            self._compare(organization, number, currency, amount)
        if self.faults or kind is None or day is None or amount is None:
            return None
        return Opening(
            organization=organization,
            kind=kind,
            number=number,
            document_date=day,
            due_date=due,
            currency=currency,
            amount=amount,
            line=self._line,
        )

    def _organization(self) -> str:
        code = self.text("organization", is_required=True)
        if not code:
            return ""
        if code not in self._known.organizations:
            self.refuse("organization", OldProblem.UNKNOWN_ORGANIZATION)
        elif code not in self._known.moving_in:
            self.refuse("organization", OldProblem.NOT_IN_SHADOW)
        elif code not in self._known.issuers:
            self.refuse("organization", OldProblem.NO_AGREEMENT)
        else:
            return code
        return ""

    def _kind(self) -> OpeningKind | None:
        text = self.text("kind").lower() or OpeningKind.INVOICE.value
        if text not in set(OpeningKind):
            self.refuse("kind", OldProblem.UNKNOWN_OPENING)
            return None
        return OpeningKind(text)

    def _due_date(self, kind: OpeningKind | None) -> date | None:
        if kind is not OpeningKind.CREDIT:
            return self.day("due_date")
        if self.text("due_date"):
            self.refuse("due_date", OldProblem.CREDIT_IS_NOT_DUE)
        return None

    def _check_number(self, organization: str, kind: OpeningKind, number: str) -> None:
        """Refuse a number that stands already, or that our own series has given or will give (BR-75)."""
        if (organization, kind, number) in self._known.kept:
            self.refuse("number", OldProblem.KEPT_BEFORE)
        elif kind is OpeningKind.INVOICE:
            issuer = self._known.issuers[organization]
            if (issuer.key, number) in self._known.taken:
                self.refuse("number", OldProblem.NUMBER_IS_OURS)
            elif issuer.will_give(number):
                self.refuse("number", OldProblem.NUMBER_WILL_BE_OURS)

    def _compare(self, organization: str, number: str, currency: str, amount: Decimal) -> None:
        """Refuse what contradicts the invoice that was imported to be compared with."""
        old = self._known.old.get((organization, number))
        if old is None:
            return
        if currency and old.currency != currency:
            self.refuse("currency", OldProblem.OTHER_CURRENCY)
        elif amount > old.total:
            self.refuse("amount", OldProblem.MORE_THAN_BILLED)
