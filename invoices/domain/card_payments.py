"""Who may pay which invoice by card online, and what becomes of such a payment (BR-81)."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from moneyed import Money

COUNTRY, CURRENCY = "US", "USD"
"""Easy Pay is for organizations of this country and invoices in this currency (BR-81)."""


class Obstacle(StrEnum):
    """Why an invoice cannot be paid by card online."""

    NOT_AN_INVOICE = "not_an_invoice"
    PAID = "paid"
    COUNTRY = "country"
    CURRENCY = "currency"
    ABOVE_LIMIT = "above_limit"


class Way(StrEnum):
    """How an invoice is paid at a gateway: above the limit for cards only from a bank account."""

    CARD = "card"
    BANK_DEBIT = "bank_debit"


class AttemptState(StrEnum):
    """What became of one try to pay an invoice online."""

    STARTED = "started"
    PROCESSING = "processing"
    PAID = "paid"
    DECLINED = "declined"
    EXPIRED = "expired"
    REVERSED = "reversed"
    DOUBTFUL = "doubtful"
    SETTLED = "settled"


STILL_OPEN = (AttemptState.STARTED, AttemptState.PROCESSING, AttemptState.DOUBTFUL)
"""While one of an invoice is in such a state, no other one begins."""


class Happening(StrEnum):
    """What a gateway reports of a checkout."""

    PAID = "paid"
    PROCESSING = "processing"
    DECLINED = "declined"
    EXPIRED = "expired"
    REFUNDED = "refunded"
    REFUNDED_IN_PART = "refunded_in_part"
    DISPUTED = "disputed"
    DISPUTE_WON = "dispute_won"


class Doubt(StrEnum):
    """Why what a gateway reported waits for a person."""

    UNKNOWN = "unknown"
    OTHER_AMOUNT = "other_amount"
    RECORDED_BEFORE = "recorded_before"
    PAID_OTHERWISE = "paid_otherwise"
    REFUNDED_IN_PART = "refunded_in_part"
    DISPUTED = "disputed"
    DISPUTE_WON = "dispute_won"


TAKE_BACK = (Happening.REFUNDED, Happening.DISPUTED)

TOLD_OF = {
    Happening.REFUNDED_IN_PART: Doubt.REFUNDED_IN_PART,
    Happening.DISPUTED: Doubt.DISPUTED,
    Happening.DISPUTE_WON: Doubt.DISPUTE_WON,
}
"""What a person has to look at, whatever else is done about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payable:
    """What decides whether a document can be paid by card: its open amount, and the country of who owes it."""

    is_invoice: bool
    open: Money
    country: str


def find_obstacle(payable: Payable, *, limit: Decimal) -> Obstacle | None:
    """
    Return why a document cannot be paid by card, None if it can: always all of what is open (BR-81).

    `limit` is in US dollars; an invoice of exactly as much can be paid.
    """
    if not payable.is_invoice:
        return Obstacle.NOT_AN_INVOICE
    if payable.open.amount <= 0:
        return Obstacle.PAID
    if payable.country != COUNTRY:
        return Obstacle.COUNTRY
    if payable.open.currency.code != CURRENCY:
        return Obstacle.CURRENCY
    if payable.open.amount > limit:
        return Obstacle.ABOVE_LIMIT
    return None


def state_after(reported: Collection[Happening]) -> AttemptState:
    """
    Return how an attempt stands by all that was reported of it, in whatever order and however often it came.

    Money that came in counts for more than a checkout that is said to have expired; what is taken back was paid before.
    """
    if Happening.PAID in reported:
        return AttemptState.REVERSED if any(one in reported for one in TAKE_BACK) else AttemptState.PAID
    for happening, state in (
        (Happening.DECLINED, AttemptState.DECLINED),
        (Happening.EXPIRED, AttemptState.EXPIRED),
        (Happening.PROCESSING, AttemptState.PROCESSING),
    ):
        if happening in reported:
            return state
    return AttemptState.STARTED
