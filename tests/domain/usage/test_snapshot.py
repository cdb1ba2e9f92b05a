"""A period counted as a whole: exceptions, evidence, and that neither order nor repetition of facts matters (BR-77)."""

from dataclasses import fields, replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.rate_deck import Rate, RateDeck
from tests.domain.agreements import an_agreement
from tests.domain.histories import (
    GRID_DATES,
    GRID_PERIOD,
    INSTANTS,
    PERIOD,
    PERIOD_END,
    PERIOD_START,
    PRODUCTS,
    UsageFacts,
    assigned,
    at,
    billable,
    counted,
    crowd,
    held,
    history,
    joined_queue,
    login,
    made_of,
    noticed,
    stay,
    working_days,
)
from usage.domain.columns import columns_of
from usage.domain.events import Call, Consumption, Direction, EventKind, EventType, NumberFact, StorageReading
from usage.domain.snapshot import UsageCount, count_usage

NOON, ONE = at("01-20 12:00"), at("01-20 13:00")


def people(count: UsageCount) -> dict[str, str | None]:
    return {person.user: person.license for person in count.people}


# Exceptions


def test_exceptions_are_listed_by_code_and_subject_each_once():
    count = counted(
        stay("zoe", NOON, ONE),
        stay("zoe", NOON, ONE),
        stay("bob", NOON, ONE),
        login("ann", NOON, session="s-9"),
        login("ann", NOON, session="s-1"),
        assigned("ann", "purecloud-3"),
        assigned("dora", "purecloud-1"),
        assigned("dora", "purecloud-2"),
    )
    assert noticed(count) == [
        ("mixed_tiers", "purecloud-1,purecloud-2,purecloud-3"),
        ("unended_session", "s-1"),
        ("unended_session", "s-9"),
        ("unlicensed_user", "bob"),
        ("unlicensed_user", "zoe"),
    ]


@pytest.mark.parametrize("licensing_model", ["named", "concurrent", "hourly"])
@pytest.mark.parametrize("edition", ["2016", "2019", "2025"])
def test_tiers_are_mixed_if_two_were_assigned_at_any_instant_to_anyone(licensing_model, edition):
    terms = an_agreement(licensing_model=licensing_model, edition=edition)
    one_tier = [assigned("ann", "purecloud-1"), assigned("bob", "purecloud-1"), assigned("ann", "communicate")]
    assert noticed(counted(one_tier, terms=terms)) == []
    at_one_instant = held("carl", "purecloud-2", NOON, NOON)
    assert noticed(counted(one_tier, at_one_instant, terms=terms)) == [("mixed_tiers", "purecloud-1,purecloud-2")]
    before = held("carl", "purecloud-2", at("01-01 00:00"), PERIOD_START)
    assert noticed(counted(one_tier, before, terms=terms)) == []
    after = assigned("carl", "purecloud-2", PERIOD_END)
    assert noticed(counted(one_tier, after, terms=terms)) == []


# People behind the numbers


def test_everyone_who_logged_in_is_named_with_their_times_and_the_license_counted():
    count = counted(
        stay("ann", NOON, ONE),
        stay("ann", at("01-20 12:30"), at("01-20 13:30")),
        stay("ann", at("01-15 04:00"), at("01-15 05:30")),
        assigned("ann", "purecloud-1"),
        stay("bob", NOON, ONE),
        assigned("carl", "purecloud-1"),
    )
    ann, bob = count.people
    assert (ann.user, ann.license) == ("ann", "purecloud-1")
    assert (ann.first_login_at, ann.last_seen_at) == (PERIOD_START, at("01-20 13:30"))
    assert ann.logged_in.total_seconds() == 2 * 3600
    assert (bob.user, bob.license) == ("bob", None)


def test_in_concurrent_licensing_people_are_named_with_their_tier_or_the_license_counted_by_name():
    terms = an_agreement(licensing_model="concurrent")
    count = counted(
        stay("ann", NOON, ONE),
        assigned("ann", "communicate"),
        assigned("ann", "purecloud-1"),
        held("ann", "purecloud-2", NOON, NOON),
        stay("bob", NOON, ONE),
        assigned("bob", "communicate"),
        stay("carl", NOON, ONE),
        terms=terms,
    )
    assert people(count) == {"ann": "purecloud-2", "bob": "communicate", "carl": None}


