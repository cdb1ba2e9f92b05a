"""Use day by day of the billing time zone: the days of a period, who was in on each, and how many at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from subscriptions.domain.period import Window, local_date, start_of_day
from usage.domain.concurrent import Level, levels
from usage.domain.intervals import Interval, clip, total, united

SLOT = timedelta(minutes=15)
"""How finely a curve of a period is drawn: a month has at most 3,000 of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A local date and those of its instants that lie in a period."""

    date: date
    window: Window


@dataclass(frozen=True, slots=True, kw_only=True)
class DayInUse:
    """
    Who was logged in on a day, and the number at once of those who take part in the concurrent peak.

    `logged_in` is each user's time, overlapping sessions once.
    """

    day: Day
    logged_in: Mapping[str, timedelta]
    levels: Sequence[Level]

    @property
    def highest(self) -> int:
        """Return the most users at once."""
        return max((level.users for level in self.levels), default=0)

    @property
    def time_at_highest(self) -> timedelta:
        """Return how long so many were in, added up over the day."""
        highest = self.highest
        return sum((level.interval.duration for level in self.levels if level.users == highest), timedelta(0))


def days_of(window: Window, *, time_zone: str) -> list[Day]:
    """Return the local days of a window in order, the first and the last clipped to it."""
    days, start = [], window.start
    while start < window.end:
        day = local_date(start, time_zone=time_zone)
        end = min(start_of_day(day + timedelta(days=1), time_zone=time_zone), window.end)
        days.append(Day(date=day, window=Window(start=start, end=end)))
        start = end
    return days


def day_in_use(day: Day, sessions: Mapping[str, Sequence[Interval]], *, pool: Collection[str]) -> DayInUse:
    """Return what happened on a day, from the sessions of it by user; `pool` takes part in the peak (BR-21)."""
    return DayInUse(
        day=day,
        logged_in={user: total(intervals) for user, intervals in sorted(sessions.items())},
        levels=levels(united(intervals) for user, intervals in sessions.items() if user in pool),
    )


def highest_by_slot(level_list: Sequence[Level], *, window: Window) -> list[int]:
    """Return the most users at once in each quarter of an hour of a window, counted from its start."""
    slots = [0] * -(-(window.end - window.start) // SLOT)
    for level in level_list:
        # A level ends before the instant of its end: one that ends with a slot is not in the next.
        inside = clip(level.interval, window)
        for slot in range((inside.start - window.start) // SLOT, -(-(inside.end - window.start) // SLOT)):
            slots[slot] = max(slots[slot], level.users)
    return slots
