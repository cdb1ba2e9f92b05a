"""Named users: whoever was logged in, at the highest license held (BR-20)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.agreements import an_agreement
from tests.domain.histories import (
    GRID_PERIOD,
    PERIOD_END,
    PERIOD_START,
    assigned,
    at,
    billable,
    counted,
    deleted,
    held,
    histories,
    login,
    noticed,
    stay,
    unassigned,
)
from tests.domain.moments import held_by, licenses_by_name, logged_in
from usage.domain.activity import activity
from usage.domain.columns import columns_of
from usage.domain.events import Client, UsageFacts
from usage.domain.named import named_users

ONE_MINUTE = stay("ann", at("01-20 14:00"), at("01-20 14:01"))
NEWER, OLDER = ("2019", "2025"), ("2016",)
ALL = (*NEWER, *OLDER)
NOBODY: dict[str, int] = {}


@pytest.mark.parametrize(
    ("label", "told", "editions", "expected"),
    [
        (
            "one login of one minute, PureCloud 1 held all month",
            [*ONE_MINUTE, assigned("ann", "purecloud-1")],
            ALL,
            {"purecloud-1": 1},
        ),
        (
            "Communicate to day 10, PureCloud 2 from then",
            [
                *ONE_MINUTE,
                *held("ann", "communicate", PERIOD_START, at("01-25 05:00")),
                assigned("ann", "purecloud-2", at("01-25 05:00")),
            ],
            ALL,
            {"purecloud-2": 1},
        ),
        (
            "Communicate all month, PureCloud 3 for 3 h 59 min",
            [
                *ONE_MINUTE,
                assigned("ann", "communicate"),
                *held("ann", "purecloud-3", at("01-20 14:00"), at("01-20 17:59")),
            ],
            NEWER,
            {"purecloud-3": 1},
        ),
        (
            "Communicate all month, PureCloud 3 for 3 h 59 min",
            [
                *ONE_MINUTE,
                assigned("ann", "communicate"),
                *held("ann", "purecloud-3", at("01-20 14:00"), at("01-20 17:59")),
            ],
            OLDER,
            {"communicate": 1},
        ),
        (
            "PureCloud 1 for 3 h 59 min in all, logged in",
            [*ONE_MINUTE, *held("ann", "purecloud-1", at("01-20 14:00"), at("01-20 17:59"))],
            NEWER,
            {"purecloud-1": 1},
        ),
        (
            "PureCloud 1 for 3 h 59 min in all, logged in",
            [*ONE_MINUTE, *held("ann", "purecloud-1", at("01-20 14:00"), at("01-20 17:59"))],
            OLDER,
            NOBODY,
        ),
        ("assigned, never logged in", [assigned("ann", "purecloud-1")], ALL, NOBODY),
    ],
)
def test_a_user_is_billed_at_the_license_that_counts(label, told, editions, expected):
    for edition in editions:
        count = counted(told, terms=an_agreement(edition=edition))
        assert billable(count) == expected, edition
        assert noticed(count) == []


@pytest.mark.parametrize("edition", ALL)
def test_who_logged_in_without_any_base_license_is_not_billed_and_noticed(edition):
    count = counted(ONE_MINUTE, assigned("ann", "salesforce"), terms=an_agreement(edition=edition))
    assert billable(count) == NOBODY
    assert noticed(count) == [("unlicensed_user", "ann")]


def test_who_was_left_with_no_license_long_enough_is_not_unlicensed():
    told = [*ONE_MINUTE, *held("ann", "purecloud-1", at("01-20 14:00"), at("01-20 14:01"))]
    assert noticed(counted(told, terms=an_agreement(edition="2016"))) == []


@pytest.mark.parametrize(
    ("label", "assignments", "expected"),
    [
        ("exactly four hours", [("01-20 14:00", "01-20 18:00")], {"purecloud-1": 1}),
        ("a microsecond short", [("01-20 14:00", "01-20 17:59:59.999999")], NOBODY),
        ("split over two days", [("01-20 14:00", "01-20 16:00"), ("01-25 14:00", "01-25 16:00")], {"purecloud-1": 1}),
        ("split, a minute short", [("01-20 14:00", "01-20 16:00"), ("01-25 14:00", "01-25 15:59")], NOBODY),
        ("partly before the period", [("01-15 03:00", "01-15 08:59")], NOBODY),
        ("four hours of it inside", [("01-15 03:00", "01-15 09:00")], {"purecloud-1": 1}),
        ("from the last four hours on", [("02-15 01:00", "02-15 09:00")], {"purecloud-1": 1}),
        ("less than four hours before the end", [("02-15 01:01", "02-15 09:00")], NOBODY),
    ],
)
def test_in_edition_2016_four_hours_in_total_within_the_period_count(label, assignments, expected):
    spans = [held("ann", "purecloud-1", at(start), at(end)) for start, end in assignments]
    assert billable(counted(ONE_MINUTE, *spans, terms=an_agreement(edition="2016"))) == expected


def test_in_edition_2016_overlapping_assignments_of_one_license_count_once():
    told = [
        assigned("ann", "purecloud-1", at("01-20 14:00")),
        assigned("ann", "purecloud-1", at("01-20 15:00")),
        unassigned("ann", "purecloud-1", at("01-20 17:59")),
    ]
    assert billable(counted(ONE_MINUTE, told, terms=an_agreement(edition="2016"))) == NOBODY


def test_in_edition_2016_each_license_is_looked_at_by_itself():
    told = [
        *held("ann", "purecloud-1", at("01-20 14:00"), at("01-20 17:00")),
        *held("ann", "purecloud-2", at("01-21 14:00"), at("01-21 17:00")),
    ]
    assert billable(counted(ONE_MINUTE, told, terms=an_agreement(edition="2016"))) == NOBODY


@pytest.mark.parametrize(
    ("label", "start", "end", "expected"),
    [
        ("began before the period and reaches into it", "01-15 04:00", "01-15 05:00:01", {"purecloud-1": 1}),
        ("ended exactly at the period's start", "01-15 04:00", "01-15 05:00", NOBODY),
        ("one instant at the period's start", "01-15 05:00", "01-15 05:00", {"purecloud-1": 1}),
        ("one instant inside", "01-20 14:00", "01-20 14:00", {"purecloud-1": 1}),
        ("the last second", "02-15 04:59:59", "02-15 05:00", {"purecloud-1": 1}),
        ("one instant at the period's end", "02-15 05:00", "02-15 05:00", NOBODY),
    ],
)
def test_a_login_counts_at_any_instant_of_the_period(label, start, end, expected):
    assert billable(counted(stay("ann", at(start), at(end)), assigned("ann", "purecloud-1"))) == expected


@pytest.mark.parametrize(
    ("label", "start", "end", "expected"),
    [
        ("one instant at the period's start", PERIOD_START, PERIOD_START, {"purecloud-3": 1}),
        ("one instant inside", at("01-30 10:00"), at("01-30 10:00"), {"purecloud-3": 1}),
        ("ended exactly at the period's start", at("01-10 10:00"), PERIOD_START, {"communicate": 1}),
        ("one instant at the period's end", PERIOD_END, PERIOD_END, {"communicate": 1}),
    ],
)
def test_an_assignment_counts_at_any_instant_of_the_period_wherever_the_login_was(label, start, end, expected):
    told = [assigned("ann", "communicate", at("01-01 00:00")), *held("ann", "purecloud-3", start, end)]
    assert billable(counted(ONE_MINUTE, told)) == expected


@pytest.mark.parametrize("client", [Client.API, Client.INTEGRATION])
def test_api_clients_and_integrations_make_nobody_billable_nor_unlicensed(client):
    count = counted(
        stay("ann", at("01-20 14:00"), at("01-20 15:00"), client=client),
        stay("bob", at("01-20 14:00"), at("01-20 15:00"), client=client),
        assigned("ann", "purecloud-1"),
    )
    assert billable(count) == NOBODY
    assert noticed(count) == []


def test_a_deleted_user_still_counts_in_their_period_and_no_longer_in_the_next():
    told = [
        *ONE_MINUTE,
        assigned("ann", "purecloud-1"),
        deleted("ann", at("01-21 00:00")),
        login("ann", at("01-10 00:00"), session="forgotten"),
    ]
    assert billable(counted(told)) == {"purecloud-1": 1}
    assert billable(counted(told, index=1)) == NOBODY


def test_users_are_counted_once_each():
    told = [
        *ONE_MINUTE,
        *stay("ann", at("01-20 14:00"), at("01-20 15:00"), client=Client.MOBILE),
        *stay("bob", at("01-21 14:00"), at("01-21 15:00")),
        *stay("carl", at("01-21 14:00"), at("01-21 15:00")),
        *(assigned(user, "purecloud-1") for user in ("ann", "ann", "bob")),
        assigned("carl", "collaborate"),
    ]
    assert billable(counted(told)) == {"purecloud-1": 2, "collaborate": 1}


@given(facts=histories, least_ticks=st.sampled_from([0, 24]))
def test_named_users_are_those_that_looking_at_every_moment_finds(facts: UsageFacts, least_ticks: int):
    done = activity(columns_of(facts), period=GRID_PERIOD)
    found = named_users(done, minimum_assignment=timedelta(hours=4) if least_ticks else timedelta(0))
    assert found.license_of == licenses_by_name(facts, least_ticks=least_ticks)
    holdings = held_by(facts)
    assert found.unlicensed == {user for user in logged_in(facts) if not holdings.get(user, {}).keys() - {"salesforce"}}
