"""Add-on seats: by user, or by the usage percentage of the pool (BR-24)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.agreements import an_agreement
from tests.domain.histories import (
    PERIOD_END,
    PERIOD_START,
    assigned,
    at,
    billable,
    counted,
    crowd,
    held,
    stay,
)
from usage.domain.add_ons import add_on_seats

SALESFORCE = frozenset({"salesforce"})


@pytest.mark.parametrize(
    ("configured", "seats", "assigned_to", "billed"),
    [
        (1000, 300, 200, 60),
        (100, 29, 100, 29),
        (3, 1, 2, 1),
        (3, 0, 2, 0),
        (3, 3, 2, 2),
        (0, 0, 5, 0),
        (7, 1, 7, 1),
        (1_000_000_000, 1, 1, 1),
    ],
)
def test_add_on_seats_are_the_usage_percentage_of_the_licenses_a_part_rounded_up(
    configured, seats, assigned_to, billed
):
    assert add_on_seats(billable=seats, configured=configured, assigned=assigned_to) == billed


@given(configured=st.integers(1, 5000), data=st.data(), assigned_to=st.integers(0, 5000))
def test_add_on_seats_are_the_least_whole_number_that_covers_the_exact_share(configured, data, assigned_to):
    seats = data.draw(st.integers(0, configured))
    billed = add_on_seats(billable=seats, configured=configured, assigned=assigned_to)
    assert billed * configured >= seats * assigned_to > (billed - 1) * configured or (
        billed == seats * assigned_to == 0
    )


@pytest.mark.parametrize("licensing_model", ["named", "hourly"])
def test_by_name_and_by_the_hour_a_billable_user_counts_who_had_it_assigned_at_any_instant(licensing_model):
    fifteen = (at("01-20 14:00"), at("01-20 14:15"))
    told = [
        *stay("all month", *fifteen),
        assigned("all month", "purecloud-1"),
        assigned("all month", "salesforce", at("01-01 00:00")),
        *stay("an instant", *fifteen),
        assigned("an instant", "communicate"),
        *held("an instant", "salesforce", at("02-01 00:00"), at("02-01 00:00")),
        *stay("until the period", *fifteen),
        assigned("until the period", "communicate"),
        *held("until the period", "salesforce", at("01-01 00:00"), PERIOD_START),
        *stay("after the period", *fifteen),
        assigned("after the period", "communicate"),
        assigned("after the period", "salesforce", PERIOD_END),
        *stay("unlicensed", *fifteen),
        assigned("unlicensed", "salesforce"),
        assigned("never in", "purecloud-1"),
        assigned("never in", "salesforce"),
    ]
    count = counted(told, terms=an_agreement(licensing_model=licensing_model, add_ons=SALESFORCE))
    assert count.billable["salesforce"] == 2


def test_the_four_hours_of_edition_2016_are_asked_of_licenses_and_not_of_add_ons():
    told = [
        *stay("ann", at("01-20 14:00"), at("01-20 14:15")),
        assigned("ann", "purecloud-1"),
        *held("ann", "salesforce", at("01-20 14:00"), at("01-20 14:01")),
        *stay("bob", at("01-20 14:00"), at("01-20 14:15")),
        *held("bob", "purecloud-1", at("01-20 14:00"), at("01-20 17:59")),
        assigned("bob", "salesforce"),
    ]
    count = counted(told, terms=an_agreement(edition="2016", add_ons=SALESFORCE))
    assert billable(count) == {"purecloud-1": 1, "salesforce": 1}


def test_each_add_on_counts_by_itself_and_others_not_at_all():
    told = [
        *stay("ann", at("01-20 14:00"), at("01-20 14:15")),
        assigned("ann", "purecloud-1"),
        *(assigned("ann", product) for product in ("salesforce", "zendesk", "unknown")),
    ]
    count = counted(told, terms=an_agreement(add_ons=frozenset({"salesforce", "zendesk", "unused"})))
    assert billable(count) == {"purecloud-1": 1, "salesforce": 1, "zendesk": 1}


def test_concurrent_add_on_seats_follow_the_peak_of_those_configured():
    told = [
        *crowd(2, at("01-20 09:00"), at("01-20 10:00")),
        assigned("absent", "purecloud-2"),
        *(assigned(user, "salesforce") for user in ("u-000", "absent")),
    ]
    count = counted(told, terms=an_agreement(licensing_model="concurrent", add_ons=SALESFORCE))
    assert billable(count) == {"purecloud-2": 2, "salesforce": 2}
    assert count.billable["salesforce"] == Decimal(2)


def test_in_edition_2016_those_configured_are_the_holders_before_the_queue_is_looked_at():
    told = [
        *crowd(1, at("01-20 09:00"), at("01-20 10:00")),
        *(assigned(f"never on queue {number}", "purecloud-2") for number in range(3)),
        *(assigned(f"add-on {number}", "salesforce") for number in range(4)),
    ]
    count = counted(told, terms=an_agreement(licensing_model="concurrent", edition="2016", add_ons=SALESFORCE))
    assert billable(count) == {"purecloud-2": 1, "salesforce": 1}


def test_with_nobody_configured_no_add_on_seat_is_billed():
    told = [*stay("ann", at("01-20 14:00"), at("01-20 15:00")), assigned("ann", "salesforce")]
    count = counted(told, terms=an_agreement(licensing_model="concurrent", add_ons=SALESFORCE))
    assert billable(count) == {}
