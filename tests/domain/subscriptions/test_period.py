"""Billing periods: they follow the anchor, start at the first instant of their day, and leave no time out (BR-01)."""

import itertools
import zoneinfo
from datetime import UTC, date, datetime, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.period import (
    BillingPeriod,
    Window,
    cutoff_at,
    first_index_from,
    index_holding,
    local_date,
    nth_period,
    period_start,
    start_of_day,
    window,
)

FIFTEEN_YEARS = 15 * 12
ZONES = sorted(zoneinfo.available_timezones())

zones = st.sampled_from(ZONES)
# Time zones have become tidy: the dates reach back to where they were not.
days = st.dates(min_value=date(1975, 1, 1), max_value=date(2037, 12, 31))
anchors = st.dates(min_value=date(1975, 1, 1), max_value=date(2022, 12, 31))


# BR-01's table


@pytest.mark.parametrize(
    ("effective", "index", "start", "last_day"),
    [
        ("2026-01-15", 0, "2026-01-15", "2026-02-14"),
        ("2026-01-15", 1, "2026-02-15", "2026-03-14"),
        ("2026-01-15", 2, "2026-03-15", "2026-04-14"),
        ("2026-01-31", 0, "2026-01-31", "2026-02-27"),
        ("2026-01-31", 1, "2026-02-28", "2026-03-30"),
        ("2026-01-31", 2, "2026-03-31", "2026-04-29"),
        ("2028-01-30", 0, "2028-01-30", "2028-02-28"),
        ("2028-01-30", 1, "2028-02-29", "2028-03-29"),
        ("2028-01-30", 2, "2028-03-30", "2028-04-29"),
        ("a leap day, a year later: 2028-02-29", 12, "2029-02-28", "2029-03-28"),
        ("a leap day, four years later: 2028-02-29", 48, "2032-02-29", "2032-03-28"),
    ],
)
def test_a_period_runs_from_anniversary_to_the_day_before_the_next(effective, index, start, last_day):
    period = nth_period(effective_date=date.fromisoformat(effective[-10:]), index=index)
    assert (str(period.start), str(period.last_day)) == (start, last_day)
    assert period.end == period.whole_end == period.last_day + timedelta(days=1)
    assert period.index == index


def test_each_period_is_stepped_from_the_anchor_and_never_from_the_one_before():
    starts = [period_start(effective_date=date(2026, 1, 31), index=k) for k in range(14)]
    assert [day.day for day in starts] == [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 28]


def test_whole_days_are_those_before_a_cancellation_shortens_the_period():
    shortened = BillingPeriod(index=0, start=date(2026, 1, 15), end=date(2026, 1, 26), whole_end=date(2026, 2, 15))
    assert shortened.whole_days == 31
    assert shortened.last_day == date(2026, 1, 25)


# Local midnights


@pytest.mark.parametrize(
    ("label", "zone", "day", "instant"),
    [
        ("winter", "America/New_York", "2026-01-15", "2026-01-15T05:00Z"),
        ("summer", "America/New_York", "2026-07-15", "2026-07-15T04:00Z"),
        ("the day clocks go forward", "America/New_York", "2026-03-08", "2026-03-08T05:00Z"),
        ("the day clocks go back", "America/New_York", "2026-11-01", "2026-11-01T04:00Z"),
        ("skipped midnight", "America/Santiago", "2022-09-11", "2022-09-11T04:00Z"),
        ("skipped midnight", "Africa/Cairo", "2024-04-26", "2024-04-25T22:00Z"),
        ("skipped midnight", "Asia/Beirut", "2024-03-31", "2024-03-30T22:00Z"),
        ("skipped midnight", "America/Havana", "2024-03-10", "2024-03-10T05:00Z"),
        ("skipped midnight", "America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00Z"),
        ("a gap around midnight", "America/Toronto", "1919-03-31", "1919-03-31T04:30Z"),
        ("a gap that ends at midnight", "Asia/Dhaka", "2009-06-20", "2009-06-19T17:00Z"),
        ("skipped date", "Pacific/Apia", "2011-12-30", "2011-12-30T10:00Z"),
        ("the day after a skipped date", "Pacific/Apia", "2011-12-31", "2011-12-30T10:00Z"),
        ("skipped date", "Pacific/Kwajalein", "1993-08-21", "1993-08-21T12:00Z"),
        ("repeated midnight", "America/Havana", "2024-11-03", "2024-11-03T04:00Z"),
        ("repeated midnight", "Atlantic/Azores", "2024-10-27", "2024-10-27T00:00Z"),
        ("midnight, a minute, and midnight again", "America/St_Johns", "2010-11-07", "2010-11-07T02:30Z"),
        ("an hour repeated before midnight", "Africa/Cairo", "2024-11-01", "2024-10-31T22:00Z"),
        ("half an hour of daylight saving", "Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00Z"),
        ("three quarters of an hour off", "Asia/Kathmandu", "2026-01-15", "2026-01-14T18:15Z"),
    ],
)
def test_a_day_starts_at_the_first_instant_whose_local_date_is_that_day_or_later(label, zone, day, instant):
    assert start_of_day(date.fromisoformat(day), time_zone=zone) == datetime.fromisoformat(instant)


