"""What a person gives back of an issued invoice: never more than is left, its tax to the last cent (BR-76, BR-78)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from moneyed import Money

from invoices.domain.charge import Charge, ChargeKind
from invoices.domain.draft import InvoiceDraft
from invoices.domain.schedule import due_date
from invoices.domain.tax import TaxAmount, TaxRate, taxes_on
from subscriptions.domain.money import round_money, zero


class Refusal(StrEnum):
    """Why a credit is not given."""

    NOTHING_ASKED = "nothing_asked"
    NO_SUCH_LINE = "no_such_line"
    NOTHING_LEFT = "nothing_left"
    BOTH = "both"
    NOT_ABOVE_ZERO = "not_above_zero"
    MORE_THAN_LEFT = "more_than_left"
    TOO_FINE = "too_fine"
    COMES_TO_NOTHING = "comes_to_nothing"
    MORE_THAN_THE_INVOICE = "more_than_the_invoice"


class UncreditableError(ValueError):
    """What was asked for cannot be credited; `position` is the place of the line, None if all of it is meant."""

    def __init__(self, refusal: Refusal, position: int | None = None) -> None:
        """Take the reason."""
        super().__init__(refusal.value if position is None else f"{refusal.value}, line {position + 1}")
        self.refusal = refusal
        self.position = position


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditedPart:
    """What of the line at a place, from 0, is given back: so many of its units, or an amount off their price."""

    position: int
    quantity: Decimal | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remainder:
    """A line of an invoice, and what of it has not been credited by hand."""

    line: Charge
    quantity: Decimal
    amount: Money

    @property
    def may_be_credited(self) -> bool:
        """Tell whether the line by itself can be credited; one that gave something back goes with the whole only."""
        return self.amount > zero(self.amount.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a credit note gave back of the line at a place of its invoice."""

    position: int
    quantity: Decimal
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLeft:
    """An invoice with what is left of it after some credit notes."""

    lines: Sequence[Remainder]
    tax_rates: Sequence[TaxRate]
    subtotal: Money
    tax: Money

    @property
    def total(self) -> Money:
        """Return how much may still be credited, tax included."""
        return self.subtotal + self.tax


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditDraft:
    """A credit note before it is issued, and the place on the invoice of what each of its lines gives back."""

    document: InvoiceDraft
    positions: Sequence[int]


def left_of(
    lines: Sequence[Charge], *, credited: Iterable[Given], tax_rates: Sequence[TaxRate], currency: str
) -> InvoiceLeft:
    """Return what is left of an invoice's lines, in their order, after everything credited so far."""
    left = [Remainder(line=line, quantity=line.quantity, amount=line.amount) for line in lines]
    for part in credited:
        before = left[part.position]
        left[part.position] = replace(
            before, quantity=before.quantity - part.quantity, amount=before.amount - part.amount
        )
    return _left(left, tax_rates, currency)


def draft_credit(
    left: InvoiceLeft, *, parts: Sequence[CreditedPart], key: str, dated: date, net_days: int
) -> CreditDraft:
    """
    Return the credit note that gives the parts back, at the tax rates of the invoice.

    Its tax is what the tax on all that is left falls by: however an invoice is divided, the parts of its tax add up to
    the tax that was charged. `key` names the credit note among those of all invoices (BR-70).

    :raises UncreditableError: if a part is more than is left, or all of it comes to nothing
    """
    if not parts:
        raise UncreditableError(Refusal.NOTHING_ASKED)
    if len({part.position for part in parts}) < len(parts):
        raise UncreditableError(Refusal.BOTH)
    taken = {part.position: _take(left, part) for part in parts}
    return _draft(left, taken, key=key, dated=dated, net_days=net_days)