def test_in_edition_2016_a_holder_of_a_tier_who_was_never_on_queue_is_named_without_a_license():
    terms = an_agreement(licensing_model="concurrent", edition="2016")
    count = counted(
        crowd(1, NOON, ONE),
        stay("ann", NOON, ONE),
        assigned("ann", "purecloud-2"),
        joined_queue("bob", NOON),
        terms=terms,
    )
    assert people(count) == {"ann": None, "u-000": "purecloud-2"}


# Neither order nor repetition matters

DECK = RateDeck(
    rates=[
        Rate(direction="outbound", prefix="+33", destination="France", per_minute=Decimal("0.0470")),
        Rate(direction="outbound", prefix="+336", destination="France", per_minute=Decimal("0.047")),
        Rate(direction="inbound", prefix="+", destination="Anywhere", per_minute=Decimal("0.0085")),
    ]
)
GIGABYTES = [Decimal(1), Decimal("2.5"), Decimal(40)]

whole_histories = st.builds(
    lambda facts, calls, consumptions, readings, activations, releases: replace(
        facts,
        calls=calls,
        consumptions=consumptions,
        readings=readings,
        activations=activations,
        releases=releases,
    ),
    working_days,
    st.lists(made_of(Call, ["c-1", "c-2"], list(Direction), ["+331", "+336", "+49"], range(90), INSTANTS), max_size=8),
    st.lists(made_of(Consumption, ["basic-ivr", "api-requests"], range(900), INSTANTS), max_size=4),
    st.lists(made_of(StorageReading, GIGABYTES, INSTANTS), max_size=4),
    st.lists(made_of(NumberFact, ["+1", "+2"], ["did-number"], INSTANTS), max_size=4),
    st.lists(made_of(NumberFact, ["+1", "+2"], ["did-number"], INSTANTS), max_size=4),
)
all_terms = st.builds(
    lambda licensing_model, edition: an_agreement(
        licensing_model=licensing_model, edition=edition, add_ons=frozenset({"salesforce"})
    ),
    st.sampled_from(["named", "concurrent", "hourly"]),
    st.sampled_from(["2016", "2019", "2025"]),
)


def count_of(facts: UsageFacts, terms) -> UsageCount:
    return count_usage(columns_of(facts), terms=terms, period=GRID_DATES, window=GRID_PERIOD, deck=DECK)


@given(facts=whole_histories, terms=all_terms, order=st.randoms(use_true_random=False))
def test_the_order_of_arrival_is_irrelevant(facts, terms, order):
    mixed = replace(
        facts,
        **{
            kind.name: order.sample(known, len(known)) for kind in fields(facts) if (known := getattr(facts, kind.name))
        },
    )
    first, second = count_of(facts, terms), count_of(mixed, terms)
    assert sorted(map(repr, first.calls.unrated)) == sorted(map(repr, second.calls.unrated))
    assert replace(first, calls=replace(first.calls, unrated=())) == replace(
        second, calls=replace(second.calls, unrated=())
    )


@given(facts=whole_histories, terms=all_terms)
def test_a_fact_reported_twice_under_two_identities_counts_once_where_it_says_nothing_new(facts, terms):
    counting = {"calls", "consumptions", "activations"}
    twice = replace(
        facts,
        **{kind.name: getattr(facts, kind.name) * 2 for kind in fields(facts) if kind.name not in counting},
    )
    assert count_of(twice, terms) == count_of(facts, terms)


@given(facts=working_days, terms=all_terms)
def test_products_that_are_neither_licenses_nor_add_ons_count_for_nothing(facts, terms):
    billable = count_of(facts, terms).billable
    assert set(billable) <= set(PRODUCTS)
    assert all(quantity >= 0 and quantity == quantity.to_integral_value() for quantity in billable.values())


# The types of facts


def test_every_stored_kind_of_event_has_its_type():
    assert {kind.event_type for kind in EventKind} == set(EventType)
    assert EventKind.LOGGED_IN.event_type == "user.logged_in"


@pytest.mark.parametrize(
    ("case", "held", "billed"),
    [
        ("a higher one is billed at the tier decided", "purecloud-3", "purecloud-2"),
        ("a lower one stays: nobody decided to raise it", "purecloud-1", "purecloud-1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_decision_about_the_tier_of_a_peak_only_lowers_it(case, held, billed):
    terms = an_agreement(licensing_model="concurrent")
    period = terms.period(0)
    columns = columns_of(history(crowd(3, at("01-20 14:00"), at("01-20 22:00"), tier=held)))

    count = count_usage(columns, terms=terms, period=period, window=PERIOD, deck=None, peak_tier="purecloud-2")

    assert billable(count) == {billed: 3}
