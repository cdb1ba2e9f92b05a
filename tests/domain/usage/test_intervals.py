"""Half-open intervals: touching, clipping, uniting (BR-20, BR-23)."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.period import Window
from tests.domain.histories import GRID_PERIOD, PERIOD, PERIOD_END, PERIOD_START, TICK, at, instants
from tests.domain.moments import PERIOD_MOMENTS, Moments, moments, tick
from usage.domain.intervals import NEVER, Interval, clip, first_from, instants_by_key, total, touches, united

intervals = st.tuples(instants, instants).map(lambda pair: Interval(min(pair), max(pair)))


def moments_of(interval: Interval) -> Moments:
    return moments(tick(interval.start), tick(interval.end))


@pytest.mark.parametrize(
    ("label", "start", "end", "touching"),
    [
        ("inside", "01-20 14:00", "01-20 15:00", True),
        ("all of it", "01-15 05:00", "02-15 05:00", True),
        ("from before to after", "01-01 00:00", "03-01 00:00", True),
        ("ends exactly at the start", "01-14 05:00", "01-15 05:00", False),
        ("ends just after the start", "01-14 05:00", "01-15 05:00:00.000001", True),
        ("begins exactly at the end", "02-15 05:00", "02-15 06:00", False),
        ("begins just before the end", "02-15 04:59:59.999999", "02-15 06:00", True),
        ("one instant at the start", "01-15 05:00", "01-15 05:00", True),
        ("one instant inside", "01-20 14:00", "01-20 14:00", True),
        ("one instant at the end", "02-15 05:00", "02-15 05:00", False),
        ("one instant before", "01-15 04:59:59", "01-15 04:59:59", False),
    ],
)
def test_an_interval_touches_a_period_if_they_share_an_instant(label, start, end, touching):
    assert touches(Interval(at(start), at(end)), PERIOD) is touching


@given(interval=intervals)
def test_an_interval_touches_and_is_clipped_to_the_moments_it_shares_with_the_period(interval):
    shared = moments_of(interval) & PERIOD_MOMENTS
    assert touches(interval, GRID_PERIOD) is bool(shared)
    if shared:
        assert moments_of(clip(interval, GRID_PERIOD)) == shared


@given(many=st.lists(intervals, max_size=8))
def test_united_intervals_are_the_same_time_once_in_order_and_apart(many):
    together = united(many)
    assert lasting(together) == lasting(many)
    assert all(first.end < second.start for first, second in pairwise(together))
    assert total(many) == len(lasting(many)) * TICK


def lasting(many: list[Interval]) -> Moments:
    """Return the moments that last: a single instant at an interval's end adds no time to it."""
    return frozenset(moment for interval in many for moment in moments_of(interval) if moment % 2)


def test_intervals_that_touch_become_one():
    first, second = Interval(at("01-20 14:00"), at("01-20 15:00")), Interval(at("01-20 15:00"), at("01-20 16:00"))
    assert united([second, first]) == [Interval(at("01-20 14:00"), at("01-20 16:00"))]


def test_nothing_lasts_no_time():
    assert united([]) == []
    assert total([]) == timedelta(0)


def test_the_first_end_at_or_after_a_start_is_the_one_that_counts():
    ends = instants_by_key([("a", PERIOD_END), ("b", at("01-20 10:00")), ("a", PERIOD_START)])
    assert first_from(ends["a"], PERIOD_START) == PERIOD_START
    assert first_from(ends["a"], at("01-20 10:00")) == PERIOD_END
    assert first_from(ends["b"], at("01-20 10:00:01")) == NEVER


def test_nothing_touches_a_day_that_the_calendar_skipped():
    nothing = Window(start=PERIOD.start, end=PERIOD.start)
    assert not touches(Interval(at("01-01 00:00"), at("03-01 00:00")), nothing)
    assert not touches(Interval(PERIOD.start, PERIOD.start), nothing)