def draft_full_credit(left: InvoiceLeft, *, key: str, dated: date, net_days: int) -> CreditDraft:
    """
    Return the credit note that gives everything back that is left.

    :raises UncreditableError: if nothing is
    """
    taken = {
        position: _Taken(quantity=line.quantity, amount=line.amount)
        for position, line in enumerate(left.lines)
        if line.quantity or line.amount
    }
    if not taken:
        raise UncreditableError(Refusal.NOTHING_LEFT)
    return _draft(left, taken, key=key, dated=dated, net_days=net_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    quantity: Decimal
    amount: Money


def _take(left: InvoiceLeft, part: CreditedPart) -> _Taken:
    """Return what a part comes to: units at what is left of their price, or the amount itself."""
    if not 0 <= part.position < len(left.lines):
        raise UncreditableError(Refusal.NO_SUCH_LINE, part.position)
    line = left.lines[part.position]
    if not line.may_be_credited:
        raise UncreditableError(Refusal.NOTHING_LEFT, part.position)
    asked, most = (part.quantity, line.quantity) if part.quantity is not None else (part.amount, line.amount.amount)
    if asked is None or (part.quantity is not None and part.amount is not None):
        raise UncreditableError(Refusal.BOTH, part.position)
    if asked <= 0:
        raise UncreditableError(Refusal.NOT_ABOVE_ZERO, part.position)
    if asked > most:
        raise UncreditableError(Refusal.MORE_THAN_LEFT, part.position)
    currency = line.amount.currency
    if part.quantity is None:
        amount = round_money(asked, currency)
        if amount.amount != asked:
            raise UncreditableError(Refusal.TOO_FINE, part.position)
        return _Taken(quantity=Decimal(0), amount=amount)
    share = Fraction(asked) / Fraction(line.quantity)
    return _Taken(quantity=asked, amount=round_money(Fraction(line.amount.amount) * share, currency))


def _draft(left: InvoiceLeft, taken: dict[int, _Taken], *, key: str, dated: date, net_days: int) -> CreditDraft:
    currency = left.subtotal.currency.code
    rest = _left(
        [
            replace(line, quantity=line.quantity - part.quantity, amount=line.amount - part.amount)
            if (part := taken.get(position))
            else line
            for position, line in enumerate(left.lines)
        ],
        left.tax_rates,
        currency,
    )
    positions = sorted(taken)
    lines = [_line(left.lines[position].line, taken[position], key=f"{key}|{position}") for position in positions]
    taxes = _taxes(left, rest, lines)
    tax = sum((row.amount for row in taxes), start=zero(currency))
    subtotal = left.subtotal - rest.subtotal
    if subtotal + tax <= zero(currency):
        raise UncreditableError(Refusal.COMES_TO_NOTHING)
    if rest.total < zero(currency):
        raise UncreditableError(Refusal.MORE_THAN_THE_INVOICE)
    document = InvoiceDraft(
        is_credit_note=True,
        currency=currency,
        invoice_date=dated,
        due_date=due_date(dated=dated, net_days=net_days),
        lines=lines,
        taxes=taxes,
        subtotal=subtotal,
        tax=tax,
        total=subtotal + tax,
    )
    return CreditDraft(document=document, positions=positions)


def _line(line: Charge, part: _Taken, *, key: str) -> Charge:
    return replace(
        line,
        kind=ChargeKind.CREDIT,
        corrects=line.corrects or line.kind,
        quantity=part.quantity,
        amount=part.amount,
        order_key=key,
    )


def _taxes(left: InvoiceLeft, rest: InvoiceLeft, lines: Sequence[Charge]) -> list[TaxAmount]:
    """Return by how much each authority's tax on what is left falls; of those that tax a line that is credited."""
    before, after = _tax_by_rate(left), _tax_by_rate(rest)
    nothing = zero(left.subtotal.currency)
    taxes = []
    for place, rate in enumerate(left.tax_rates):
        credited = [line.amount for line in lines if line.tax_category in rate.categories]
        if credited:
            amount = before.get(place, nothing) - after.get(place, nothing)
            taxes.append(TaxAmount(rate=rate, revenue=sum(credited, start=nothing), amount=amount))
    return taxes


def _tax_by_rate(left: InvoiceLeft) -> dict[int, Money]:
    charges = [replace(line.line, amount=line.amount) for line in left.lines]
    currency = left.subtotal.currency.code
    return {
        place: row.amount
        for place, rate in enumerate(left.tax_rates)
        for row in taxes_on(charges, rates=[rate], currency=currency)
    }


def _left(lines: Sequence[Remainder], tax_rates: Sequence[TaxRate], currency: str) -> InvoiceLeft:
    charges = [replace(line.line, amount=line.amount) for line in lines]
    taxes = taxes_on(charges, rates=tax_rates, currency=currency)
    return InvoiceLeft(
        lines=lines,
        tax_rates=tax_rates,
        subtotal=sum((line.amount for line in lines), start=zero(currency)),
        tax=sum((row.amount for row in taxes), start=zero(currency)),
    )


def is_over_the_limit(*, total: Decimal, left_after: Decimal, limit: Decimal) -> bool:
    """Tell whether more of an invoice is given back, in however many credit notes, than one person alone may."""
    return total - left_after > limit
