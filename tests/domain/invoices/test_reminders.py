"""Which reminder is due when, and which comes next (BR-82)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.domain.promises import PromiseState, last_day_broken, pauses_until, promise_state
from invoices.domain.reminders import Tone, due_dates_by_step, next_reminder, step_to_send, steps_of
from subscriptions.domain.reminders import are_reminder_days

USUAL = [3, 14, 30]
DUE = date(2026, 3, 1)


def day(after: int) -> date:
    return DUE + timedelta(days=after)


@pytest.mark.parametrize(
    ("label", "reached", "on", "sent"),
    [
        ("on the due date", 0, 0, None),
        ("two days past due", 0, 2, None),
        ("the first step", 0, 3, 3),
        ("a sweep that runs twice", 3, 3, None),
        ("a sweep that is late", 0, 10, 3),
        ("the day before the second step", 3, 13, None),
        ("the second step", 3, 14, 14),
        ("the last step", 14, 30, 30),
        ("after three missed months: the highest alone", 0, 90, 30),
        ("two steps missed", 3, 45, 30),
        ("all have gone out", 30, 400, None),
        ("the schedule was longer before", 60, 90, None),
    ],
)
def test_the_latest_step_that_is_due_goes_out_once(label, reached, on, sent):
    step = step_to_send(USUAL, due_date=DUE, reached=reached, on=day(on))

    assert (step and step.after_days) == sent, label


@pytest.mark.parametrize(
    ("label", "schedule", "tones"),
    [
        ("the usual one", USUAL, [Tone.FRIENDLY, Tone.FIRM, Tone.FINAL]),
        ("two steps", [7, 21], [Tone.FRIENDLY, Tone.FINAL]),
        ("one is not a last warning", [10], [Tone.FRIENDLY]),
        ("nobody is reminded", [], []),
    ],
)
def test_the_tone_follows_from_the_place_in_the_schedule(label, schedule, tones):
    assert [step.tone for step in steps_of(schedule)] == tones, label


@pytest.mark.parametrize(
    ("label", "reached", "on", "paused_until", "level", "comes"),
    [
        ("before the first", 0, 1, None, 1, 3),
        ("the first is due today", 0, 5, None, 1, 5),
        ("after the first", 3, 5, None, 2, 14),
        ("promised until the day after the tenth", 3, 5, 11, 2, 14),
        ("promised over a step: the step waits", 3, 5, 20, 2, 21),
        ("promised over two steps: the later one", 3, 5, 40, 3, 41),
    ],
)
def test_what_comes_next(label, reached, on, paused_until, level, comes):
    until = None if paused_until is None else day(paused_until)
    found = next_reminder(USUAL, due_date=DUE, reached=reached, on=day(on), paused_until=until)

    assert found is not None, label
    assert (found.step.level, found.on) == (level, day(comes)), label


def test_nothing_comes_after_the_last_step():
    assert next_reminder(USUAL, due_date=DUE, reached=30, on=day(31)) is None
    assert next_reminder([], due_date=DUE, reached=0, on=day(31)) is None


schedules = st.lists(st.integers(1, 365), max_size=6, unique=True).map(sorted)


@given(schedules, st.integers(-10, 500), st.integers(0, 365))
def test_what_comes_next_is_what_a_daily_sweep_would_send_first(schedule, on, reached):
    found = next_reminder(schedule, due_date=DUE, reached=reached, on=day(on))
    days = (day(later) for later in range(on, 900))
    swept = ((each, step_to_send(schedule, due_date=DUE, reached=reached, on=each)) for each in days)
    first = next(((each, step) for each, step in swept if step is not None), None)

    assert (found and (found.on, found.step)) == first


@given(schedules, st.integers(-10, 500))
def test_the_due_dates_of_the_steps_tell_which_step_is_due(schedule, past_due):
    on = day(past_due)
    found = [
        step
        for step, first, last in due_dates_by_step(schedule, on=on)
        if (first is None or first <= DUE) and last >= DUE
    ]
    due = step_to_send(schedule, due_date=DUE, reached=0, on=on)

    assert found == ([due] if due else [])


@given(schedules, st.lists(st.integers(0, 500), max_size=12).map(sorted))
def test_however_the_sweeps_fall_no_step_goes_out_twice_and_none_after_a_later_one(schedule, sweeps):
    sent, reached = [], 0
    for on in sweeps:
        step = step_to_send(schedule, due_date=DUE, reached=reached, on=day(on))
        if step is not None:
            sent.append(step.after_days)
            reached = step.after_days

    assert sent == sorted(set(sent))
    assert all(step_to_send(schedule, due_date=DUE, reached=reached, on=day(on)) is None for on in sweeps)


@pytest.mark.parametrize(
    ("label", "stands", "is_paid", "on", "state"),
    [
        ("before the day", True, False, date(2026, 4, 9), PromiseState.WAITING),
        ("on the day", True, False, date(2026, 4, 10), PromiseState.WAITING),
        ("the day after, when it is recorded", True, False, date(2026, 4, 11), PromiseState.WAITING),
        ("two days after", True, False, date(2026, 4, 12), PromiseState.BROKEN),
        ("paid late is kept", True, True, date(2026, 5, 1), PromiseState.KEPT),
        ("replaced", False, False, date(2026, 4, 12), PromiseState.OVER),
    ],
)
def test_how_a_promise_for_april_10_stands(label, stands, is_paid, on, state):
    assert promise_state(promised_on=date(2026, 4, 10), stands=stands, is_paid=is_paid, on=on) is state, label


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(-3, 5))
def test_a_promise_keeps_reminders_back_exactly_as_long_as_it_is_not_broken(promised_on, later):
    on = promised_on + timedelta(days=later)

    assert (on <= pauses_until(promised_on)) is (promised_on > last_day_broken(on=on))


@pytest.mark.parametrize(
    ("days", "may_be"),
    [
        ([3, 14, 30], True),
        ([], True),
        ([1, 365], True),
        ([0, 3], False),
        ([3, 3], False),
        ([14, 3], False),
        ([366], False),
        ([1, 2, 3, 4, 5, 6, 7], False),
    ],
)
def test_which_days_make_a_schedule(days, may_be):
    assert are_reminder_days(days) is may_be
