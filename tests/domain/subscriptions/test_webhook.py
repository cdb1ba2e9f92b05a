"""When a webhook is tried again, and where it stands."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.webhook import (
    KEPT_FOR,
    LONGEST_PAUSE,
    LOOKED_BACK,
    RETRY_DELAYS,
    DeliveryState,
    EndpointState,
    delivery_state,
    endpoint_state,
    pause_after,
    wait_after,
)

AT = datetime(2026, 3, 1, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


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
