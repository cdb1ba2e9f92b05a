"""A rate: so many at once, all of it free again after a while, and never more to many who ask at once."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from usage.models import Throttle
from usage.services.throttling import Left, Rate, TooFastError, forget_what_is_free, take

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TEN_A_MINUTE = Rate(burst=10, refilled_in=timedelta(minutes=1))


def tries(amount, *, after=0.0, of="a", rate=TEN_A_MINUTE):
    try:
        return take(amount, of=of, rate=rate, now=NOW + timedelta(seconds=after))
    except TooFastError as error:
        return error.retry_after


def test_as_much_as_the_burst_is_free_at_once_and_comes_back_bit_by_bit():
    assert tries(4) == Left(amount=6, full_in=24)
    assert tries(6) == Left(amount=0, full_in=60)
    assert tries(1) == 6
    assert tries(1, after=5.9) == 1
    assert tries(1, after=6) == Left(amount=0, full_in=60)
    assert tries(10, after=6) == 60
    assert tries(10, after=66) == Left(amount=0, full_in=60)


def test_what_is_refused_costs_nothing():
    tries(10)
    assert [tries(5) for _ in range(100)] == [30] * 100
    assert tries(5, after=30) == Left(amount=0, full_in=60)


def test_more_than_there_ever_is_at_once_takes_all_there_is():
    """Else a batch larger than a small limit could never be sent."""
    assert tries(1_000) == Left(amount=0, full_in=60)
    assert tries(1_000, after=59) == 1
    assert tries(1_000, after=60) == Left(amount=0, full_in=60)


def test_each_name_has_a_rate_of_its_own():
    tries(10)
    assert tries(10, of="b") == Left(amount=0, full_in=60)


def test_what_was_free_for_long_does_not_add_up():
    tries(1)
    assert tries(10, after=86_400) == Left(amount=0, full_in=60)
    assert tries(1, after=86_400) == 6


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, 12), st.floats(0, 30)), max_size=30), st.uuids())
def test_no_stretch_of_time_lets_more_through_than_the_burst_and_what_came_back_in_it(asked, name):
    taken, at = [], 0.0
    for amount, pause in asked:
        at += pause
        if isinstance(tries(amount, after=at, of=str(name)), Left):
            taken.append((at, min(amount, 10)))
    for first, (begin, _) in enumerate(taken):
        through = 0
        for end, amount in taken[first:]:
            through += amount
            assert through <= 10 + (end - begin) * 10 / 60 + 1e-3


def test_what_means_nothing_any_more_is_forgotten():
    tries(10)
    tries(1, of="b")
    assert forget_what_is_free(now=NOW + timedelta(seconds=7)) == 1
    assert list(Throttle.objects.values_list("name", flat=True)) == ["a"]
    assert tries(1, after=5) == 1


@pytest.mark.postgresql
def test_many_who_ask_at_once_get_together_what_one_would_get(committed_db):
    """Sixteen connections take singly, as fast as they can, what comes back over ten minutes: not one too many."""
    rate = Rate(burst=100, refilled_in=timedelta(minutes=10))
    begin = time.monotonic()

    def ask(_):
        try:
            taken = 0
            for _attempt in range(25):
                now = NOW + timedelta(seconds=time.monotonic() - begin)
                try:
                    take(1, of="shared", rate=rate, now=now)
                except TooFastError:
                    continue
                taken += 1
            return taken
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        through = sum(pool.map(ask, range(16)))
    came_back = (time.monotonic() - begin) * 100 / 600
    assert 100 <= through <= 100 + came_back


@pytest.mark.postgresql
def test_taking_does_not_wait_for_the_disk(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'usage_throttle'")
        assert cursor.fetchone() == ("u",)
