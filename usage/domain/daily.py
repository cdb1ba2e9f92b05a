"""Use day by day of the billing time zone: the days of a period, who was in on each, and how many at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from operator import itemgetter

from subscriptions.domain.period import Window, local_date, start_of_day
from usage.domain.intervals import clip
from usage.domain.levels import Level, Levels, levels
from usage.domain.sessions import Sessions

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
    levels: Levels

    @property
    def highest(self) -> int:
        """Return the most users at once."""
        return self.levels.highest

    @property
    def time_at_highest(self) -> timedelta:
        """Return how long so many were in, added up over the day."""
        return self.levels.accumulated(self.highest)


def days_of(window: Window, *, time_zone: str) -> list[Day]:
    """Return the local days of a window in order, the first and the last clipped to it."""
    days, start = [], window.start
    while start < window.end:
        day = local_date(start, time_zone=time_zone)
        end = min(start_of_day(day + timedelta(days=1), time_zone=time_zone), window.end)
        days.append(Day(date=day, window=Window(start=start, end=end)))
        start = end
    return days


def day_in_use(day: Day, sessions: Sessions, *, pool: Collection[str]) -> DayInUse:
    """Return what happened on a day, from sessions of a longer time; `pool` takes part in the peak (BR-21)."""
    of_day = sessions.within(day.window)
    return DayInUse(
        day=day,
        logged_in={user: times.logged_in for user, times in sorted(of_day.times.items(), key=itemgetter(0))},
        levels=levels(of_day.disjoint(pool)),
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
