"""How a sum that came in is spread over what is open (BR-80)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum


class PaymentMethod(StrEnum):
    """How an invoice may be paid (BR-80, BR-81); all but the last name money that came in."""

    ACH = "ach"
    WIRE = "wire"
    CHECK = "check"
    CARD = "card"
    CARRIED = "carried"
    """No money came in: it moves what an old system left, credit carried over or an opening item set right (ADR 43)."""


class PaymentFault(StrEnum):
    """Why a payment cannot be recorded, spread or reversed as asked."""

    NOT_OPEN = "not_open"
    MORE_THAN_OPEN = "more_than_open"
    MORE_THAN_THERE_IS = "more_than_there_is"
    RECORDED_BEFORE = "recorded_before"
    REVERSED = "reversed"
    NO_REASON = "no_reason"
    WITHHELD_OF_NOTHING = "withheld_of_nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """An invoice of which something is still to be paid; `open` is in the currency of the sum to be spread."""

    document_id: int
    number: str
    due_date: date
    open: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What the payer's authority says about tax that was withheld from a payment."""

    number: str
    dated: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The part of a sum that pays an invoice."""

    document_id: int
    amount: Decimal


def oldest_due_first(amount: Decimal, items: Iterable[OpenItem]) -> list[Share]:
    """Return how a sum pays what has been due longest first; what remains of it is nobody's share (BR-80)."""
    shares, left = [], amount
    for item in sorted(items, key=lambda item: (item.due_date, item.document_id)):
        paid = min(left, item.open)
        if paid > 0:
            shares.append(Share(document_id=item.document_id, amount=paid))
            left -= paid
    return shares


def less(items: Iterable[OpenItem], shares: Iterable[Share]) -> list[OpenItem]:
    """Return what is still open of invoices once shares have paid of them."""
    paid: dict[int, Decimal] = {}
    for share in shares:
        paid[share.document_id] = paid.get(share.document_id, Decimal(0)) + share.amount
    lowered = [replace(item, open=item.open - paid.get(item.document_id, Decimal(0))) for item in items]
    return [item for item in lowered if item.open > 0]


def faults(
    shares: Sequence[Share], *, available: Decimal, items: Iterable[OpenItem], withheld: Decimal = Decimal(0)
) -> Mapping[int, PaymentFault]:
    """
    Return what is wrong with shares that a person chose, by document; 0 stands for all of them together.

    None may exceed what is open of its invoice, nor all of them what is there to be spread. Of that the payer may have
    `withheld` a part as tax: it was withheld from invoices, and cannot stay as credit.
    """
    known = {item.document_id: item for item in items}
    found = {}
    for share in shares:
        item = known.get(share.document_id)
        if item is None:
            found[share.document_id] = PaymentFault.NOT_OPEN
        elif not 0 < share.amount <= item.open:
            found[share.document_id] = PaymentFault.MORE_THAN_OPEN
    spread = sum((share.amount for share in shares), start=Decimal(0))
    if spread > available:
        found[0] = PaymentFault.MORE_THAN_THERE_IS
    elif withheld and spread < withheld:
        found[0] = PaymentFault.WITHHELD_OF_NOTHING
    return found
