"""Use by local day: days that are longer or shorter than others, levels in quarters of an hour (BR-01, BR-21)."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given

from subscriptions.domain.period import Window
from tests.domain.histories import PERIOD, history, stay
from tests.domain.usage.test_snapshot import whole_histories
from usage.domain.activity import activity
from usage.domain.columns import columns_of
from usage.domain.concurrent import pool
from usage.domain.daily import Day, day_in_use, days_of, figures_by_day, highest_by_slot
from usage.domain.instants import microseconds
from usage.domain.intervals import total
from usage.domain.levels import Levels, levels


def at(day: int, hour: int, minute: int = 0, *, month: int = 1) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


JANUARY_15 = Day(date=date(2026, 1, 15), window=Window(start=at(15, 5), end=at(16, 5)))


@pytest.mark.parametrize(
    ("label", "start", "end", "hours"),
    [
        ("two whole days", at(15, 5), at(17, 5), [24, 24]),
        ("up to now", at(15, 5), at(16, 8), [24, 3]),
        ("clocks go forward", at(7, 5, month=3), at(9, 4, month=3), [24, 23]),
        ("clocks go back", datetime(2026, 11, 1, 4, tzinfo=UTC), datetime(2026, 11, 2, 5, tzinfo=UTC), [25]),
        ("nothing yet", at(15, 5), at(15, 5), []),
    ],
)
def test_days_are_those_of_the_billing_time_zone(label, start, end, hours):
    days = days_of(Window(start=start, end=end), time_zone="America/New_York")

    assert [(day.window.end - day.window.start) // timedelta(hours=1) for day in days] == hours, label


def test_the_days_of_a_window_tile_it():
    window = Window(start=at(15, 5), end=at(20, 9))
    days = days_of(window, time_zone="America/New_York")

    assert [day.date.day for day in days] == [15, 16, 17, 18, 19, 20]
    assert (days[0].window.start, days[-1].window.end) == (window.start, window.end)
    assert all(left.window.end == right.window.start for left, right in pairwise(days))


def test_a_day_counts_everyone_and_the_most_of_the_pool_at_once():
    told = history(
        stay("ann", at(15, 14), at(15, 16)),
        stay("ann", at(15, 15), at(15, 17)),
        stay("bob", at(15, 16, 30), at(15, 18)),
        stay("desk", at(15, 14), at(15, 18)),
    )

    sessions = columns_of(told).sessions
    (figures,) = figures_by_day(sessions, pool={"ann", "bob"}, days=[JANUARY_15])

    assert day_in_use(JANUARY_15, sessions).logged_in == {
        "ann": timedelta(hours=3),
        "bob": timedelta(hours=1, minutes=30),
        "desk": timedelta(hours=4),
    }
    assert (figures.people, figures.highest, figures.time_at_highest) == (3, 2, timedelta(minutes=30))


def test_a_day_on_which_nobody_was_in_is_quiet():
    (figures,) = figures_by_day(columns_of(history()).sessions, pool=set(), days=[JANUARY_15])

    assert (figures.people, figures.highest, figures.time_at_highest) == (0, 0, timedelta(0))


@pytest.mark.parametrize(
    ("label", "held", "slots"),
    [
        ("nobody", [], [0, 0, 0, 0]),
        ("one whole slot", [(5, 0, 5, 15, 3)], [3, 0, 0, 0]),
        ("a minute counts for its slot", [(5, 20, 5, 21, 3)], [0, 3, 0, 0]),
        ("the highest of a slot", [(5, 0, 5, 10, 3), (5, 10, 5, 20, 7)], [7, 7, 0, 0]),
        ("over the end", [(5, 50, 6, 30, 2)], [0, 0, 0, 2]),
    ],
)
def test_a_slot_has_the_highest_level_in_it(label, held, slots):
    hour = Window(start=at(15, 5), end=at(15, 6))
    found = some_levels((at(15, begin, minute), at(15, end, to), users) for begin, minute, end, to, users in held)

    assert highest_by_slot(found, window=hour) == slots, label


def test_a_slot_that_the_end_cuts_short_is_one():
    window = Window(start=at(15, 5), end=at(15, 5, 20))

    assert highest_by_slot(some_levels([(at(15, 5, 15), at(15, 5, 20), 4)]), window=window) == [0, 4]


@given(facts=whole_histories)
def test_the_days_of_a_period_add_up_to_it(facts):
    columns = columns_of(facts)
    whole = activity(columns, period=PERIOD)
    members = pool(whole, needs_queue=False)

    days = days_of(PERIOD, time_zone="America/New_York")
    in_use = [day_in_use(day, columns.sessions) for day in days]
    figures = figures_by_day(whole.sessions, pool=members, days=days)

    for user, sessions in whole.sessions.items():
        assert sum((day.logged_in.get(user, timedelta(0)) for day in in_use), timedelta(0)) == total(sessions)
    assert [day.people for day in figures] == [len(day.logged_in) for day in in_use]
    of_period = levels(whole.sessions.disjoint(members))
    for found, day in zip(figures, days, strict=True):
        of_day = levels(whole.sessions.within(day.window).disjoint(members))
        assert (found.highest, found.time_at_highest) == (of_day.highest, of_day.accumulated(of_day.highest))
        assert max(found.slots) == found.highest
        assert list(of_period.within(day.window)) == list(of_day)


def some_levels(held) -> Levels:
    """Return levels of their times and users."""
    columns = list(
        zip(*((microseconds(since), microseconds(until), users) for since, until, users in held), strict=True)
    )
    return Levels(*(np.array(column, np.int64) for column in columns or [(), (), ()]))