@given(day=days, zone=zones)
def test_a_day_starts_where_walking_through_time_finds_it(day, zone):
    """Model: look at the zone's calendar every minute from before any zone has the day."""
    clock = zoneinfo.ZoneInfo(zone)
    instant = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=15)
    assert instant.astimezone(clock).date() < day
    while instant.astimezone(clock).date() < day:
        instant += timedelta(minutes=1)
    assert start_of_day(day, time_zone=zone) == instant


@given(anchor=anchors, zone=zones)
def test_periods_tile_time_for_any_anchor_and_zone_for_fifteen_years(anchor, zone):
    periods = [nth_period(effective_date=anchor, index=k) for k in range(FIFTEEN_YEARS)]
    windows = [window(period, time_zone=zone) for period in periods]
    assert periods[0].start == anchor
    assert windows[0].start == start_of_day(anchor, time_zone=zone)
    for period, following in itertools.pairwise(periods):
        assert period.end == following.start
        assert 28 <= (period.end - period.start).days <= 31
        assert following.start.day == min(anchor.day, (following.start + relativedelta(day=31)).day)
    for held, following_window in itertools.pairwise(windows):
        assert held.start < held.end == following_window.start


@given(anchor=anchors, zone=zones, index=st.integers(0, FIFTEEN_YEARS), per_mille=st.integers(0, 999))
def test_every_instant_belongs_to_exactly_one_period(anchor, zone, index, per_mille):
    held = window(nth_period(effective_date=anchor, index=index), time_zone=zone)
    instant = held.start + (held.end - held.start) * per_mille / 1000
    neighbors = range(max(0, index - 2), index + 3)
    homes = [k for k in neighbors if instant in window(nth_period(effective_date=anchor, index=k), time_zone=zone)]
    assert homes == [index]


def test_a_window_holds_its_start_and_not_its_end():
    start, end = datetime(2026, 1, 15, 5, tzinfo=UTC), datetime(2026, 2, 15, 5, tzinfo=UTC)
    held = Window(start=start, end=end)
    assert start in held
    assert end - timedelta(microseconds=1) in held
    assert end not in held
    assert start - timedelta(microseconds=1) not in held


@pytest.mark.parametrize(
    ("instant", "zone", "day"),
    [
        ("2026-01-15T04:59:59Z", "America/New_York", "2026-01-14"),
        ("2026-01-15T05:00:00Z", "America/New_York", "2026-01-15"),
        ("2026-01-14T15:00:00Z", "Asia/Tokyo", "2026-01-15"),
    ],
)
def test_a_local_date_is_read_off_the_wall_calendar(instant, zone, day):
    assert local_date(datetime.fromisoformat(instant), time_zone=zone) == date.fromisoformat(day)


# Finding a period by a day


@given(anchor=days, distance=st.integers(-100, 4000))
def test_the_first_period_from_a_day_and_the_one_that_holds_it_are_those_a_walk_finds(anchor, distance):
    day = anchor + timedelta(days=distance)
    walk = 0
    while anchor + relativedelta(months=walk) < day:
        walk += 1
    assert first_index_from(day, effective_date=anchor) == walk
    if distance >= 0:
        holding = nth_period(effective_date=anchor, index=index_holding(day, effective_date=anchor))
        assert holding.start <= day <= holding.last_day


def test_no_period_holds_a_day_before_the_effective_date():
    with pytest.raises(ValueError, match="lies before the effective date"):
        index_holding(date(2026, 1, 14), effective_date=date(2026, 1, 15))


# BR-02


@pytest.mark.parametrize(
    ("label", "effective", "cutoff"),
    [
        ("winter", "2026-01-15", "2026-02-15T11:00Z"),
        ("elapsed hours where clocks go forward that night", "2026-02-08", "2026-03-08T11:00Z"),
        ("elapsed hours where clocks go back that night", "2026-10-01", "2026-11-01T10:00Z"),
    ],
)
def test_the_cut_off_is_the_periods_end_and_the_grace(label, effective, cutoff):
    period = nth_period(effective_date=date.fromisoformat(effective), index=0)
    measured = cutoff_at(period, time_zone="America/New_York", grace=timedelta(hours=6))
    assert measured == datetime.fromisoformat(cutoff)


def test_the_cut_off_of_a_shortened_period_follows_its_last_day():
    shortened = BillingPeriod(index=0, start=date(2026, 1, 15), end=date(2026, 1, 26), whole_end=date(2026, 2, 15))
    measured = cutoff_at(shortened, time_zone="Asia/Tokyo", grace=timedelta(hours=6))
    assert measured == datetime(2026, 1, 25, 21, tzinfo=UTC)
