"""A second person's approval of a grave change: who may give it, until when, and to what exactly."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from subscriptions.domain.violations import Violation
from subscriptions.domain.words import translatable

VALID_FOR = timedelta(hours=24)
"""How long after it was asked for a change may be approved."""


LOWEST_PART_OF_THE_LIST_PRICE = Decimal("0.8")
"""How much of the price book's price may be agreed by one person alone."""


class ApprovalState(StrEnum):
    """How far a change has come that needs a second person."""

    DRAFT = "draft"
    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class ApprovalError(StrEnum):
    """Why a change is not approved, or not asked for."""

    DECIDED = "decided"
    EXPIRED = "expired"
    NOT_ASKED = "not_asked"
    OWN = "own"
    NO_REASON = "no_reason"
    CHANGED_MEANWHILE = "changed_meanwhile"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalFacts:
    """Who typed a change and when, whether they said why, and who decided it and how, if anyone has."""

    asked_by: int
    asked_at: datetime
    has_reason: bool
    decided_by: int | None = None
    is_approved: bool = False


def is_far_under(price: Decimal, *, list_price: Decimal | None) -> bool:
    """Tell whether a price is more than 20 % under the price book's; without one there is nothing to be under."""
    return list_price is not None and price < list_price * LOWEST_PART_OF_THE_LIST_PRICE


def is_back_dated(effective_date: date, *, today: date) -> bool:
    """Tell whether an agreement that is made today begins in the past."""
    return effective_date < today


def state_of(facts: ApprovalFacts, *, at: datetime) -> ApprovalState:
    """Return how far a change has come at an instant."""
    if facts.decided_by is not None:
        if facts.is_approved:
            return ApprovalState.APPROVED
        return ApprovalState.WITHDRAWN if facts.decided_by == facts.asked_by else ApprovalState.DECLINED
    if at >= facts.asked_at + VALID_FOR:
        return ApprovalState.EXPIRED
    return ApprovalState.WAITING if facts.has_reason else ApprovalState.DRAFT


def reasons_not_to_decide(facts: ApprovalFacts, *, at: datetime) -> Iterator[Violation]:
    """Yield why a change can be neither asked for, approved, declined nor withdrawn any more."""
    state = state_of(facts, at=at)
    if state is ApprovalState.EXPIRED:
        message = translatable("More than 24 hours have passed since this was typed: type it once more.")
        yield Violation(code=ApprovalError.EXPIRED, field="asked_at", message=message)
    elif state not in {ApprovalState.DRAFT, ApprovalState.WAITING}:
        message = translatable("This has been decided already.")
        yield Violation(code=ApprovalError.DECIDED, field="decision", message=message)


def reasons_not_to_approve(facts: ApprovalFacts, *, by: int, at: datetime) -> Iterator[Violation]:
    """Yield why a person cannot approve a change at an instant: it takes another one than who asks for it."""
    yield from reasons_not_to_decide(facts, at=at)
    if by == facts.asked_by:
        message = translatable("You asked for this yourself: it takes a second person.")
        yield Violation(code=ApprovalError.OWN, field="decided_by", message=message)
    elif state_of(facts, at=at) is ApprovalState.DRAFT:
        message = translatable("Nobody has asked for this yet.")
        yield Violation(code=ApprovalError.NOT_ASKED, field="reason", message=message)
