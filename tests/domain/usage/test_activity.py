"""Sessions, assignments and on-queue times are paired from facts in any order (BR-23)."""

from datetime import timedelta

import pytest
from hypothesis import given

from tests.domain.histories import (
    GRID_PERIOD,
    PERIOD,
    PERIOD_END,
    PERIOD_START,
    PRODUCTS,
    TICK,
    assigned,
    at,
    deleted,
    histories,
    history,
    joined_queue,
    left_queue,
    login,
    logout,
    unassigned,
)
from tests.domain.moments import PERIOD_MOMENTS, held_by, logged_in, moments, on_queue, stretches, tick
from usage.domain.activity import activity
from usage.domain.columns import columns_of
from usage.domain.events import Client, UsageFacts
from usage.domain.intervals import Interval, total

MONDAY_NINE = at("01-19 14:00")
HOUR, DAY = timedelta(hours=1), timedelta(hours=24)


def sessions(*told) -> list[tuple]:
    done = activity(columns_of(history(*told)), period=PERIOD)
    return sorted((user, i.start, i.end) for user, intervals in done.sessions.items() for i in intervals)


def unended(*told) -> list[tuple]:
    done = activity(columns_of(history(*told)), period=PERIOD)
    return sorted((found.user, found.session, found.at) for found in done.sessions.unended)


def test_a_session_ends_with_its_logout():
    told = [login("ann", MONDAY_NINE), logout("ann", MONDAY_NINE + HOUR)]
    assert sessions(told) == [("ann", MONDAY_NINE, MONDAY_NINE + HOUR)]
    assert unended(told) == []


@pytest.mark.parametrize(
    ("label", "told"),
    [
        ("of another session", [logout("ann", MONDAY_NINE + HOUR, session="other")]),
        ("of another user", [logout("bob", MONDAY_NINE + HOUR)]),
        ("before the login", [logout("ann", MONDAY_NINE - HOUR)]),
        ("after 24 hours", [logout("ann", MONDAY_NINE + DAY + timedelta(microseconds=1))]),
        ("of a deletion of another user", [deleted("bob", MONDAY_NINE + HOUR)]),
        ("none at all", []),
    ],
)
def test_without_an_end_of_its_own_a_session_lasts_24_hours_and_that_is_noticed(label, told):
    told = [login("ann", MONDAY_NINE), *told]
    assert sessions(told) == [("ann", MONDAY_NINE, MONDAY_NINE + DAY)]
    assert unended(told) == [("ann", "s", MONDAY_NINE + DAY)]


@pytest.mark.parametrize(
    "end", [logout("ann", MONDAY_NINE + DAY), deleted("ann", MONDAY_NINE + DAY)], ids=["logout", "deletion"]
)
def test_an_end_at_exactly_the_24th_hour_ends_the_session(end):
    told = [login("ann", MONDAY_NINE), end]
    assert sessions(told) == [("ann", MONDAY_NINE, MONDAY_NINE + DAY)]
    assert unended(told) == []


def test_a_deletion_ends_every_session_of_the_user():
    told = [
        login("ann", MONDAY_NINE, session="a"),
        login("ann", MONDAY_NINE + HOUR, session="b"),
        logout("ann", MONDAY_NINE + 3 * HOUR, session="a"),
        deleted("ann", MONDAY_NINE + 2 * HOUR),
    ]
    assert sessions(told) == [
        ("ann", MONDAY_NINE, MONDAY_NINE + 2 * HOUR),
        ("ann", MONDAY_NINE + HOUR, MONDAY_NINE + 2 * HOUR),
    ]
    assert unended(told) == []


def test_a_login_after_a_deletion_opens_a_session_of_its_own():
    told = [deleted("ann", MONDAY_NINE - HOUR), login("ann", MONDAY_NINE), logout("ann", MONDAY_NINE + HOUR)]
    assert sessions(told) == [("ann", MONDAY_NINE, MONDAY_NINE + HOUR)]


def test_a_session_id_used_again_opens_another_session():
    told = [
        login("ann", MONDAY_NINE),
        logout("ann", MONDAY_NINE + HOUR),
        login("ann", MONDAY_NINE + 2 * HOUR),
        logout("ann", MONDAY_NINE + 3 * HOUR),
    ]
    assert sessions(told) == [
        ("ann", MONDAY_NINE, MONDAY_NINE + HOUR),
        ("ann", MONDAY_NINE + 2 * HOUR, MONDAY_NINE + 3 * HOUR),
    ]


def test_two_logins_of_one_session_both_end_with_the_first_logout_after_them():
    told = [login("ann", MONDAY_NINE), login("ann", MONDAY_NINE + HOUR), logout("ann", MONDAY_NINE + 2 * HOUR)]
    done = activity(columns_of(history(told)), period=PERIOD)
    assert total(done.sessions["ann"]) == 2 * HOUR
    assert unended(told) == []


def test_an_end_without_a_start_is_ignored():
    told = [
        logout("ann", MONDAY_NINE),
        unassigned("ann", "purecloud-1", MONDAY_NINE),
        left_queue("ann", MONDAY_NINE),
        deleted("ann", MONDAY_NINE),
    ]
    done = activity(columns_of(history(told)), period=PERIOD)
    assert not done.sessions
    assert not done.held
    assert done.queued == frozenset()
    assert done.sessions.unended == []


@pytest.mark.parametrize("client", [Client.API, Client.INTEGRATION])
def test_api_clients_and_integrations_open_no_session_that_counts(client):
    told = [login("ann", MONDAY_NINE, client=client)]
    assert sessions(told) == []
    assert unended(told) == []


@pytest.mark.parametrize("client", [Client.DESKTOP, Client.WEB, Client.MOBILE])
def test_people_work_on_desktop_web_and_mobile(client):
    assert sessions(login("ann", MONDAY_NINE, client=client), logout("ann", MONDAY_NINE + HOUR)) != []


