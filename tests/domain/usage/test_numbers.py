"""Phone numbers: set-ups, and days active in local dates (BR-43)."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.period import BillingPeriod, window
from tests.domain.agreements import an_agreement
from tests.domain.histories import PERIOD_END, PERIOD_START, activated, at, counted, history, made_of, released
from usage.domain.events import NumberFact
from usage.domain.numbers import PhoneNumbers, phone_numbers


def used(*told, **changes) -> PhoneNumbers:
    return counted(*told, terms=an_agreement(**changes)).numbers


def active(found: PhoneNumbers) -> list[tuple[str, int, int]]:
    return [(use.product, use.days, use.quantity) for use in found.active]


@pytest.mark.parametrize(
    ("label", "told", "setups", "days"),
    [
        ("since before, all month", [activated("+1", at("01-01 00:00"))], {}, 31),
        ("from the first instant", [activated("+1", PERIOD_START)], {"did-number": 1}, 31),
        ("activated on the 25th, local time", [activated("+1", at("01-26 04:59"))], {"did-number": 1}, 21),
        ("activated on the 26th, local time", [activated("+1", at("01-26 05:00"))], {"did-number": 1}, 20),
        ("on the last day", [activated("+1", at("02-15 04:59:59"))], {"did-number": 1}, 1),
        ("after the period", [activated("+1", PERIOD_END)], {}, 0),
        (
            "the release day does not count",
            [activated("+1", at("01-01 00:00")), released("+1", at("01-26 04:59"))],
            {},
            10,
        ),
        (
            "activated and released on one day",
            [activated("+1", at("01-20 14:00")), released("+1", at("01-20 18:00"))],
            {"did-number": 1},
            0,
        ),
        (
            "released on the first day",
            [activated("+1", at("01-01 00:00")), released("+1", PERIOD_START)],
            {},
            0,
        ),
        (
            "released before the period",
            [activated("+1", at("01-01 00:00")), released("+1", at("01-10 00:00"))],
            {},
            0,
        ),
        (
            "released after the period",
            [activated("+1", at("01-01 00:00")), released("+1", at("02-20 00:00"))],
            {},
            31,
        ),
        (
            "released at the period's end",
            [activated("+1", at("01-01 00:00")), released("+1", PERIOD_END)],
            {},
            31,
        ),
        (
            "activated again",
            [
                activated("+1", at("01-20 14:00")),
                released("+1", at("01-22 14:00")),
                activated("+1", at("01-30 14:00")),
                released("+1", at("02-02 14:00")),
            ],
            {"did-number": 2},
            5,
        ),
        (
            "activated again on the day it was released",
            [
                activated("+1", at("01-20 14:00")),
                released("+1", at("01-22 14:00")),
                activated("+1", at("01-22 15:00")),
                released("+1", at("01-24 14:00")),
            ],
            {"did-number": 2},
            4,
        ),
        ("a release without an activation", [released("+1", at("01-22 14:00"))], {}, 0),
        (
            "a release of another product",
            [activated("+1", at("01-01 00:00")), released("+1", at("01-22 14:00"), product="toll-free-number")],
            {},
            31,
        ),
    ],
)
def test_a_number_is_set_up_when_activated_and_charged_for_the_days_it_is_active(label, told, setups, days):
    found = used(told)
    assert found.activated == setups
    assert active(found) == ([("did-number", days, 1)] if days else [])


def test_numbers_of_one_product_with_the_same_days_share_an_entry():
    found = used(
        activated("+1", at("01-01 00:00")),
        activated("+2", at("01-01 00:00")),
        activated("+3", at("01-26 14:00")),
        activated("+4", at("01-01 00:00"), product="toll-free-number"),
    )
    assert active(found) == [("did-number", 20, 1), ("did-number", 31, 2), ("toll-free-number", 31, 1)]
    assert found.activated == {"did-number": 1}


def test_days_end_with_the_last_service_day_of_a_cancelled_agreement():
    found = used(activated("+1", at("01-01 00:00")), last_service_date=date(2026, 1, 25))
    assert active(found) == [("did-number", 11, 1)]


def test_days_are_those_of_the_billing_time_zone():
    found = used(activated("+1", at("01-15 15:00")), time_zone="Asia/Tokyo")
    assert active(found) == [("did-number", 30, 1)]


NUMBERS, PRODUCTS = ("+1", "+2"), ("did-number", "toll-free-number")
HALF_DAYS = [datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=5 * step) for step in range(160)]
number_facts = st.lists(made_of(NumberFact, NUMBERS, PRODUCTS, HALF_DAYS), max_size=6)


@given(
    activations=number_facts,
    releases=number_facts,
    zone=st.sampled_from(["America/New_York", "Asia/Beirut", "Pacific/Auckland", "UTC"]),
    last_day=st.integers(10, 31).map(lambda days: date(2026, 3, 10) + timedelta(days=days)),
)
def test_days_active_are_those_that_asking_on_every_date_finds(activations, releases, zone, last_day):
    def on(instant: datetime) -> date:
        return instant.astimezone(ZoneInfo(zone)).date()

    period = BillingPeriod(index=0, start=date(2026, 3, 10), end=last_day, whole_end=date(2026, 4, 10))
    days: Counter[tuple[str, str]] = Counter()
    for number in NUMBERS:
        for product in PRODUCTS:
            spans = []
            for fact in activations:
                if (fact.number, fact.product) != (number, product):
                    continue
                ends = [row.at for row in releases if (row.number, row.product) == (number, product)]
                end = min((on(end) for end in ends if end >= fact.at), default=date.max)
                spans.append((on(fact.at), end))
            day = period.start
            while day < period.end:
                days[product, number] += any(first <= day < end for first, end in spans)
                day += timedelta(days=1)
    expected = Counter((product, active_days) for (product, _), active_days in days.items() if active_days)
    held = window(period, time_zone=zone)
    found = phone_numbers(activations, releases, period=period, window=held, time_zone=zone)
    assert {(use.product, use.days): use.quantity for use in found.active} == expected
    assert found.activated == Counter(fact.product for fact in activations if held.start <= fact.at < held.end)


def test_a_number_activated_in_the_repeated_hour_before_the_period_starts_again_counts_from_its_first_day():
    # In St. John's that night it was the 7th for a minute, then the 6th again for an hour.
    before, after = (
        BillingPeriod(index=0, start=start, end=end, whole_end=end)
        for start, end in [(date(2010, 10, 7), date(2010, 11, 7)), (date(2010, 11, 7), date(2010, 12, 7))]
    )
    midnight = window(after, time_zone="America/St_Johns").start
    told = history(activated("+1", midnight + timedelta(minutes=30)))
    found = [
        phone_numbers(
            told.activations,
            told.releases,
            period=period,
            window=window(period, time_zone="America/St_Johns"),
            time_zone="America/St_Johns",
        )
        for period in (before, after)
    ]
    assert [active(numbers) for numbers in found] == [[], [("did-number", 30, 1)]]
    assert [numbers.activated for numbers in found] == [{}, {"did-number": 1}]
