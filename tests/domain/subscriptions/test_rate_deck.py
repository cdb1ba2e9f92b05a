"""Rates are found by direction and longest prefix; durations are rounded up to the increment (BR-42)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.rate_deck import Rate, RateDeck


def a_rate(prefix: str, *, direction: str = "outbound", per_minute: str = "0.01") -> Rate:
    return Rate(direction=direction, prefix=prefix, destination=f"to {prefix}", per_minute=Decimal(per_minute))


@pytest.mark.parametrize(
    ("label", "direction", "remote", "prefix"),
    [
        ("the longest of several", "outbound", "+33612345678", "+336"),
        ("the shorter where the longer does not match", "outbound", "+33112345678", "+33"),
        ("the whole number", "outbound", "+15550100", "+15550100"),
        ("a number shorter than the longest prefix", "outbound", "+336", "+336"),
        ("another direction has its own rates", "inbound", "+33612345678", "+"),
        ("no rate for the number", "outbound", "+4930123456", None),
        ("no rate in this direction", "toll_free", "+33612345678", None),
    ],
)
def test_the_longest_matching_prefix_of_the_direction_wins(label, direction, remote, prefix):
    deck = RateDeck(rates=[a_rate("+33"), a_rate("+336"), a_rate("+15550100"), a_rate("+", direction="inbound")])
    found = deck.match(direction=direction, remote=remote)
    assert (found.prefix if found else None) == prefix


def test_an_empty_prefix_matches_every_number_last():
    deck = RateDeck(rates=[a_rate(""), a_rate("+1")])
    assert deck.match(direction="outbound", remote="+49").prefix == ""
    assert deck.match(direction="outbound", remote="+1555").prefix == "+1"


def test_a_deck_without_rates_matches_nothing():
    assert RateDeck(rates=[]).match(direction="outbound", remote="+1555") is None


digits = st.text(alphabet="123", max_size=5)


@given(
    rates=st.lists(st.tuples(st.sampled_from(["outbound", "inbound"]), digits), unique=True, max_size=12),
    remote=digits,
    direction=st.sampled_from(["outbound", "inbound"]),
)
def test_the_match_is_what_trying_every_rate_finds(rates, remote, direction):
    deck = RateDeck(rates=[a_rate(prefix, direction=towards) for towards, prefix in rates])
    candidates = [prefix for towards, prefix in rates if towards == direction and remote.startswith(prefix)]
    found = deck.match(direction=direction, remote=remote)
    assert (found.prefix if found else None) == max(candidates, key=len, default=None)


@pytest.mark.parametrize(
    ("seconds", "adjusted"),
    [(34, 36), (55, 60), (113, 114), (130, 132), (11, 12), (749, 750), (0, 0), (1, 6), (6, 6), (7, 12)],
)
def test_a_duration_is_rounded_up_to_six_seconds_by_default(seconds, adjusted):
    assert RateDeck(rates=[]).adjusted_seconds(seconds) == adjusted


@given(seconds=st.integers(0, 10**6), increment=st.sampled_from([6, 12, 30, 60]))
def test_a_duration_is_rounded_up_to_the_next_increment_and_no_further(seconds, increment):
    adjusted = RateDeck(rates=[], increment_seconds=increment).adjusted_seconds(seconds)
    assert adjusted % increment == 0
    assert 0 <= adjusted - seconds < increment