@pytest.mark.parametrize(
    ("label", "start", "end", "inside"),
    [
        ("reaches into the period", "01-15 04:00", "01-15 06:00", ("01-15 05:00", "01-15 06:00")),
        ("ends exactly at its start", "01-15 04:00", "01-15 05:00", None),
        ("begins at its start", "01-15 05:00", "01-15 06:00", ("01-15 05:00", "01-15 06:00")),
        ("one instant at its start", "01-15 05:00", "01-15 05:00", ("01-15 05:00", "01-15 05:00")),
        ("reaches over its end", "02-15 04:00", "02-15 06:00", ("02-15 04:00", "02-15 05:00")),
        ("begins exactly at its end", "02-15 05:00", "02-15 06:00", None),
        ("one instant at its end", "02-15 05:00", "02-15 05:00", None),
        ("one instant just before its end", "02-15 04:59:59", "02-15 04:59:59", ("02-15 04:59:59", "02-15 04:59:59")),
    ],
)
def test_sessions_assignments_and_queue_times_are_clipped_to_the_period(label, start, end, inside):
    done = activity(
        columns_of(
            history(
                login("ann", at(start)),
                logout("ann", at(end)),
                assigned("ann", "purecloud-1", at(start)),
                unassigned("ann", "purecloud-1", at(end)),
                joined_queue("ann", at(start)),
                left_queue("ann", at(end)),
            )
        ),
        period=PERIOD,
    )
    expected = [] if inside is None else [Interval(at(inside[0]), at(inside[1]))]
    assert list(done.sessions.get("ann", [])) == expected
    assert list(done.held.get("ann", {}).get("purecloud-1", [])) == expected
    assert done.queued == (frozenset({"ann"}) if inside else frozenset())


def test_a_session_still_open_at_the_periods_end_reaches_to_it_and_is_noticed_in_the_next():
    told = [login("ann", PERIOD_END - HOUR)]
    assert sessions(told) == [("ann", PERIOD_END - HOUR, PERIOD_END)]
    assert unended(told) == []


def test_an_unended_session_is_noticed_where_its_24th_hour_lies_although_it_hardly_reached_into_the_period():
    started = PERIOD_START - DAY
    assert unended(login("ann", started)) == [("ann", "s", PERIOD_START)]
    assert sessions(login("ann", started)) == []
    assert unended(login("ann", PERIOD_END - DAY)) == []


def test_assignments_and_queue_times_have_no_24_hours():
    told = history(assigned("ann", "purecloud-1", at("01-01 00:00")), joined_queue("ann", at("01-01 00:00")))
    done = activity(columns_of(told), period=PERIOD)
    assert done.held["ann"]["purecloud-1"] == [Interval(PERIOD_START, PERIOD_END)]
    assert done.queued == {"ann"}


def test_a_deletion_ends_assignments_and_queue_times():
    told = history(
        assigned("ann", "purecloud-1", at("01-01 00:00")),
        joined_queue("ann", at("01-01 00:00")),
        assigned("bob", "purecloud-1", at("01-01 00:00")),
        deleted("ann", at("01-10 00:00")),
    )
    done = activity(columns_of(told), period=PERIOD)
    assert done.holders_of("purecloud-1") == {"bob"}
    assert done.queued == frozenset()


def test_an_assignment_ends_only_with_that_of_the_same_product():
    told = history(
        assigned("ann", "purecloud-1", at("01-20 00:00")),
        assigned("ann", "salesforce", at("01-20 00:00")),
        unassigned("ann", "salesforce", at("01-21 00:00")),
    )
    done = activity(columns_of(told), period=PERIOD)
    assert done.held["ann"]["purecloud-1"] == [Interval(at("01-20 00:00"), PERIOD_END)]
    assert done.held["ann"]["salesforce"] == [Interval(at("01-20 00:00"), at("01-21 00:00"))]
    assert done.licenses_of("ann") == {"purecloud-1"}
    assert done.licenses_of("bob") == frozenset()
    assert done.holders_of_a_tier() == {"ann"}


@given(facts=histories)
def test_activity_is_what_looking_at_every_moment_finds(facts: UsageFacts):
    done = activity(columns_of(facts), period=GRID_PERIOD)
    found = {
        user: frozenset().union(*(moments(tick(i.start), tick(i.end)) for i in intervals))
        for user, intervals in done.sessions.items()
    }
    assert found == logged_in(facts)
    holdings = held_by(facts)
    assert {user: set(products) for user, products in done.held.items()} == {
        user: set(products) for user, products in holdings.items()
    }
    for user, products in holdings.items():
        for product, inside in products.items():
            assert total(done.held[user][product]) == stretches(inside & PERIOD_MOMENTS) * TICK
    assert done.queued == on_queue(facts)
    for product in PRODUCTS:
        assert done.holders_of(product) == {user for user, products in holdings.items() if product in products}
    assert {(found.user, found.session, found.at) for found in done.sessions.unended} == left_open(facts)


def left_open(facts: UsageFacts) -> set[tuple]:
    """Return the sessions for which nobody reported an end in 24 hours, by looking at every fact for each."""
    found = set()
    for fact in facts.logins:
        if fact.client not in {Client.DESKTOP, Client.WEB, Client.MOBILE}:
            continue
        ends = [out.at for out in facts.logouts if (out.user, out.session) == (fact.user, fact.session)]
        ends += [gone.at for gone in facts.deletions if gone.user == fact.user]
        if not any(fact.at <= end <= fact.at + DAY for end in ends) and fact.at + DAY in GRID_PERIOD:
            found.add((fact.user, fact.session, fact.at + DAY))
    return found
