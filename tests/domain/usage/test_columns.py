"""What is counted in columns is what counting one fact after the other finds."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.histories import GRID_DATES, GRID_PERIOD, INSTANTS, at, deleted, history, login, logout, working_days
from tests.domain.usage.test_snapshot import DECK, all_terms, whole_histories
from tests.reference.sweeping import count_plainly
from usage.domain.calls import calls_of, joined
from usage.domain.codes import Codes
from usage.domain.columns import columns_of, marks_of
from usage.domain.instants import LAST, microseconds
from usage.domain.intervals import Interval
from usage.domain.sessions import Stretch, pair_each, pair_sessions
from usage.domain.snapshot import count_usage


@settings(max_examples=100)
@given(facts=whole_histories, terms=all_terms)
def test_columns_count_what_counting_one_by_one_does(facts, terms):
    whole = {"terms": terms, "period": GRID_DATES, "window": GRID_PERIOD, "deck": DECK}

    found, expected = count_usage(columns_of(facts), **whole), count_plainly(facts, **whole)

    # Their order among themselves says nothing.
    unrated = [sorted(map(repr, count.calls.unrated)) for count in (found, expected)]
    assert unrated[0] == unrated[1]
    found, expected = (replace(count, calls=replace(count.calls, unrated=())) for count in (found, expected))
    assert found == expected


@settings(max_examples=60)
@given(facts=working_days, cuts=st.lists(st.sampled_from(INSTANTS), min_size=1, max_size=4))
def test_sessions_are_the_same_in_whatever_stretches_they_are_read(facts, cuts):
    whole = columns_of(facts).sessions
    bounds = [min(INSTANTS), *sorted(cuts), max(INSTANTS) + timedelta(days=1)]
    stretches = [
        Stretch(
            logins=marks_of([fact for fact in facts.logins if fact.client <= 3 and start <= fact.at < end]),
            logouts=marks_of([fact for fact in facts.logouts if start <= fact.at < end]),
            until=LAST if end == bounds[-1] else microseconds(end),
        )
        for start, end in pairwise(bounds)
    ]

    parts = pair_sessions(stretches, deletions=facts.deletions, people=Codes())

    assert {user: sorted(parts[user]) for user in parts} == {user: sorted(whole[user]) for user in whole}
    assert sorted(map(repr, parts.unended)) == sorted(map(repr, whole.unended))


@settings(max_examples=60)
@given(histories=st.lists(working_days, min_size=1, max_size=4))
def test_organizations_that_are_read_together_have_the_sessions_they_have_alone(histories):
    """Their users and sessions have the same names, and are others."""
    stretches = [
        Stretch(logins=marks_of([fact for fact in facts.logins if fact.client <= 3]), logouts=marks_of(facts.logouts))
        for facts in histories
    ]

    each = pair_each(stretches, deletions=[facts.deletions for facts in histories])

    for sessions, facts in zip(each, histories, strict=True):
        alone = columns_of(facts).sessions
        assert {user: sorted(sessions[user]) for user in sessions} == {user: sorted(alone[user]) for user in alone}
        assert sorted(map(repr, sessions.unended)) == sorted(map(repr, alone.unended))


@given(facts=whole_histories, place=st.integers(0, 8))
def test_calls_come_back_as_they_were(facts, place):
    parts = [calls_of(facts.calls[:place]), calls_of(facts.calls[place:])]

    assert joined(parts).at(range(len(facts.calls))) == facts.calls
    assert len(joined(parts)) == len(joined(parts).ids) == len(facts.calls)


@pytest.mark.parametrize("users", [("ann", "bob"), ("ann", "ann")])
def test_two_users_may_have_a_session_of_one_name(users):
    told = history(
        login(users[0], at("01-20 14:00")), login(users[1], at("01-20 15:00")), logout(users[1], at("01-20 16:00"))
    )

    sessions = columns_of(told).sessions

    assert len(sessions.unended) == (users[0] != users[1])


def test_a_logout_read_later_comes_before_a_deletion_that_was_known_before_it():
    told = history(login("ann", at("01-20 23:00")), logout("ann", at("01-21 01:00")), deleted("ann", at("01-21 10:00")))
    midnight = microseconds(at("01-21 00:00"))
    stretches = [
        Stretch(logins=marks_of(told.logins), logouts=marks_of([]), until=midnight),
        Stretch(logins=marks_of([]), logouts=marks_of(told.logouts)),
    ]

    sessions = pair_sessions(stretches, deletions=told.deletions, people=Codes())

    assert sessions["ann"] == [Interval(at("01-20 23:00"), at("01-21 01:00"))]
