"""A write under an idempotency key: done once, answered alike, and free again if it was refused."""

from datetime import UTC, datetime, timedelta

import pytest

from subscriptions.models import Account, KeptAnswer
from subscriptions.services.idempotency import (
    KEPT_FOR,
    LAPSES_AFTER,
    Answer,
    Asked,
    OtherRequestError,
    UnderWayError,
    do_once,
    forget_old_answers,
)
from tests.together import at_once

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ASKED = Asked(caller="key one", organization=None, key="k-1", fingerprint="f" * 64)


def deed(name="done"):
    def do():
        Account.objects.create(name=name)
        return Answer(status=201, body=f'"{name}"')

    return do


@pytest.mark.django_db
class TestOne:
    def test_it_is_done_once_and_answered_alike(self):
        first = do_once(ASKED, deed(), now=NOW)
        again = do_once(ASKED, deed("twice"), now=NOW + timedelta(days=1))
        assert (first.status, first.body, first.is_kept) == (201, '"done"', False)
        assert (again.status, again.body, again.is_kept) == (201, '"done"', True)
        assert Account.objects.count() == 1

    def test_the_same_key_for_another_request_is_refused(self):
        do_once(ASKED, deed(), now=NOW)
        other = Asked(caller=ASKED.caller, organization=None, key=ASKED.key, fingerprint="0" * 64)
        with pytest.raises(OtherRequestError):
            do_once(other, deed("other"), now=NOW)
        assert Account.objects.count() == 1

    def test_another_callers_key_is_another_key(self):
        do_once(ASKED, deed(), now=NOW)
        theirs = Asked(caller="key two", organization=None, key=ASKED.key, fingerprint="0" * 64)
        assert not do_once(theirs, deed("theirs"), now=NOW).is_kept
        assert Account.objects.count() == 2

    def test_what_was_refused_leaves_nothing_and_may_be_sent_again(self):
        def refuse():
            Account.objects.create(name="half")
            raise ValueError

        with pytest.raises(ValueError):
            do_once(ASKED, refuse, now=NOW)
        assert not Account.objects.exists()
        assert not KeptAnswer.objects.exists()
        mended = Asked(caller=ASKED.caller, organization=None, key=ASKED.key, fingerprint="0" * 64)
        assert do_once(mended, deed(), now=NOW).status == 201

    def test_what_is_under_way_is_not_begun_again_until_it_must_have_died(self):
        row = KeptAnswer.objects.create(caller="key one", key="k-1", fingerprint="f" * 64, claimed_at=NOW)
        for later in (timedelta(0), LAPSES_AFTER - timedelta(seconds=1)):
            with pytest.raises(UnderWayError):
                do_once(ASKED, deed(), now=NOW + later)
        assert not Account.objects.exists()
        assert do_once(ASKED, deed(), now=NOW + LAPSES_AFTER).status == 201
        row.refresh_from_db()
        assert row.status == 201

    def test_who_was_taken_for_dead_does_nothing_any_more(self):
        def taken_over_meanwhile():
            raise AssertionError("it must not be done")

        def claim(**changes):
            KeptAnswer.objects.filter(key="k-1").update(**changes)

        KeptAnswer.objects.create(caller="key one", key="k-1", fingerprint="f" * 64, claimed_at=NOW)
        claim(claimed_at=NOW + LAPSES_AFTER)
        with pytest.raises(UnderWayError):
            do_once(ASKED, taken_over_meanwhile, now=NOW + LAPSES_AFTER)

    def test_old_answers_are_forgotten(self):
        do_once(ASKED, deed(), now=NOW)
        assert forget_old_answers(now=NOW + KEPT_FOR - timedelta(seconds=1)) == 0
        assert forget_old_answers(now=NOW + KEPT_FOR) == 1
        assert timedelta(hours=24) < KEPT_FOR


@pytest.mark.postgresql
def test_of_several_at_once_one_does_it_and_nobody_does_it_twice(committed_db):
    def send():
        try:
            return do_once(ASKED, deed(), now=NOW).status
        except UnderWayError:
            return 409

    outcomes = at_once(*[send] * 6)
    assert set(outcomes) <= {201, 409}
    assert 201 in outcomes
    assert Account.objects.count() == 1
