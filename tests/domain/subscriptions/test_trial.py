"""How long a trial lasts, when it is suspended, when its data goes, and what takes that back (BR-19)."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.trial import (
    RemovalCause,
    TrialFacts,
    TrialState,
    TrialStep,
    days_left,
    end_of,
    is_ending_soon,
    is_offered_in,
    is_over_storage,
    next_step,
    removal_at,
    removal_cause,
    state_at,
    suspended_from,
)

STARTED = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def day(number: float) -> datetime:
    """Return the instant so many days after the start."""
    return STARTED + timedelta(days=number)


def a_trial(**facts) -> TrialFacts:
    """Return a trial of 30 days, started on March 1."""
    return TrialFacts(**{"started_at": STARTED, "ends_at": day(30)} | facts)


FREE = {"ends_at": None}


# --- Its end ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "facts", "at", "state"),
    [
        ("at its start", {}, STARTED, TrialState.RUNNING),
        ("a second before its end", {}, day(30) - SECOND, TrialState.RUNNING),
        ("at the instant of its end", {}, day(30), TrialState.SUSPENDED),
        ("the same instant on another clock", {}, day(30).astimezone(ZoneInfo("Asia/Tokyo")), TrialState.SUSPENDED),
        (
            "an hour before, though the wall clock there shows a later one",
            {},
            (day(30) - timedelta(hours=1)).astimezone(timezone(timedelta(hours=14))),
            TrialState.RUNNING,
        ),
        ("ended by its admin", {"ended_at": day(3)}, day(3), TrialState.SUSPENDED),
        ("a second before its admin ended it", {"ended_at": day(3)}, day(3) - SECOND, TrialState.RUNNING),
        ("ended after its end", {"ended_at": day(40)}, day(30), TrialState.SUSPENDED),
        ("the free service after years", FREE, day(3000), TrialState.RUNNING),
        ("the free service, ended", FREE | {"ended_at": day(400)}, day(400), TrialState.SUSPENDED),
        ("paid before its end", {"has_subscription": True}, day(3), TrialState.CONVERTED),
        ("paid, at its end", {"has_subscription": True}, day(30), TrialState.CONVERTED),
        ("paid after it was suspended", {"has_subscription": True, "ended_at": day(3)}, day(40), TrialState.CONVERTED),
        ("removed", {"removed_at": day(44)}, day(44), TrialState.REMOVED),
    ],
)
def test_what_a_trial_is(label, facts, at, state):
    assert state_at(a_trial(**facts), at=at) is state


def test_thirty_days_are_elapsed_days_also_over_a_change_of_the_clocks():
    started = datetime(2026, 3, 1, 12, tzinfo=ZoneInfo("America/New_York"))
    facts = a_trial(started_at=started, ends_at=started.astimezone(UTC) + timedelta(days=30))

    end = end_of(facts)

    assert end.astimezone(ZoneInfo("America/New_York")).hour == 13
    assert state_at(facts, at=end - SECOND) is TrialState.RUNNING


@pytest.mark.parametrize(
    ("label", "facts", "suspended"),
    [
        ("a trial", {}, day(30)),
        ("ended early", {"ended_at": day(2)}, day(2)),
        ("without a limit", FREE, None),
        ("with a subscription", {"has_subscription": True}, None),
        ("ended, then paid", {"has_subscription": True, "ended_at": day(2)}, None),
    ],
)
def test_from_when_usage_is_refused(label, facts, suspended):
    assert suspended_from(a_trial(**facts)) == suspended


@pytest.mark.parametrize(
    ("label", "facts", "at", "left"),
    [
        ("all of them", {}, STARTED, 30),
        ("a second later a begun day still counts whole", {}, STARTED + SECOND, 30),
        ("exactly one", {}, day(29), 1),
        ("the last second", {}, day(30) - SECOND, 1),
        ("the end", {}, day(30), 0),
        ("long after", {}, day(300), 0),
        ("no limit", FREE, day(300), None),
        ("ended early", {"ended_at": day(10)}, day(9.5), 1),
    ],
)
def test_the_days_that_are_left(label, facts, at, left):
    assert days_left(a_trial(**facts), at=at) == left


@pytest.mark.parametrize(
    ("label", "facts", "at", "soon"),
    [
        ("more than a week", {}, day(23) - SECOND, False),
        ("a week", {}, day(23), True),
        ("ended", {}, day(30), False),
        ("no limit", FREE, day(30), False),
        ("paid", {"has_subscription": True}, day(29), False),
    ],
)
def test_what_ends_soon(label, facts, at, soon):
    assert is_ending_soon(a_trial(**facts), at=at) is soon


# --- Its country and its storage -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("country", "offered"), [("US", True), ("us", False), ("FR", False), ("", False)])
def test_only_the_countries_of_the_list_are_offered(country, offered):
    assert is_offered_in(country, countries=["US", "DE"]) is offered


@pytest.mark.parametrize(
    ("gigabytes", "over"), [(None, False), ("0", False), ("1000", False), ("1000.000001", True), ("1105", True)]
)
def test_past_one_terabyte_is_past_a_thousand_gigabytes(gigabytes, over):
    assert is_over_storage(None if gigabytes is None else Decimal(gigabytes)) is over


# --- Its removal -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "facts", "at", "cause"),
    [
        ("running", {}, day(29), None),
        ("ended", {"last_login_at": day(29)}, day(30), RemovalCause.ENDED),
        ("nobody ever logged in, a second before", FREE, day(30) - SECOND, None),
        ("nobody ever logged in", FREE, day(30), RemovalCause.INACTIVE),
        ("last login 30 days ago, a second before", FREE | {"last_login_at": day(5)}, day(35) - SECOND, None),
        ("last login 30 days ago", FREE | {"last_login_at": day(5)}, day(35), RemovalCause.INACTIVE),
        ("a login that is told of from before its start", FREE | {"last_login_at": day(-90)}, day(29), None),
        ("extended, unused", {"ends_at": day(90)}, day(31), RemovalCause.INACTIVE),
        ("a person asked", {"removal_asked_at": day(2)}, day(2), RemovalCause.ASKED),
        ("a person will have asked", {"removal_asked_at": day(2)}, day(2) - SECOND, None),
        ("paid, ended", {"has_subscription": True}, day(31), None),
        ("paid, unused", FREE | {"has_subscription": True}, day(90), None),
        ("paid after a person asked", {"has_subscription": True, "removal_asked_at": day(2)}, day(3), None),
        ("gone", {"removed_at": day(44)}, day(45), None),
    ],
)
def test_why_data_is_to_go(label, facts, at, cause):
    assert removal_cause(a_trial(**facts), at=at) is cause


WARNED = {"warned_at": day(30), "warning_sent_at": day(30)}
UNUSED = FREE | WARNED


@pytest.mark.parametrize(
    ("label", "facts", "at", "step"),
    [
        ("nothing to do", {}, day(10), None),
        ("its end comes", {}, day(30), TrialStep.WARN),
        ("warned just now", WARNED, day(30), None),
        ("a second before two weeks are over", WARNED, day(44) - SECOND, None),
        ("two weeks after the warning", WARNED, day(44), TrialStep.REMOVE),
        ("long after", WARNED, day(400), TrialStep.REMOVE),
        ("the mail never left", {"warned_at": day(30)}, day(400), None),
        ("the mail left five days late", WARNED | {"warning_sent_at": day(35)}, day(49) - SECOND, None),
        ("two weeks after it left", WARNED | {"warning_sent_at": day(35)}, day(49), TrialStep.REMOVE),
        ("the sweep was away for a month", {}, day(60), TrialStep.WARN),
        ("unused for 30 days", FREE, day(30), TrialStep.WARN),
        ("unused still", UNUSED, day(43), None),
        ("unused for two weeks more", UNUSED, day(44), TrialStep.REMOVE),
        ("a login after the warning", UNUSED | {"last_login_at": day(33)}, day(33), TrialStep.WITHDRAW),
        ("a login in its last second", UNUSED | {"last_login_at": day(44) - SECOND}, day(44), TrialStep.WITHDRAW),
        ("an earlier login that we hear of late", UNUSED | {"last_login_at": day(2)}, day(40), TrialStep.WITHDRAW),
        (
            "a login after the warning, then nothing for 30 days",
            UNUSED | {"last_login_at": day(31)},
            day(62),
            TrialStep.WITHDRAW,
        ),
        ("warned anew of that", FREE | {"last_login_at": day(31)}, day(62), TrialStep.WARN),
        (
            "extended after the warning",
            WARNED | {"ends_at": day(60), "last_login_at": day(29)},
            day(40),
            TrialStep.WITHDRAW,
        ),
        ("unused, and ended meanwhile", UNUSED | {"ended_at": day(40)}, day(44), TrialStep.REMOVE),
        ("paid after the warning", WARNED | {"has_subscription": True}, day(44), TrialStep.WITHDRAW),
        ("asked for, without a warning", {"removal_asked_at": day(5)}, day(5), TrialStep.REMOVE),
        ("asked for, but paid", {"removal_asked_at": day(5), "has_subscription": True}, day(6), None),
        ("gone", WARNED | {"removed_at": day(44)}, day(50), None),
    ],
)
def test_what_is_to_be_done_next(label, facts, at, step):
    assert next_step(a_trial(**facts), at=at) is step


def test_when_the_data_goes_is_known_once_the_warning_left():
    assert removal_at(a_trial(warned_at=day(30))) is None
    assert removal_at(a_trial(**WARNED)) == day(44)


OPTIONAL_DAY = st.none() | st.integers(0, 200).map(day)


@given(
    ends_at=OPTIONAL_DAY,
    ended_at=OPTIONAL_DAY,
    last_login_at=OPTIONAL_DAY,
    warned_at=OPTIONAL_DAY,
    removal_asked_at=OPTIONAL_DAY,
    at=st.integers(0, 400).map(day),
)
def test_a_paid_organization_is_never_suspended_warned_or_removed(at, **facts):
    paid = TrialFacts(started_at=STARTED, has_subscription=True, warning_sent_at=facts["warned_at"], **facts)

    assert state_at(paid, at=at) is TrialState.CONVERTED
    assert suspended_from(paid) is None
    assert next_step(paid, at=at) in {None, TrialStep.WITHDRAW}


@given(
    ends_at=OPTIONAL_DAY,
    ended_at=OPTIONAL_DAY,
    last_login_at=OPTIONAL_DAY,
    warned_at=OPTIONAL_DAY,
    at=st.integers(0, 400).map(day),
)
def test_nothing_goes_without_a_warning_two_weeks_before(at, **facts):
    trial = TrialFacts(started_at=STARTED, warning_sent_at=facts["warned_at"], **facts)

    if next_step(trial, at=at) is TrialStep.REMOVE:
        assert trial.warned_at is not None
        assert at - trial.warned_at >= timedelta(days=14)
        assert trial.last_login_at is None or trial.last_login_at <= trial.warned_at or end_of(trial) <= trial.warned_at
