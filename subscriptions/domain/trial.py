"""
How long a trial lasts, when it is suspended, and when its data goes (BR-19).

Its days are elapsed days of 24 hours: an organization without an agreement has no billing time zone yet. Every bound is
half-open: at the instant of its end a trial has ended.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

INCLUDED_GIGABYTES = Decimal(1000)
"""The storage that a trial includes: 1 TB."""

ENDING_SOON = timedelta(days=7)
INACTIVE_AFTER = timedelta(days=30)
REMOVED_AFTER_WARNING = timedelta(days=14)

ONE_DAY = timedelta(days=1)


class TrialState(StrEnum):
    """What a trial is at an instant; it follows from the facts and is stored nowhere."""

    RUNNING = "running"
    SUSPENDED = "suspended"
    CONVERTED = "converted"
    REMOVED = "removed"


class RemovalCause(StrEnum):
    """Why a trial's data is to go."""

    ENDED = "ended"
    INACTIVE = "inactive"
    ASKED = "asked"


class TrialStep(StrEnum):
    """What is to be done about a trial next."""

    WARN = "warn"
    WITHDRAW = "withdraw"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialFacts:
    """
    All that decides about a trial.

    `ends_at` is empty for the free service, which has no limit; `ended_at` is when a person ended it before that.
    `last_login_at` is the last login through the desktop, web or mobile client. `warned_at` is when the standing
    warning was written, `warning_sent_at` when it left the house.
    """

    started_at: datetime
    ends_at: datetime | None
    ended_at: datetime | None = None
    has_subscription: bool = False
    last_login_at: datetime | None = None
    warned_at: datetime | None = None
    warning_sent_at: datetime | None = None
    removal_asked_at: datetime | None = None
    removed_at: datetime | None = None


def is_offered_in(country: str, *, countries: Collection[str]) -> bool:
    """Tell whether trials are offered in a country, both by ISO 3166-1 alpha-2 codes (BR-19)."""
    return country in countries


def is_over_storage(gigabytes: Decimal | None) -> bool:
    """Tell whether a reading goes past the included storage; None: nothing was measured yet (BR-19)."""
    return gigabytes is not None and gigabytes > INCLUDED_GIGABYTES


def end_of(facts: TrialFacts) -> datetime | None:
    """Return the first instant at which the trial has ended; None: it has no limit."""
    ends = [end for end in (facts.ends_at, facts.ended_at) if end is not None]
    return min(ends, default=None)


def suspended_from(facts: TrialFacts) -> datetime | None:
    """Return the instant from which usage is refused; None: never, a paid organization has no end here (BR-19)."""
    return None if facts.has_subscription else end_of(facts)


def state_at(facts: TrialFacts, *, at: datetime) -> TrialState:
    """
    Return what a trial is at an instant (BR-19).

    It is converted as soon as a subscription exists, even one that begins later: so there is no gap in between.
    """
    if facts.removed_at is not None:
        return TrialState.REMOVED
    if facts.has_subscription:
        return TrialState.CONVERTED
    return TrialState.SUSPENDED if _has_ended(facts, at) else TrialState.RUNNING


def is_ending_soon(facts: TrialFacts, *, at: datetime) -> bool:
    """Tell whether a running trial ends within a week."""
    end = end_of(facts)
    return state_at(facts, at=at) is TrialState.RUNNING and end is not None and end - at <= ENDING_SOON


def days_left(facts: TrialFacts, *, at: datetime) -> int | None:
    """Return the days until the end, a begun one counted whole; 0 once it has ended, None if it has no limit."""
    end = end_of(facts)
    return None if end is None else max(0, -((at - end) // ONE_DAY))


def removal_cause(facts: TrialFacts, *, at: datetime) -> RemovalCause | None:
    """Return why a trial's data is to go, as things stand at an instant; None: it stays (BR-19)."""
    if facts.removed_at is not None or facts.has_subscription:
        return None
    if facts.removal_asked_at is not None and facts.removal_asked_at <= at:
        return RemovalCause.ASKED
    if _has_ended(facts, at):
        return RemovalCause.ENDED
    seen = facts.started_at if facts.last_login_at is None else max(facts.started_at, facts.last_login_at)
    return RemovalCause.INACTIVE if at >= seen + INACTIVE_AFTER else None


def removal_at(facts: TrialFacts) -> datetime | None:
    """Return when the data goes if nothing happens: 14 days after the warning was sent; None: nobody was warned."""
    return None if facts.warning_sent_at is None else facts.warning_sent_at + REMOVED_AFTER_WARNING


def next_step(facts: TrialFacts, *, at: datetime) -> TrialStep | None:
    """
    Return what is to be done about a trial at an instant (BR-19).

    A warning stands as long as there was a cause when it was written, by what is known now, and there is one still: a
    login or a later end takes it back, and what begins anew is warned of anew.
    """
    cause = removal_cause(facts, at=at)
    if cause is RemovalCause.ASKED:
        return TrialStep.REMOVE
    if facts.warned_at is not None:
        if cause is None or removal_cause(facts, at=facts.warned_at) is None:
            return None if facts.removed_at is not None else TrialStep.WITHDRAW
        due = removal_at(facts)
        return TrialStep.REMOVE if due is not None and at >= due else None
    return None if cause is None else TrialStep.WARN


def _has_ended(facts: TrialFacts, at: datetime) -> bool:
    end = end_of(facts)
    return end is not None and at >= end
