"""When a webhook is tried again, and where it stands."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.webhook import (
    KEPT_FOR,
    LONGEST_ASKED,
    LONGEST_PAUSE,
    LOOKED_BACK,
    RETRY_DELAYS,
    DeliveryState,
    EndpointState,
    asked_wait,
    delivery_state,
    endpoint_state,
    last_attempt,
    next_attempt,
    pause_after,
    wait_after,
)

AT = datetime(2026, 3, 1, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LAST = last_attempt(AT)


@pytest.mark.parametrize(
    ("attempts", "wait"),
    [
        (1, MINUTE),
        (2, 5 * MINUTE),
        (3, 30 * MINUTE),
        (4, 2 * HOUR),
        (5, 4 * HOUR),
        (6, 8 * HOUR),
        (7, 14 * HOUR),
        (8, 16 * HOUR),
        (9, 20 * HOUR),
        (10, None),
        (11, None),
    ],
)
def test_waits_grow_and_end_with_the_tenth_attempt(attempts, wait):
    assert wait_after(attempts, chance=0) == wait


@given(st.floats(min_value=0, max_value=1, exclude_max=True))
def test_however_waits_are_spread_it_is_all_over_within_three_days(chance):
    waits = [wait_after(attempts, chance=chance) for attempts in range(1, len(RETRY_DELAYS) + 1)]

    assert all(shortest <= wait <= shortest * 1.1 for shortest, wait in zip(RETRY_DELAYS, waits, strict=True))
    assert timedelta(days=2, hours=12) < sum(waits, timedelta()) < timedelta(days=3)


@pytest.mark.parametrize(
    ("what", "value", "wait"),
    [
        ("seconds", "120", 2 * MINUTE),
        ("with space around", " 120 ", 2 * MINUTE),
        ("none at all", "0", None),
        ("a date of HTTP", "Sun, 01 Mar 2026 00:10:00 GMT", 10 * MINUTE),
        ("a date in the old form", "Sunday, 01-Mar-26 00:10:00 GMT", 10 * MINUTE),
        ("a date without a zone", "Sun, 01 Mar 2026 00:10:00 -0000", 10 * MINUTE),
        ("a date that has passed", "Sat, 28 Feb 2026 23:00:00 GMT", None),
        ("more than the longest wait", str(100 * 86_400), LONGEST_ASKED),
        ("a year from now", "Mon, 01 Mar 2027 00:00:00 GMT", LONGEST_ASKED),
        ("the largest number there is", "9" * 5_000, LONGEST_ASKED),
        ("a negative number", "-5", None),
        ("a fraction", "1.5", None),
        ("digits of another script", "١٢", None),
        ("words", "in a minute", None),
        ("a zone that overflows", "Sun, 01 Mar 2026 00:10:00 +9999999999999999999999", None),
        ("a day that there is not", "Sun, 31 Feb 2026 00:00:00 GMT", None),
        ("nothing", "", None),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_how_long_a_receiver_asks_to_be_left_alone(what, value, wait):
    assert asked_wait(value, now=AT, last=LAST) == wait


def test_nobody_is_left_alone_beyond_the_last_attempt():
    assert asked_wait("86400", now=LAST - HOUR, last=LAST) == HOUR
    assert asked_wait("86400", now=LAST, last=LAST) is None


@given(st.one_of(st.text(), st.from_regex(r"[A-Za-z]{3}, [0-9]+ [A-Z][a-z]{2} [0-9]+ [0-9:]+ [+-][0-9]+")))
def test_whatever_a_receiver_writes_it_is_a_wait_within_bounds_or_none(value):
    wait = asked_wait(value, now=AT, last=LAST)
    assert wait is None or timedelta(0) < wait <= LONGEST_ASKED


@pytest.mark.parametrize(
    ("what", "asked", "now", "tried"),
    [
        ("nothing is asked", None, AT, AT + HOUR),
        ("sooner than its own wait", MINUTE, AT, AT + HOUR),
        ("later than its own wait", 5 * HOUR, AT, AT + 5 * HOUR),
        ("its own wait ends with the three days", None, LAST - HOUR, LAST),
        ("its own wait ends after the three days", None, LAST - MINUTE, None),
        ("the last attempt has failed", None, LAST, None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_when_it_is_tried_again(what, asked, now, tried):
    assert next_attempt(HOUR, asked=asked, last=LAST, now=now) == tried


@given(asked=st.lists(st.integers(0, 10**6).map(lambda seconds: timedelta(seconds=seconds)), max_size=12))
def test_whatever_is_asked_it_is_all_over_within_three_days_and_ten_attempts(asked):
    now, attempts = AT, 1
    for wish in asked:
        wait = wait_after(attempts, chance=0)
        asked_for = asked_wait(str(int(wish.total_seconds())), now=now, last=LAST)
        later = wait and next_attempt(wait, asked=asked_for, last=LAST, now=now)
        if later is None:
            break
        assert now + wait <= later <= LAST
        now, attempts = later, attempts + 1
    assert attempts <= 10


def test_an_endpoint_that_fails_is_left_alone_for_longer_each_time_and_at_most_for_ten_minutes():
    pauses = [pause_after(failures).total_seconds() for failures in (1, 2, 3, 4, 7, 8, 100_000)]

    assert pauses == [10, 20, 40, 80, 600, 600, 600]
    assert LONGEST_PAUSE.total_seconds() == 600


@pytest.mark.parametrize(
    ("delivered_at", "given_up_at", "attempts", "state"),
    [
        (None, None, 0, DeliveryState.WAITING),
        (None, None, 1, DeliveryState.RETRYING),
        (AT, None, 1, DeliveryState.DELIVERED),
        (None, AT, 10, DeliveryState.GIVEN_UP),
        (None, AT, 0, DeliveryState.GIVEN_UP),
    ],
)
def test_where_a_message_stands(delivered_at, given_up_at, attempts, state):
    assert delivery_state(delivered_at=delivered_at, given_up_at=given_up_at, attempts=attempts) is state


@pytest.mark.parametrize(
    ("revoked_at", "switched_off_at", "failures", "state"),
    [
        (None, None, 0, EndpointState.WORKS),
        (None, None, 3, EndpointState.FAILING),
        (None, AT, 10, EndpointState.OFF),
        (AT, AT, 10, EndpointState.REVOKED),
        (AT, None, 0, EndpointState.REVOKED),
    ],
)
def test_whether_an_endpoint_is_sent_anything(revoked_at, switched_off_at, failures, state):
    assert endpoint_state(revoked_at=revoked_at, switched_off_at=switched_off_at, failures=failures) is state


def test_what_is_forgotten_is_not_found_again():
    assert LOOKED_BACK < KEPT_FOR
