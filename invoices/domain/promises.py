"""What became of a promise to pay (BR-82)."""

from datetime import date, timedelta
from enum import StrEnum

DAYS_OF_GRACE = timedelta(days=1)
"""Money that is sent on the promised day is recorded on the next one."""


class PromiseState(StrEnum):
    """Whether a promise was kept."""

    WAITING = "waiting"
    KEPT = "kept"
    BROKEN = "broken"
    OVER = "over"


class PromiseError(StrEnum):
    """Why a promise is not recorded, or not taken back."""

    NO_INVOICE = "no_invoice"
    SEVERAL_CURRENCIES = "several_currencies"
    NOT_OPEN = "not_open"
    NO_SUM = "no_sum"
    MORE_THAN_OPEN = "more_than_open"
    IN_THE_PAST = "in_the_past"
    TOO_FAR = "too_far"
    NOBODY = "nobody"
    OVER = "over"
    NO_REASON = "no_reason"


LONGEST = timedelta(days=365)
"""A promise for a day after that is none."""


def pauses_until(promised_on: date) -> date:
    """Return the last day on which a promise keeps reminders back (BR-82)."""
    return promised_on + DAYS_OF_GRACE


def last_day_broken(*, on: date) -> date:
    """Return the latest promised day whose promise is broken on a day if it was not paid."""
    return on - DAYS_OF_GRACE - timedelta(days=1)


def promise_state(*, promised_on: date, stands: bool, is_paid: bool, on: date) -> PromiseState:
    """
    Return how a promise stands on a day (BR-82).

    `stands`: nobody took it back, and no later promise replaced it; `is_paid`: no more is open than was to remain.
    """
    if is_paid:
        return PromiseState.KEPT
    if not stands:
        return PromiseState.OVER
    return PromiseState.BROKEN if promised_on <= last_day_broken(on=on) else PromiseState.WAITING
