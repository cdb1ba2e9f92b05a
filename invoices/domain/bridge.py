"""What makes one document come to more or less than the one before it: parts that add up to the difference exactly."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from moneyed import Money

from invoices.domain.charge import KIND_ORDER, Charge, ChargeKind, charged_amount
from subscriptions.domain.money import zero


class Cause(StrEnum):
    """Why a part of the total changed, in the order in which it is told."""

    ADDED = "added"
    """Charged now and not before."""
    ENDED = "ended"
    """Charged before and no longer."""
    QUANTITY = "quantity"
    """More or less of it, at the price as before."""
    MONTHS = "months"
    """Charged in advance for more or fewer months."""
    PRICE = "price"
    """A new price, for what is charged now."""
    MIXED = "mixed"
    """More than one price or share of a period: only the amounts can be compared."""
    CORRECTED = "corrected"
    """What earlier periods were corrected by now."""
    CORRECTED_BEFORE = "corrected_before"
    """What the document before corrected, which is not corrected again."""
    TAX = "tax"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What a document charges, its signs as they are on an invoice, and the tax on it."""

    charges: Sequence[Charge]
    tax: Money

    @property
    def total(self) -> Money:
        """Return what it comes to; less than nothing for a credit note."""
        return sum((charge.amount for charge in self.charges), start=self.tax)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """
    One reason for the difference and its amount.

    `kind` and `product` say of what, and are empty for corrections and tax. `change` is how much more or less of it is
    charged (of calls, in minutes), by how many months, or the number of corrections; `price` and `since` are a new
    price and the first day it is charged for.
    """

    cause: Cause
    amount: Money
    kind: ChargeKind | None = None
    product: str = ""
    change: Decimal | None = None
    price: Decimal | None = None
    since: date | None = None


def bridge(*, before: Bill, after: Bill) -> list[Part]:
    """
    Return the parts that lead from a document to the next one of its kind; together they are the difference.

    A change of quantity counts at the price as before, a change of price for the quantity as it is now.

    :raises ValueError: if they are in two currencies
    """
    if before.tax.currency != after.tax.currency:
        raise ValueError("The documents are in two currencies: nothing is compared across them.")
    parts = [
        *_parts(_by_subject(before.charges), _by_subject(after.charges)),
        *_corrections(after.charges, Cause.CORRECTED, sign=1),
        *_corrections(before.charges, Cause.CORRECTED_BEFORE, sign=-1),
        Part(cause=Cause.TAX, amount=after.tax - before.tax),
    ]
    return [part for part in parts if part.amount]


Subject = tuple[ChargeKind, str]


def _by_subject(charges: Iterable[Charge]) -> dict[Subject, list[Charge]]:
    found: dict[Subject, list[Charge]] = {}
    for charge in charges:
        if charge.kind is not ChargeKind.ADJUSTMENT:
            found.setdefault((charge.kind, charge.product), []).append(charge)
    return found


def _parts(before: Mapping[Subject, list[Charge]], after: Mapping[Subject, list[Charge]]) -> Iterator[Part]:
    for subject in sorted({*before, *after}, key=lambda subject: (KIND_ORDER[subject[0]], subject[1])):
        old, new = before.get(subject, []), after.get(subject, [])
        if not old:
            yield _whole(subject, Cause.ADDED, new, sign=1)
        elif not new:
            yield _whole(subject, Cause.ENDED, old, sign=-1)
        else:
            yield from _changed(subject, old, new)


def _whole(subject: Subject, cause: Cause, charges: Sequence[Charge], *, sign: int) -> Part:
    kind, product = subject
    return Part(cause=cause, amount=sign * _sum(charges), kind=kind, product=product, change=sign * _quantity(charges))


def _changed(subject: Subject, old: Sequence[Charge], new: Sequence[Charge]) -> list[Part]:
    kind, product = subject
    if not (_is_plain(old) and _is_plain(new)):
        change = _quantity(new) - _quantity(old) if kind is ChargeKind.VOICE else None
        return [Part(cause=Cause.MIXED, amount=_sum(new) - _sum(old), kind=kind, product=product, change=change)]
    [was], [now] = old, new
    currency = now.amount.currency.code
    at_old_price = charged_amount(
        quantity=now.quantity, unit_price=was.unit_price, months=was.months, currency=currency
    )
    for_new_months = charged_amount(
        quantity=now.quantity, unit_price=was.unit_price, months=now.months, currency=currency
    )
    return [
        Part(
            cause=Cause.QUANTITY,
            amount=at_old_price - was.amount,
            kind=kind,
            product=product,
            change=now.quantity - was.quantity,
        ),
        Part(
            cause=Cause.MONTHS,
            amount=for_new_months - at_old_price,
            kind=kind,
            product=product,
            change=Decimal(now.months - was.months),
        ),
        Part(
            cause=Cause.PRICE,
            amount=now.amount - for_new_months,
            kind=kind,
            product=product,
            price=now.unit_price,
            since=now.service.start,
        ),
    ]


def _is_plain(charges: Sequence[Charge]) -> bool:
    """Tell whether one charge is a quantity at a price; numbers by the day and calls at their rates are not."""
    if len(charges) != 1 or charges[0].kind is ChargeKind.VOICE:
        return False
    [charge] = charges
    currency = charge.amount.currency.code
    return charge.amount == charged_amount(
        quantity=charge.quantity, unit_price=charge.unit_price, months=charge.months, currency=currency
    )


def _corrections(charges: Iterable[Charge], cause: Cause, *, sign: int) -> Iterator[Part]:
    corrected = [charge for charge in charges if charge.kind is ChargeKind.ADJUSTMENT]
    if corrected:
        yield Part(cause=cause, amount=sign * _sum(corrected), change=Decimal(len(corrected)))


def _quantity(charges: Iterable[Charge]) -> Decimal:
    return sum((charge.quantity for charge in charges), Decimal(0))


def _sum(charges: Sequence[Charge]) -> Money:
    return sum((charge.amount for charge in charges), start=zero(charges[0].amount.currency.code))
