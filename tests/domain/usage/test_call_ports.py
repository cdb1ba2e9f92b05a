"""Excess call usage: port-hours above the ports that the seats bring (BR-41)."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.agreements import agreed, an_agreement
from tests.domain.histories import (
    GRID_PERIOD,
    PERIOD,
    PERIOD_END,
    PERIOD_START,
    TICK,
    TICKS,
    assigned,
    at,
    call,
    counted,
    crowd,
    history,
    instants,
    stay,
)
from tests.domain.moments import tick
from usage.domain.call_ports import call_ports, included_ports
from usage.domain.calls import calls_of
from usage.domain.events import Call, Direction

HOUR = 3600
NOON = at("01-20 12:00")


def excess(*told, included: int = 0):
    return call_ports(calls_of(history(*told).calls), included=Fraction(included), period=PERIOD)


@pytest.mark.parametrize(
    ("seats", "ports"),
    [
        ({"purecloud-2": "50", "communicate": "100"}, 200),
        ({"purecloud-1": "1", "purecloud-2": "1", "purecloud-3": "1"}, 6),
        ({"collaborate": "9", "salesforce": "4"}, 0),
        ({}, 0),
    ],
)
def test_a_contact_center_seat_brings_two_ports_and_a_communicate_seat_one(seats, ports):
    assert included_ports({product: Decimal(quantity) for product, quantity in seats.items()}) == ports


def test_an_hour_at_230_calls_over_200_ports_is_30_port_hours():
    found = excess([call(HOUR, NOON) for _ in range(230)], included=200)
    assert (found.included, found.excess_hours, found.billed) == (200, 30, 30)


@pytest.mark.parametrize(
    ("label", "told", "included", "billed"),
    [
        ("no call", [], 0, 0),
        ("within what is included", [call(HOUR, NOON)] * 2, 2, 0),
        ("a second above it", [call(1, NOON)] * 3, 2, 1),
        ("whole hours stay whole", [call(HOUR, NOON)] * 3, 1, 2),
        ("rounded up once, not for each call", [call(60, at(f"01-20 {hour}:00")) for hour in range(10, 20)], 0, 1),
        ("back to back on one port", [call(HOUR, NOON), call(HOUR, NOON - timedelta(hours=1))], 1, 0),
        ("a call of no seconds", [call(0, NOON)] * 3, 0, 0),
        ("over the start: the part inside", [call(2 * HOUR, at("01-15 06:00"))], 0, 1),
        ("over the end: the part inside", [call(2 * HOUR, at("02-15 06:00"))], 0, 1),
        ("ended exactly at the start", [call(HOUR, PERIOD_START)], 0, 0),
        ("began exactly at the end", [call(HOUR, PERIOD_END + timedelta(hours=1))], 0, 0),
    ],
)
def test_excess_is_the_time_of_the_calls_above_the_ports(label, told, included, billed):
    assert excess(told, included=included).billed == billed


def test_a_call_over_the_periods_end_occupies_a_port_in_both_periods():
    told = [call(2 * HOUR, PERIOD_END + timedelta(hours=1))]
    terms = an_agreement(edition="2016")
    assert counted(told, terms=terms).call_ports.billed == 1
    assert counted(told, terms=terms, index=1).call_ports.billed == 1


def test_seats_are_the_greater_of_commitment_and_use():
    told = [
        *stay("ann", at("01-20 14:00"), at("01-20 14:10")),
        assigned("ann", "communicate"),
        *stay("bob", at("01-20 14:00"), at("01-20 14:10")),
        assigned("bob", "purecloud-1"),
    ]
    prices = [agreed("purecloud-1", "5"), agreed("communicate", "0")]
    assert counted(told, terms=an_agreement(edition="2016", prices=prices)).call_ports.included == 11
    ramp = an_agreement(edition="2016", prices=prices, ramp_months=1)
    assert counted(told, terms=ramp).call_ports.included == 3


def test_concurrent_seats_are_those_of_the_peak():
    terms = an_agreement(edition="2016", licensing_model="concurrent")
    told = [*crowd(3, at("01-20 09:00"), at("01-20 10:00")), assigned("absent", "purecloud-2")]
    assert counted(told, terms=terms).call_ports.included == 6


def test_by_the_hour_the_contact_center_seats_are_the_users_and_not_the_hours():
    told = [
        *stay("ann", at("01-20 10:00"), at("01-20 20:00")),
        assigned("ann", "purecloud-1"),
        *stay("bob", at("01-20 10:00"), at("01-20 20:00")),
        assigned("bob", "purecloud-1"),
        *stay("carl", at("01-20 10:00"), at("01-20 20:00")),
        assigned("carl", "communicate"),
    ]
    terms = an_agreement(
        edition="2016", licensing_model="hourly", prices=[agreed("purecloud-1", "500"), agreed("communicate", "4")]
    )
    count = counted(told, terms=terms)
    assert count.billable["purecloud-1"] == 20
    assert count.call_ports.included == 2 * 2 + 4


def test_only_edition_2016_has_call_ports():
    assert counted(terms=an_agreement(edition="2019")).call_ports is None
    assert counted(terms=an_agreement(edition="2025")).call_ports is None


calls = st.lists(
    st.builds(
        Call,
        st.just("c"),
        st.sampled_from(Direction),
        st.just("+1"),
        st.integers(0, 12).map(lambda ticks: ticks * int(TICK.total_seconds())),
        instants,
    ),
    max_size=14,
)


@given(calls=calls, included=st.integers(0, 3))
def test_port_hours_are_those_that_counting_calls_at_every_tick_finds(calls, included):
    excess_ticks = 0
    for now in range(TICKS):
        talking = sum(tick(row.at) - row.seconds // 600 <= now < tick(row.at) for row in calls)
        excess_ticks += max(0, talking - included)
    found = call_ports(calls_of(calls), included=Fraction(included), period=GRID_PERIOD)
    assert found.excess_hours == Fraction(excess_ticks, 6)
    assert found.billed == ceil(Fraction(excess_ticks, 6))
