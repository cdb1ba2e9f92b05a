"""
Holds senders to a rate: so many at once, and all of it free again after a while (ADR 0032).

What somebody used is kept as the instant at which all of it will be free again. One statement moves that instant, so
that processes and hosts which ask at once cannot take more together than one alone.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection

from usage.models import Throttle

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_TAKE = """
    INSERT INTO usage_throttle AS kept (name, spent_until) VALUES (%(name)s, %(now)s + %(cost)s)
    ON CONFLICT (name) DO UPDATE
    SET spent_until = CASE WHEN kept.spent_until > %(now)s THEN kept.spent_until ELSE %(now)s END + %(cost)s
    WHERE kept.spent_until <= %(latest)s
    RETURNING spent_until
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, and all of it free again after a while: in the long run `burst / refilled_in`."""

    burst: int
    refilled_in: timedelta

    @property
    def window(self) -> int:
        """Return how long it takes until all is free again, in microseconds."""
        return self.refilled_in // _MICROSECOND

    def cost(self, amount: int) -> int:
        """Return how many microseconds an amount takes up; more than there is at once takes all there is."""
        return min(-(-amount * self.window // self.burst), self.window)


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a rate after something was taken of it."""

    amount: int
    full_in: int
    """Seconds until all of it is free again, rounded up."""


class TooFastError(Exception):
    """More than the rate allows; nothing was taken."""

    def __init__(self, retry_after: int) -> None:
        """Keep after how many whole seconds it is worth trying again, at least one."""
        super().__init__(f"Try again in {retry_after} seconds.")
        self.retry_after = retry_after


def take(amount: int, *, of: str, rate: Rate, now: datetime) -> Left:
    """
    Take an amount of what a name may have, and return what is left; commits at once where no transaction is open.

    :raises TooFastError: if it is not free yet
    """
    instant, cost = _microseconds(now), rate.cost(amount)
    latest = instant + rate.window - cost
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"name": of, "now": instant, "cost": cost, "latest": latest})
        taken = cursor.fetchone()
    if taken is None:
        spent_until = Throttle.objects.values_list("spent_until", flat=True).filter(name=of).first()
        raise TooFastError(_seconds((spent_until or latest) - latest))
    used = taken[0] - instant
    return Left((rate.window - used) * rate.burst // rate.window, _seconds(used))


def require_free(spent_until: int | None, *, rate: Rate, now: datetime) -> None:
    """
    Make sure that one more is free, by a row's `spent_until` (None: there is no row), without taking it.

    :raises TooFastError: if it is not free yet
    """
    latest = _microseconds(now) + rate.window - rate.cost(1)
    if spent_until is not None and spent_until > latest:
        raise TooFastError(_seconds(spent_until - latest))


def forget_what_is_free(*, now: datetime) -> int:
    """Delete the rows that mean nothing any more, and return how many there were."""
    deleted, _by_model = Throttle.objects.filter(spent_until__lt=_microseconds(now)).delete()
    return deleted


def _microseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND


def _seconds(microseconds: int) -> int:
    return max(1, -(-microseconds // 1_000_000))
