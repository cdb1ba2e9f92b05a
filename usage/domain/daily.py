"""Use day by day of the billing time zone: the days of a period, who was in on each, and how many at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import itemgetter

import numpy as np

from subscriptions.domain.period import Window, local_date, start_of_day
from usage.domain.instants import MICROSECOND, microseconds
from usage.domain.levels import Levels, levels
from usage.domain.sessions import Sessions
from usage.domain.spans import Spans

SLOT = timedelta(minutes=15)
"""How finely a curve of a period is drawn: a month has at most 3,000 of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A local date and those of its instants that lie in a period."""

    date: date
    window: Window


@dataclass(frozen=True, slots=True, kw_only=True)
class DayInUse:
    """Who was logged in on a day, and for how long, overlapping sessions once."""

    day: Day
    logged_in: Mapping[str, timedelta]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFigures:
    """
    A local day in figures: how many people were logged in, and of the pool the most at once and for how long.

    `slots` are the most of the pool in each quarter of an hour from `start` on.
    """

    date: date
    start: datetime
    people: int
    highest: int
    time_at_highest: timedelta
    slots: Sequence[int]


def days_of(window: Window, *, time_zone: str) -> list[Day]:
    """Return the local days of a window in order, the first and the last clipped to it."""
    days, start = [], window.start
    while start < window.end:
        day = local_date(start, time_zone=time_zone)
        end = min(start_of_day(day + timedelta(days=1), time_zone=time_zone), window.end)
        days.append(Day(date=day, window=Window(start=start, end=end)))
        start = end
    return days


def day_in_use(day: Day, sessions: Sessions) -> DayInUse:
    """Return who was in on a day, from sessions of a longer time."""
    times = sessions.within(day.window).times
    return DayInUse(day=day, logged_in={user: of_user.logged_in for user, of_user in sorted(times.items(), key=_FIRST)})


def figures_by_day(sessions: Sessions, *, pool: Collection[str], days: Sequence[Day]) -> list[DayFigures]:
    """Return each of some days without gaps in figures; `pool` takes part in the peak (BR-21)."""
    people = _people_by_day(sessions.spans, days, len(sessions.people))
    whole = levels(sessions.disjoint(pool))
    figures = []
    for day, number in zip(days, people, strict=True):
        of_day = whole.within(day.window)
        highest = of_day.highest
        figures.append(
            DayFigures(
                date=day.date,
                start=day.window.start,
                people=number,
                highest=highest,
                time_at_highest=of_day.accumulated(highest),
                slots=highest_by_slot(of_day, window=day.window),
            )
        )
    return figures


def highest_by_slot(found: Levels, *, window: Window) -> list[int]:
    """Return the most at once in each quarter of an hour of a window, counted from its start."""
    slot = SLOT // MICROSECOND
    starts = np.arange(microseconds(window.start), microseconds(window.end), slot)
    # A level ends before the instant of its end: one that ends with a slot is not in the next.
    first = np.searchsorted(found.until, starts, side="right").tolist()
    after = np.searchsorted(found.since, np.minimum(starts + slot, microseconds(window.end)), side="left").tolist()
    return [int(found.users[begin:end].max(initial=0)) for begin, end in zip(first, after, strict=True)]


def _people_by_day(spans: Spans, days: Sequence[Day], people: int) -> list[int]:
    """Return how many people have an instant of a span on each day."""
    if not days:
        return []
    bounds = np.array([microseconds(day.window.start) for day in days] + [microseconds(days[-1].window.end)], np.int64)
    inside = spans.within(Window(start=days[0].window.start, end=days[-1].window.end))
    first = np.searchsorted(bounds, inside.start, side="right") - 1
    last = np.maximum(np.searchsorted(bounds, inside.end, side="left") - 1, first)
    was_in = np.zeros((len(days), people), np.bool_)
    for later in range(int((last - first).max(initial=-1)) + 1):
        rows = first + later <= last
        was_in[first[rows] + later, inside.key[rows]] = True
    return [int(number) for number in was_in.sum(axis=1)]


_FIRST = itemgetter(0)
