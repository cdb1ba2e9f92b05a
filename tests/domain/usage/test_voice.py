"""Calls by direction, destination and rate, at durations rounded up (BR-42)."""

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.rate_deck import DIRECTIONS, Rate, RateDeck
from tests.domain.histories import (
    GRID_PERIOD,
    INSTANTS,
    ORIGIN,
    PERIOD,
    PERIOD_END,
    PERIOD_START,
    TICK,
    TICKS,
    at,
    call,
    counted,
    history,
    made_of,
)
from usage.domain.calls import calls_of
from usage.domain.events import Call, Direction
from usage.domain.voice import MatchedCalls, match_calls


def rate(direction: str, prefix: str, destination: str, per_minute: str) -> Rate:
    return Rate(direction=direction, prefix=prefix, destination=destination, per_minute=Decimal(per_minute))


DECK = RateDeck(
    rates=[
        rate("outbound", "+33", "France", "0.0470"),
        rate("outbound", "+336", "France mobile", "0.1500"),
        rate("outbound", "+337", "France mobile", "0.15"),
        rate("outbound", "+338", "France", "0.0500"),
        rate("inbound", "+", "Anywhere", "0.0085"),
    ]
)
NOON = at("01-20 12:00")


def matched(*told, deck: RateDeck | None = DECK) -> MatchedCalls:
    return match_calls(calls_of(history(*told).calls), deck=deck, period=PERIOD)


def entries(found: MatchedCalls) -> list[tuple]:
    return [(use.rate.direction, use.rate.destination, use.rate.per_minute, dict(use.calls)) for use in found.rated]


def test_the_stored_directions_of_calls_are_those_of_rates_in_their_order():
    assert [(direction.name.lower(), int(direction)) for direction in Direction] == [
        (direction, number) for number, direction in enumerate(DIRECTIONS, start=1)
    ]


def test_calls_are_grouped_by_direction_destination_and_rate_whatever_the_prefix():
    found = matched(
        call(34, NOON, remote="+33111"),
        call(36, NOON, remote="+33222"),
        call(37, NOON, remote="+33222"),
        call(60, NOON, remote="+336"),
        call(60, NOON, remote="+3371"),
        call(60, NOON, remote="+338"),
        call(11, NOON, remote="+15550100", direction="inbound"),
    )
    assert entries(found) == [
        ("inbound", "Anywhere", Decimal("0.0085"), {12: 1}),
        ("outbound", "France", Decimal("0.0470"), {36: 2, 42: 1}),
        ("outbound", "France", Decimal("0.0500"), {60: 1}),
        ("outbound", "France mobile", Decimal("0.15"), {60: 2}),
    ]
    assert found.unrated == []


def test_a_call_without_a_matching_prefix_of_its_direction_is_unrated():
    lost = call(60, NOON, remote="+4930", call_id="c-1")
    free = call(60, NOON, remote="+33111", direction="toll_free", call_id="c-2")
    found = matched(lost, free, call(60, NOON, remote="+33111", call_id="c-3"))
    assert [row.call_id for row in found.unrated] == ["c-1", "c-2"]
    assert len(found.rated) == 1


def test_without_a_rate_deck_no_call_is_rated_nor_unrated():
    found = matched(call(60, NOON, remote="+33111"), deck=None)
    assert (found.rated, found.unrated) == ((), ())


def test_an_unrated_call_outside_the_period_is_none_of_its_business():
    assert matched(call(60, PERIOD_END, remote="+4930")).unrated == []


@pytest.mark.parametrize(
    ("label", "end", "counts"),
    [
        ("ended exactly at the start, though it began before", PERIOD_START, True),
        ("ended just before the start", at("01-15 04:59:59"), False),
        ("ended just before the end", at("02-15 04:59:59"), True),
        ("ended exactly at the end", PERIOD_END, False),
    ],
)
def test_a_call_belongs_to_the_period_that_holds_its_end(label, end, counts):
    assert bool(matched(call(3600, end, remote="+33111")).rated) is counts


def test_the_count_of_a_period_rates_its_calls():
    count = counted(call(34, NOON, remote="+33111"), deck=DECK)
    assert entries(count.calls) == [("outbound", "France", Decimal("0.0470"), {36: 1})]
    assert counted(call(34, NOON, remote="+33111")).calls.rated == ()


remotes = ("+331", "+336", "+3361", "+337", "+338", "+49", "+1")
calls = st.lists(made_of(Call, ["c"], list(Direction), remotes, range(200), INSTANTS), max_size=25)


@given(calls=calls)
def test_every_call_of_the_period_is_either_in_one_entry_or_unrated(calls):
    found = match_calls(calls_of(calls), deck=DECK, period=GRID_PERIOD)
    expected: Counter[tuple] = Counter()
    unrated = 0
    for row in calls:
        if not ORIGIN <= row.at < ORIGIN + TICKS * TICK:
            continue
        fitting = [
            known
            for known in DECK.rates
            if known.direction == row.direction.name.lower() and row.remote.startswith(known.prefix)
        ]
        if not fitting:
            unrated += 1
            continue
        best = max(fitting, key=lambda known: len(known.prefix))
        adjusted = next(seconds for seconds in range(0, 1000, 6) if seconds >= row.seconds)
        expected[best.direction, best.destination, best.per_minute, adjusted] += 1
    assert len(found.unrated) == unrated
    assert {
        (use.rate.direction, use.rate.destination, use.rate.per_minute, seconds): number
        for use in found.rated
        for seconds, number in use.calls.items()
    } == expected
