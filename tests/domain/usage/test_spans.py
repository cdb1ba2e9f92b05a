"""Spans and levels in columns: what touches, what is far apart, and where nothing is (BR-21, BR-23, BR-41)."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.histories import at
from usage.domain.codes import Codes
from usage.domain.instants import LAST, instant_at, microseconds
from usage.domain.intervals import Interval
from usage.domain.levels import Level, levels
from usage.domain.sessions import Sessions
from usage.domain.spans import LARGEST, Marks, Spans, first_ends

NINE, TEN, ELEVEN, NOON = (at(f"01-20 {hour}:00") for hour in ("09", "10", "11", "12"))


def spans(*rows: tuple[int, object, object]) -> Spans:
    """Return spans, each as its key and its two instants."""
    keys, starts, ends = zip(*rows, strict=True) if rows else ((), (), ())
    return Spans(
        np.array(keys, np.int64),
        np.array([microseconds(start) for start in starts], np.int64),
        np.array([microseconds(end) for end in ends], np.int64),
    )


def marks(rows: list[tuple[int, int]]) -> Marks:
    """Return marks, each as its key and its instant."""
    return Marks(np.array([key for key, _at in rows], np.int64), np.array([at for _key, at in rows], np.int64))


def test_whoever_takes_over_at_an_instant_leaves_one_level():
    found = levels(spans((0, NINE, TEN), (1, TEN, ELEVEN)))
    assert list(found) == [Level(interval=Interval(NINE, ELEVEN), users=1)]


def test_a_time_of_nobody_is_no_level():
    found = levels(spans((0, NINE, TEN), (1, ELEVEN, NOON)))
    assert list(found) == [
        Level(interval=Interval(NINE, TEN), users=1),
        Level(interval=Interval(ELEVEN, NOON), users=1),
    ]


def test_where_nobody_was_no_level_lasts():
    assert levels(spans()).unbroken(1) == timedelta()
    assert levels(spans()).highest == 0


def test_whoever_comes_at_the_end_of_a_time_or_left_at_its_start_was_not_in_it():
    told = spans((0, NINE, TEN), (1, TEN, ELEVEN), (2, ELEVEN, NOON))
    people = Codes()
    people.add(["ann", "bob", "cid"])
    sessions = Sessions(people=people, spans=told, unended=[])
    assert sessions.users_in(told, Interval(TEN, ELEVEN)) == {"bob"}


@given(
    starts=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), max_size=12),
    ends=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), max_size=12),
)
def test_each_start_has_the_first_end_of_its_key_that_is_not_before_it(starts, ends):
    expected = [min([then for other, then in ends if other == key and then >= at], default=LAST) for key, at in starts]
    assert first_ends(marks(starts), marks(ends)).tolist() == expected


def test_a_login_and_its_end_are_found_however_far_apart_the_ends_are():
    starts = marks([(5, 10), (1, 10)])
    ends = marks([(1, 30), (5, 20), (1, 5), (5, LARGEST // 4)])
    assert first_ends(starts, ends).tolist() == [20, 30]


def test_what_does_not_fit_into_one_column_is_refused():
    far = Spans(np.array([LARGEST // 4], np.int64), np.array([0], np.int64), np.array([9], np.int64))
    with pytest.raises(ValueError, match=r"^So many keys over so long a time do not fit into one column\.$"):
        far.united()


def test_instants_are_told_to_the_microsecond():
    assert instant_at(microseconds(NINE) + 1) - NINE == timedelta(microseconds=1)
