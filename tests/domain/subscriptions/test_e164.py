"""Numbers as codes: a prefix is a range of them, and the longest one wins (BR-42)."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain import e164
from subscriptions.domain.rate_deck import DIRECTIONS, Rate, RateDeck

digits = st.text(st.sampled_from("0129"), max_size=4) | st.text(st.sampled_from("09"), min_size=14, max_size=15)
numbers = digits.map("+{}".format)
# A deck may hold what no number begins with.
prefixes = numbers | st.sampled_from(["", "33", "+1234567890123456"])


@given(found=st.lists(numbers, max_size=8))
def test_a_code_is_its_number(found):
    assert [e164.decode(code) for code in e164.encode(found).tolist()] == found


@pytest.mark.parametrize("wrong", ["", "1", "+1a", "+1 2", "+1234567890123456", "-1", "+١", "+1+2", "++1", "+1\t"])
def test_what_is_no_number_has_no_code(wrong):
    with pytest.raises(ValueError, match="plus sign"):
        e164.encode(["+1", wrong])


@given(
    prefixes=st.lists(st.tuples(st.sampled_from(DIRECTIONS), prefixes), max_size=12),
    remotes=st.lists(numbers, min_size=1, max_size=8),
)
def test_all_calls_together_find_the_rates_that_each_of_them_does(prefixes, remotes):
    rates = [
        Rate(direction=direction, prefix=prefix, destination=str(place), per_minute=Decimal(1))
        for place, (direction, prefix) in enumerate(prefixes)
    ]
    deck = RateDeck(rates=rates)
    calls = [(direction, remote) for direction in DIRECTIONS for remote in remotes]

    places = deck.match_all(
        directions=np.array([DIRECTIONS.index(direction) + 1 for direction, _remote in calls], np.int8),
        remotes=e164.encode([remote for _direction, remote in calls]),
    ).tolist()

    matched = [deck.match(direction=direction, remote=remote) for direction, remote in calls]
    assert [None if place < 0 else rates[place] for place in places] == matched
