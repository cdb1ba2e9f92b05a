"""Hourly users: time logged in, summed per tier and rounded up once (BR-22)."""

from datetime import timedelta
from math import ceil

import pytest
from hypothesis import given

from subscriptions.domain.catalog import CONTACT_CENTER_TIERS
from tests.domain.agreements import an_agreement
from tests.domain.histories import (
    GRID_PERIOD,
    assigned,
    at,
    billable,
    counted,
    held,
    noticed,
    stay,
    working_days,
)
from tests.domain.moments import licenses_by_name, logged_in, stretches
from usage.domain.activity import activity
from usage.domain.columns import columns_of
from usage.domain.events import Client, UsageFacts
from usage.domain.hourly import hours_by_tier

TICKS_OF_AN_HOUR = 6


def hours_of(*told, edition: str = "2019") -> dict[str, int]:
    return billable(counted(*told, terms=an_agreement(licensing_model="hourly", edition=edition)))


def working_hours(user: str, hours: str) -> list:
    """Return sessions of ten hours a day until so many hours are full."""
    left, day, told = timedelta(seconds=round(float(hours) * 3600)), at("01-16 14:00"), []
    while left:
        length = min(left, timedelta(hours=10))
        told += stay(user, day, day + length)
        left, day = left - length, day + timedelta(days=1)
    return told


@pytest.mark.parametrize(
    ("label", "told", "expected"),
    [
        (
            "112.23 h + 110.11 h = 222.34 h",
            [*working_hours("ann", "112.23"), *working_hours("bob", "110.11")],
            {"purecloud-1": 223},
        ),
        ("whole hours stay whole", [*working_hours("ann", "112"), *working_hours("bob", "111")], {"purecloud-1": 223}),
        ("a second begins an hour", stay("ann", at("01-20 14:00"), at("01-20 15:00:01")), {"purecloud-1": 2}),
        ("a microsecond too", stay("ann", at("01-20 14:00"), at("01-20 15:00:00.000001")), {"purecloud-1": 2}),
        ("one instant is no hour", stay("ann", at("01-20 14:00"), at("01-20 14:00")), {}),
    ],
)
def test_hours_are_summed_over_users_and_rounded_up_once(label, told, expected):
    assert hours_of(told, assigned("ann", "purecloud-1"), assigned("bob", "purecloud-1")) == expected


def test_overlapping_sessions_of_one_user_count_once_and_those_of_two_twice():
    told = [
        *stay("ann", at("01-20 14:00"), at("01-20 16:00")),
        *stay("ann", at("01-20 15:00"), at("01-20 17:00"), client=Client.MOBILE),
        *stay("ann", at("01-20 09:00"), at("01-20 21:00"), client=Client.API),
        assigned("ann", "purecloud-2"),
    ]
    assert hours_of(told) == {"purecloud-2": 3}
    assert hours_of(told, stay("bob", at("01-20 14:00"), at("01-20 17:00")), assigned("bob", "purecloud-2")) == {
        "purecloud-2": 6
    }


def test_only_hours_inside_the_period_count():
    told = [*stay("ann", at("01-15 03:00"), at("01-15 06:00")), assigned("ann", "purecloud-1", at("01-01 00:00"))]
    assert hours_of(told) == {"purecloud-1": 1}


def test_each_tier_is_rounded_by_itself_and_communicate_stays_named():
    half_an_hour = (at("01-20 14:00"), at("01-20 14:30"))
    told = [
        fact
        for user, product in [
            ("ann", "purecloud-1"),
            ("bob", "purecloud-3"),
            ("carl", "communicate"),
            ("dora", "communicate"),
            ("emil", "collaborate"),
        ]
        for fact in (*stay(user, *half_an_hour), assigned(user, product))
    ]
    count = counted(told, terms=an_agreement(licensing_model="hourly"))
    assert billable(count) == {"purecloud-1": 1, "purecloud-3": 1, "communicate": 2, "collaborate": 1}
    assert noticed(count) == [("mixed_tiers", "purecloud-1,purecloud-3")]


def test_all_hours_of_a_user_are_of_the_license_counted_for_them():
    told = [
        *stay("ann", at("01-20 14:00"), at("01-20 23:00")),
        assigned("ann", "purecloud-1"),
        *held("ann", "purecloud-3", at("01-30 14:00"), at("01-30 17:59")),
    ]
    assert hours_of(told) == {"purecloud-3": 9}
    assert hours_of(told, edition="2016") == {"purecloud-1": 9}


def test_who_is_not_billable_has_no_hours():
    assert hours_of(stay("ann", at("01-20 14:00"), at("01-20 23:00"))) == {}


@given(facts=working_days)
def test_hours_are_those_that_looking_at_every_moment_finds(facts: UsageFacts):
    license_of = licenses_by_name(facts, least_ticks=0)
    expected = {}
    for tier in CONTACT_CENTER_TIERS:
        ticks = sum(stretches(inside) for user, inside in logged_in(facts).items() if license_of.get(user) == tier)
        if ticks:
            expected[tier] = ceil(ticks / TICKS_OF_AN_HOUR)
    found = hours_by_tier(activity(columns_of(facts), period=GRID_PERIOD), license_of=license_of)
    assert {tier: int(hours) for tier, hours in found.items() if hours} == expected
