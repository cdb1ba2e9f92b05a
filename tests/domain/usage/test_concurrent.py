"""The concurrent peak: so many people together for half an hour, and at which tier (BR-21)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.policy import POLICIES, Edition
from tests.domain.agreements import agreed, an_agreement
from tests.domain.histories import (
    GRID_PERIOD,
    ORIGIN,
    PERIOD_END,
    PERIOD_START,
    TICK,
    UsageFacts,
    assigned,
    at,
    billable,
    counted,
    crowd,
    held,
    joined_queue,
    left_queue,
    noticed,
    stay,
    working_days,
)
from tests.domain.moments import (
    Moments,
    held_by,
    level_over_time,
    logged_in,
    longest_run,
    moments,
    on_queue,
    tick,
)
from usage.domain.activity import activity
from usage.domain.columns import columns_of
from usage.domain.concurrent import concurrent_peak
from usage.domain.events import Client
from usage.domain.intervals import Interval
from usage.domain.snapshot import UsageCount

TIERS = ("purecloud-1", "purecloud-2", "purecloud-3")
HALF_AN_HOUR_IN_TICKS = 3
EDITIONS = ("2016", "2019", "2025")


def peak_of(*told, edition: str = "2019", **changes) -> UsageCount:
    return counted(*told, terms=an_agreement(licensing_model="concurrent", edition=edition, **changes))


def levels_over(*spans: tuple[int, str, str]) -> list:
    """Return crowds that add up: each of so many others, from one time of January 20th to another."""
    told, offset = [], 0
    for size, start, end in spans:
        told += crowd(size, at(f"01-20 {start}"), at(f"01-20 {end}"), offset=offset)
        offset += size
    return told


@pytest.mark.parametrize(
    ("label", "told", "unbroken", "accumulated"),
    [
        (
            "10 for 8 h, then 14 for 29 min",
            levels_over((10, "09:00", "17:29"), (4, "17:00", "17:29")),
            10,
            10,
        ),
        (
            "10 for 8 h, then 14 for exactly 30 min",
            levels_over((10, "09:00", "17:30"), (4, "17:00", "17:30")),
            14,
            14,
        ),
        (
            "12 for 20 min and 14 for 20 min back to back, otherwise 10",
            levels_over((10, "09:00", "17:00"), (2, "12:00", "12:20"), (4, "12:20", "12:40")),
            12,
            12,
        ),
        (
            "14 for 20 min in the morning and 14 for 20 min at night, 10 in between",
            levels_over((10, "09:00", "22:00"), (4, "09:00", "09:20"), (4, "21:40", "22:00")),
            10,
            14,
        ),
        (
            "14 for half an hour but for a second in the middle",
            levels_over((10, "09:00", "17:00"), (4, "12:00", "12:15"), (4, "12:15:01", "12:30:01")),
            10,
            14,
        ),
        (
            "14 for a microsecond less than half an hour",
            levels_over((10, "09:00", "17:00"), (4, "12:00", "12:29:59.999999")),
            10,
            10,
        ),
        (
            "four leave and four others come at the same instant",
            levels_over((10, "09:00", "17:00"), (4, "12:00", "12:15"), (4, "12:15", "12:30")),
            14,
            14,
        ),
        ("nobody for long enough", levels_over((5, "09:00", "09:29")), 0, 0),
        ("nobody at all", [], 0, 0),
        ("everyone at one instant", levels_over((5, "09:00", "09:00")), 0, 0),
    ],
)
def test_the_peak_is_the_largest_level_held_for_half_an_hour(label, told, unbroken, accumulated):
    expected = {"2016": unbroken, "2019": unbroken, "2025": accumulated}
    found = {edition: peak_of(told, edition=edition).peak.users for edition in EDITIONS}
    assert found == expected
    assert billable(peak_of(told)) == ({"purecloud-2": unbroken} if unbroken else {})


def test_a_user_counts_once_however_many_sessions_they_have():
    told = [
        *crowd(1, at("01-20 09:00"), at("01-20 10:00")),
        *stay("u-000", at("01-20 09:10"), at("01-20 09:50"), client=Client.MOBILE),
        *stay("u-000", at("01-20 09:20"), at("01-20 09:55"), client=Client.WEB),
    ]
    assert peak_of(told).peak.users == 1


def test_sessions_of_one_user_that_meet_are_no_break():
    told = [
        assigned("ann", "purecloud-1"),
        *stay("ann", at("01-20 09:00"), at("01-20 09:20")),
        *stay("ann", at("01-20 09:20"), at("01-20 09:40")),
    ]
    assert peak_of(told).peak.users == 1


@pytest.mark.parametrize("client", [Client.API, Client.INTEGRATION])
def test_api_clients_and_integrations_are_not_people_logged_in(client):
    told = [assigned("ann", "purecloud-1"), *stay("ann", at("01-20 09:00"), at("01-20 17:00"), client=client)]
    assert peak_of(told).peak.users == 0


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize(
    ("label", "start", "end", "users"),
    [
        ("29 minutes reach into the period", "01-15 04:30", "01-15 05:29", 0),
        ("30 minutes reach into the period", "01-15 04:59", "01-15 05:30", 3),
        ("29 minutes before its end", "02-15 04:31", "02-15 06:00", 0),
        ("30 minutes before its end", "02-15 04:30", "02-15 04:59:59.999999", 0),
        ("half an hour until its end and beyond", "02-15 04:30", "02-15 06:00", 3),
    ],
)
def test_only_time_inside_the_period_counts(label, start, end, users, edition):
    assert peak_of(crowd(3, at(start), at(end)), edition=edition).peak.users == users


# Who is in the pool, and at which tier it is billed


def test_the_pool_is_who_held_a_tier_at_any_instant_of_the_period():
    told = [
        *stay("ann", at("01-20 09:00"), at("01-20 10:00")),
        *held("ann", "purecloud-1", at("02-01 00:00"), at("02-01 00:00")),
        *stay("bob", at("01-20 09:00"), at("01-20 10:00")),
        *held("bob", "purecloud-1", at("01-01 00:00"), PERIOD_START),
    ]
    count = peak_of(told)
    assert (count.peak.users, count.peak.configured, count.peak.people) == (1, 1, {"ann"})
    assert noticed(count) == [("unlicensed_user", "bob")]


def test_nothing_limits_how_many_may_hold_the_license():
    told = [*crowd(3, at("01-20 09:00"), at("01-20 10:00")), *(assigned(f"idle-{n}", "purecloud-2") for n in range(50))]
    peak = peak_of(told).peak
    assert (peak.users, peak.configured) == (3, 53)


@pytest.mark.parametrize(
    ("label", "queue", "users"),
    [
        ("never on queue", [], 0),
        ("on queue at one instant", [joined_queue("ann", at("02-01 00:00")), left_queue("ann", at("02-01 00:00"))], 1),
        ("since long before", [joined_queue("ann", at("01-01 00:00"))], 1),
        ("left exactly at the start", [joined_queue("ann", at("01-01 00:00")), left_queue("ann", PERIOD_START)], 0),
        ("joined exactly at the end", [joined_queue("ann", PERIOD_END)], 0),
        ("somebody else was", [joined_queue("bob", at("02-01 00:00"))], 0),
    ],
)
def test_in_edition_2016_only_who_was_on_queue_is_in_the_pool(label, queue, users):
    told = [assigned("ann", "purecloud-1"), *stay("ann", at("01-20 09:00"), at("01-20 17:00")), *queue]
    older = peak_of(told, edition="2016")
    assert (older.peak.users, older.peak.configured) == (users, 1)
    assert billable(older) == ({"purecloud-1": 1} if users else {})
    assert peak_of(told, edition="2019").peak.users == 1


def test_in_edition_2016_a_holder_of_a_tier_outside_the_pool_is_not_billed_by_name_either():
    told = [
        *stay("ann", at("01-20 09:00"), at("01-20 17:00")),
        assigned("ann", "communicate"),
        *held("ann", "purecloud-1", at("01-20 09:00"), at("01-20 09:01")),
    ]
    count = peak_of(told, edition="2016")
    assert billable(count) == {}
    assert noticed(count) == []


def test_the_four_hours_of_edition_2016_are_not_asked_of_the_pool():
    told = [
        *crowd(2, at("01-20 09:00"), at("01-20 09:30")),
        *held("u-002", "purecloud-3", at("01-20 09:00"), at("01-20 09:01")),
        joined_queue("u-002", at("01-20 09:00")),
        *stay("u-002", at("01-20 09:00"), at("01-20 09:30")),
    ]
    assert billable(peak_of(told, edition="2016")) == {"purecloud-3": 3}


def test_the_peak_is_billed_at_the_highest_tier_anyone_in_the_pool_held_for_an_instant():
    told = [
        *crowd(3, at("01-20 09:00"), at("01-20 10:00"), tier="purecloud-1"),
        *held("absent", "purecloud-3", at("02-01 00:00"), at("02-01 00:00")),
    ]
    count = peak_of(told)
    assert billable(count) == {"purecloud-3": 3}
    assert noticed(count) == [("mixed_tiers", "purecloud-1,purecloud-3")]


def test_in_edition_2016_a_higher_tier_outside_the_pool_does_not_price_the_peak():
    told = [*crowd(3, at("01-20 09:00"), at("01-20 10:00"), tier="purecloud-1"), assigned("absent", "purecloud-3")]
    assert billable(peak_of(told, edition="2016")) == {"purecloud-1": 3}
    assert billable(peak_of(told, edition="2019")) == {"purecloud-3": 3}


def test_a_peak_of_nobody_bills_no_tier_although_one_is_held():
    count = peak_of(assigned("ann", "purecloud-2"))
    assert (count.peak.users, count.peak.tier, count.peak.configured) == (0, "purecloud-2", 1)
    assert billable(count) == {}
    assert (count.peak.runs, count.peak.people) == ([], frozenset())


@pytest.mark.parametrize("edition", EDITIONS)
def test_who_held_only_communicate_or_collaborate_is_counted_by_name_beside_the_peak(edition):
    told = [
        *crowd(2, at("01-20 09:00"), at("01-20 10:00")),
        *stay("dora", at("01-21 09:00"), at("01-21 09:01")),
        assigned("dora", "communicate"),
        *stay("emil", at("01-21 09:00"), at("01-21 09:01")),
        assigned("emil", "collaborate"),
        assigned("absent", "communicate"),
    ]
    assert billable(peak_of(told, edition=edition)) == {"collaborate": 1, "communicate": 1, "purecloud-2": 2}


def test_in_edition_2016_four_hours_are_asked_of_those_counted_by_name_beside_the_peak():
    told = [
        *crowd(2, at("01-20 09:00"), at("01-20 10:00")),
        *stay("dora", at("01-21 09:00"), at("01-21 09:01")),
        *held("dora", "communicate", at("01-21 09:00"), at("01-21 12:59")),
    ]
    assert billable(peak_of(told, edition="2016")) == {"purecloud-2": 2}
    assert billable(peak_of(told, edition="2019")) == {"communicate": 1, "purecloud-2": 2}


def test_only_concurrent_licensing_has_a_peak():
    told = crowd(2, at("01-20 09:00"), at("01-20 10:00"))
    assert counted(told).peak is None
    assert counted(told, terms=an_agreement(licensing_model="hourly")).peak is None


def test_a_commitment_does_not_change_the_peak():
    told = crowd(2, at("01-20 09:00"), at("01-20 10:00"))
    assert billable(peak_of(told, prices=[agreed("purecloud-2", "9")])) == {"purecloud-2": 2}


# Evidence (BR-77)


def test_the_evidence_of_an_unbroken_peak_is_each_time_that_counts_and_who_was_in_the_first():
    told = levels_over((2, "09:00", "17:00"), (1, "10:00", "10:20"), (1, "11:00", "11:40"), (1, "13:00", "13:30"))
    peak = peak_of(told).peak
    assert peak.users == 3
    assert peak.runs == [
        Interval(at("01-20 11:00"), at("01-20 11:40")),
        Interval(at("01-20 13:00"), at("01-20 13:30")),
    ]
    assert peak.people == {"u-000", "u-001", "u-003"}


def test_the_evidence_of_an_accumulated_peak_is_every_time_at_that_level():
    told = levels_over((2, "09:00", "17:00"), (1, "10:00", "10:20"), (1, "11:00", "11:20"))
    peak = peak_of(told, edition="2025").peak
    assert peak.users == 3
    assert peak.runs == [
        Interval(at("01-20 10:00"), at("01-20 10:20")),
        Interval(at("01-20 11:00"), at("01-20 11:20")),
    ]
    assert peak.people == {"u-000", "u-001", "u-002"}


# The same by looking at every moment


@given(facts=working_days, edition=st.sampled_from(Edition))
def test_the_peak_is_what_counting_people_at_every_moment_finds(facts: UsageFacts, edition: Edition):
    holdings = held_by(facts)
    holders = {user for user, products in holdings.items() if products.keys() & set(TIERS)}
    members = holders & on_queue(facts) if edition is Edition.E2016 else holders
    levels = level_over_time(facts, members)
    if edition is Edition.E2025:
        lasting = {n: sum(level >= n for level in levels) for n in range(1, 6)}
    else:
        lasting = {n: longest_run(levels, n) for n in range(1, 6)}
    expected = max((n for n, ticks in lasting.items() if ticks >= HALF_AN_HOUR_IN_TICKS), default=0)
    peak = concurrent_peak(activity(columns_of(facts), period=GRID_PERIOD), policy=POLICIES[edition])
    assert peak.users == expected
    assert peak.configured == len(holders)
    tiers = [tier for tier in TIERS if any(tier in holdings[user] for user in members)]
    assert peak.tier == (tiers[-1] if tiers else None)
    for run in peak.runs:
        assert all(levels[number] >= expected for number in ticks_of(run))
    if peak.runs:
        in_first = [
            {user for user, inside in logged_in(facts).items() if user in members and inside & first}
            for first in ({2 * number + 1 for number in ticks_of(peak.runs[0])}, moments_of(peak.runs[0]))
        ]
        # Who was in for no longer than an instant may be named, or not.
        assert in_first[0] <= peak.people <= in_first[1]


def moments_of(run: Interval) -> Moments:
    return moments(tick(run.start), tick(run.end))


def ticks_of(run: Interval) -> range:
    return range((run.start - ORIGIN) // TICK, (run.end - ORIGIN) // TICK)
