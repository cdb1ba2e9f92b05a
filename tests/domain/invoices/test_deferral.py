"""What of a prepaid line is earned when: worked examples, and that nothing is ever lost."""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.domain.finance.deferral import PrepaidLine, Rolled, deferred, earned, releases, roll_forward
from invoices.domain.finance.months import last_day_of, month_after, month_of, months_from


def line(amount: int, start: str, end: str, *, booked: str = "") -> PrepaidLine:
    """Return a line; `end` is exclusive."""
    return PrepaidLine(
        booked_on=date.fromisoformat(booked or start),
        start=date.fromisoformat(start),
        end=date.fromisoformat(end),
        amount=amount,
    )


# 365.00 for the year 2026: one a day. 100.00 over three days: 33.33, 33.34, 33.33.
YEAR = line(36_500, "2026-01-01", "2027-01-01")
THREE_DAYS = line(10_000, "2026-03-01", "2026-03-04")


@pytest.mark.parametrize(
    ("what", "of", "until", "is_earned", "is_deferred"),
    [
        ("before it is booked", YEAR, "2026-01-01", 0, 0),
        ("after its first day", YEAR, "2026-01-02", 100, 36_400),
        ("after January", YEAR, "2026-02-01", 3_100, 33_400),
        ("on its last day", YEAR, "2026-12-31", 36_400, 100),
        ("after its last day", YEAR, "2027-01-01", 36_500, 0),
        ("a third, rounded down", THREE_DAYS, "2026-03-02", 3_333, 6_667),
        ("two thirds, rounded up", THREE_DAYS, "2026-03-03", 6_667, 3_333),
        ("the rest on the last day", THREE_DAYS, "2026-03-04", 10_000, 0),
        ("half a minor unit goes up", line(1, "2026-03-01", "2026-03-03"), "2026-03-02", 1, 0),
        ("and away from zero in a credit", line(-1, "2026-03-01", "2026-03-03"), "2026-03-02", -1, 0),
        ("booked before its service", line(900, "2026-03-01", "2026-04-01", booked="2026-02-10"), "2026-03-01", 0, 900),
        ("booked late: what was served is earned at once", line(3_100, "2026-01-01", "2026-02-01", booked="2026-01-10"),
         "2026-01-11", 1_000, 2_100),
        ("a leap day is a day", line(2_900, "2028-02-01", "2028-03-01"), "2028-02-29", 2_800, 100),
        ("service of no day", line(500, "2026-03-01", "2026-03-01"), "2026-03-02", 500, 0),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)  # fmt: skip
def test_what_is_earned_and_deferred(what, of, until, is_earned, is_deferred):
    until = date.fromisoformat(until)
    assert (earned(of, until=until), deferred(of, until=until)) == (is_earned, is_deferred)


def test_a_credit_in_full_leaves_nothing_deferred():
    """Of 365.00, 59.00 are earned by the end of February; credited on March 1 all of it is taken back, at once."""
    credit = line(-36_500, "2026-01-01", "2027-01-01", booked="2026-03-01")
    months = [date(2026, 2, 1), date(2026, 3, 1)]
    assert roll_forward([YEAR, credit], months=months) == {
        # 31.00 of January are earned before; 28.00 in February.
        date(2026, 2, 1): Rolled(opening=33_400, billed=0, released=2_800),
        # 31.00 of March, less 31.00 of March and 59.00 of what had been earned.
        date(2026, 3, 1): Rolled(opening=30_600, billed=-36_500, released=-5_900),
    }
    assert not any(releases([YEAR, credit], until=date(2026, 4, 1)).values())


def test_a_schedule_by_month():
    assert releases([line(9_000, "2026-01-16", "2026-04-16")], until=date(2026, 2, 1)) == {
        # 90 days at 1.00: 16 days of January are earned, and not to come.
        date(2026, 2, 1): 2_800,
        date(2026, 3, 1): 3_100,
        date(2026, 4, 1): 1_500,
    }


@st.composite
def lines(draw: st.DrawFn, *, signed: bool = True) -> PrepaidLine:
    start = date(2026, 1, 1) + timedelta(days=draw(st.integers(0, 400)))
    return PrepaidLine(
        booked_on=start + timedelta(days=draw(st.integers(-40, 60))),
        start=start,
        end=start + timedelta(days=draw(st.integers(1, 800))),
        amount=draw(st.integers(-(10**9) if signed else 0, 10**9)),
    )


days = st.integers(-60, 1300).map(lambda number: date(2026, 1, 1) + timedelta(days=number))


@given(of=lines())
def test_days_tile_a_line_exactly(of):
    first, last = min(of.booked_on, of.start), max(of.end, of.booked_on + timedelta(days=1))
    walked = [earned(of, until=first + timedelta(days=k)) for k in range((last - first).days + 1)]
    assert walked[0] == 0
    assert sum(after - before for before, after in itertools.pairwise(walked)) == of.amount


@given(of=lines(signed=False), day=days)
def test_a_charge_is_never_earned_backwards_nor_deferred_below_nothing(of, day):
    assert 0 <= deferred(of, until=day) <= of.amount
    assert earned(of, until=day) <= earned(of, until=day + timedelta(days=1))


@given(all_of=st.lists(lines(), max_size=6), day=days)
def test_the_schedule_adds_up_to_what_is_deferred(all_of, day):
    assert sum(releases(all_of, until=day).values()) == sum(deferred(one, until=day) for one in all_of)


@given(all_of=st.lists(lines(), max_size=6), day=days, count=st.integers(1, 14))
def test_months_follow_from_one_another(all_of, day, count):
    first = month_of(day)
    months = list(months_from(first, month_after(first, count - 1)))
    rolled = roll_forward(all_of, months=months)
    for month in months:
        assert rolled[month].closing == sum(deferred(one, until=month_after(month)) for one in all_of)
        assert rolled[month].opening == sum(deferred(one, until=month) for one in all_of)
        booked = [one.amount for one in all_of if month <= one.booked_on <= last_day_of(month)]
        assert rolled[month].billed == sum(booked)
