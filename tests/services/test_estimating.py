"""What reads much is answered by a worker, at most once a minute, and the latest answer is kept meanwhile."""

from datetime import UTC, datetime, timedelta

import pytest

from invoices.domain.what_if import Supposition, WhatIf
from invoices.models import Estimate
from invoices.services import estimating
from invoices.services.estimating import (
    CLAIM_LAPSES_AFTER,
    EVENTS_AT_ONCE,
    FRESH_FOR,
    KEPT_FOR,
    ask_for_preview,
    ask_what_if,
    keep,
    work_out_estimates,
)
from invoices.services.preview_document import find_preview_explanation, get_preview_document
from invoices.services.previewing import next_cycle
from invoices.services.sweeping import close_due_cycles
from subscriptions.domain.terms import CommercialModel
from subscriptions.models import Subscription
from tests.books import contents
from tests.factories.subscriptions import a_prepaid_subscription
from tests.factories.usage import a_working_day, report

BEGIN = datetime(2026, 1, 15, 5, tzinfo=UTC)
CUTOFF = datetime(2026, 2, 15, 11, tzinfo=UTC)
NOW = datetime(2026, 2, 20, 12, tzinfo=UTC)
MONTH_TO_MONTH = WhatIf(periods=3, supposition=Supposition(commercial_model=CommercialModel.MONTH_TO_MONTH))

pytestmark = pytest.mark.django_db


@pytest.fixture
def subscription() -> Subscription:
    """An agreement on 2 seats, one period closed, and three people in the running one: nine events."""
    subscription = a_prepaid_subscription()
    for instant in (BEGIN, CUTOFF):
        close_due_cycles(now=instant)
    for user in ("ann", "ben", "cid"):
        report(subscription.organization, *a_working_day(user, "2026-02-17", "purecloud-3"))
    return subscription


@pytest.fixture
def large(subscription: Subscription, monkeypatch: pytest.MonkeyPatch) -> Subscription:
    """The same, where a page reads fewer events than there are."""
    monkeypatch.setattr(estimating, "EVENTS_AT_ONCE", 8)
    organization = subscription.organization
    for user in ("dot", "eve", "fay"):
        report(organization, *a_working_day(user, "2026-01-20", "purecloud-3"))
    report(organization, *a_working_day("late", "2026-01-20", "purecloud-3", received="2026-02-18T00:00:00Z"))
    return subscription


def preview(subscription: Subscription, *, now: datetime = NOW):
    cycle = next_cycle(subscription)
    assert cycle is not None
    return ask_for_preview(subscription, cycle, now=now)


@pytest.mark.parametrize(
    ("at_once", "asked"), [(9, False), (8, True)], ids=["as many as a page may read", "one more than that"]
)
def test_the_bound_decides_who_answers(at_once, asked, subscription, monkeypatch):
    # Nine events bear on the running period: three of each person.
    monkeypatch.setattr(estimating, "EVENTS_AT_ONCE", at_once)

    answer = preview(subscription)

    assert (answer.value is None, answer.is_awaited) == (asked, asked)
    assert Estimate.objects.exists() == asked


def test_a_page_may_read_what_takes_about_a_second():
    assert 10_000 <= EVENTS_AT_ONCE <= 100_000


def test_what_reads_little_is_answered_at_once_and_writes_nothing(subscription):
    before = contents()

    assert preview(subscription).value.draft.total.amount == 430
    assert ask_what_if(subscription, MONTH_TO_MONTH, now=NOW).value is not None
    assert contents() == before


def test_a_preview_comes_with_the_next_tick_and_says_when_it_was_worked_out(large):
    assert (preview(large).value, preview(large).is_awaited) == (None, True)

    assert work_out_estimates(now=NOW + timedelta(seconds=10)) == 1

    answer = preview(large, now=NOW + timedelta(seconds=20))
    assert (answer.as_of, answer.is_awaited) == (NOW + timedelta(seconds=10), False)
    assert answer.value.as_of == NOW + timedelta(seconds=10)
    assert [line.kind.value for line in answer.value.draft.lines] == ["prepay", "overage", "adjustment"]


def test_a_kept_preview_reads_as_a_fresh_one_and_explains_itself_without_its_people(large, monkeypatch):
    preview(large)
    work_out_estimates(now=NOW)
    kept = preview(large).value
    monkeypatch.setattr(estimating, "EVENTS_AT_ONCE", 1000)
    fresh = preview(large).value

    def told(value):
        return get_preview_document(value, subscription=large, language="en")

    assert told(kept) == told(fresh)
    for number in range(1, len(fresh.draft.lines) + 1):
        explained, again = (
            find_preview_explanation(value, subscription=large, number=number, language="en") for value in (kept, fresh)
        )
        assert (explained.words, explained.facts, explained.arithmetic) == (again.words, again.facts, again.arithmetic)
    people = find_preview_explanation(kept, subscription=large, number=2, language="en").evidence
    assert (people.is_kept, list(people)) == (False, [])
    corrected = find_preview_explanation(kept, subscription=large, number=3, language="en").evidence
    assert (corrected.is_kept, list(corrected)) == (False, [])


def test_it_is_worked_out_at_most_once_a_minute(large):
    preview(large)
    work_out_estimates(now=NOW)

    just_before = preview(large, now=NOW + FRESH_FOR - timedelta(seconds=1))
    assert (just_before.is_awaited, work_out_estimates(now=NOW + FRESH_FOR)) == (False, 0)

    later = preview(large, now=NOW + FRESH_FOR)
    assert (later.is_awaited, later.value is None) == (True, False)
    assert work_out_estimates(now=NOW + FRESH_FOR) == 1


def test_all_who_ask_the_same_share_one_answer(large):
    preview(large)
    preview(large)
    ask_what_if(large, MONTH_TO_MONTH, now=NOW)
    ask_what_if(large, WhatIf(periods=3), now=NOW)

    assert sorted(Estimate.objects.values_list("kind", flat=True)) == ["preview", "what_if", "what_if"]


def test_a_what_if_is_answered_and_kept_as_it_is(large, monkeypatch):
    assert ask_what_if(large, MONTH_TO_MONTH, now=NOW).is_awaited
    work_out_estimates(now=NOW)
    kept = ask_what_if(large, MONTH_TO_MONTH, now=NOW).value
    monkeypatch.setattr(estimating, "EVENTS_AT_ONCE", 1000)

    assert keep(kept.sides) == keep(ask_what_if(large, MONTH_TO_MONTH, now=NOW).value.sides)


def test_a_preview_of_a_period_that_has_closed_meanwhile_is_shown_to_nobody(large, monkeypatch):
    preview(large)
    work_out_estimates(now=NOW)
    monkeypatch.setattr(estimating, "EVENTS_AT_ONCE", 0)
    close_due_cycles(now=datetime(2026, 3, 15, 10, tzinfo=UTC))
    report(large.organization, *a_working_day("ann", "2026-03-17", "purecloud-3"))

    assert preview(large, now=NOW + timedelta(days=30)).value is None


def test_a_question_about_a_period_that_has_closed_meanwhile_is_dropped(large):
    preview(large)
    close_due_cycles(now=datetime(2026, 3, 15, 10, tzinfo=UTC))

    work_out_estimates(now=NOW)

    assert not Estimate.objects.exists()


def test_a_question_that_another_worker_has_taken_is_left_to_it_unless_it_died(large):
    preview(large)
    Estimate.objects.update(claimed_at=NOW)

    assert work_out_estimates(now=NOW + CLAIM_LAPSES_AFTER - timedelta(seconds=1)) == 0
    assert work_out_estimates(now=NOW + CLAIM_LAPSES_AFTER) == 1


def test_an_answer_that_an_earlier_version_kept_is_worked_out_anew(large):
    preview(large)
    work_out_estimates(now=NOW)
    Estimate.objects.update(answer={"shape": "of old"})

    assert (preview(large).value, preview(large).is_awaited) == (None, True)
    work_out_estimates(now=NOW)
    assert preview(large).value is not None


def test_two_workers_at_once_share_the_questions_between_them(large, monkeypatch):
    preview(large)
    ask_what_if(large, MONTH_TO_MONTH, now=NOW)
    work_out, worked_on = estimating._work_out, []

    def with_another_worker_beside(row: Estimate, now: datetime) -> None:
        worked_on.append(row.kind)
        if len(worked_on) == 1:
            work_out_estimates(now=now)
        work_out(row, now)

    monkeypatch.setattr(estimating, "_work_out", with_another_worker_beside)

    assert work_out_estimates(now=NOW) == 1
    assert sorted(worked_on) == ["preview", "what_if"]


def test_what_fails_is_told_and_tried_again_when_somebody_asks_a_minute_later(large, monkeypatch, caplog):
    preview(large)

    def fail(*_args, **_named):
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(estimating, "preview_cycle", fail)
        work_out_estimates(now=NOW)

    answer = preview(large, now=NOW + timedelta(seconds=59))
    assert (answer.failed, answer.is_awaited, answer.value) == (True, False, None)
    assert "could not be worked out" in caplog.text
    assert preview(large, now=NOW + FRESH_FOR).is_awaited
    work_out_estimates(now=NOW + FRESH_FOR)
    assert (preview(large, now=NOW + FRESH_FOR).failed, preview(large, now=NOW + FRESH_FOR).value is None) == (
        False,
        False,
    )


def test_a_failure_on_a_page_is_told_and_not_raised(subscription, monkeypatch, caplog):
    def fail(*_args, **_named):
        raise ZeroDivisionError

    monkeypatch.setattr(estimating, "preview_cycle", fail)

    assert (preview(subscription).failed, preview(subscription).value) == (True, None)
    assert "could not be answered" in caplog.text


def test_what_nobody_asked_for_in_a_week_is_thrown_away(large):
    preview(large)
    work_out_estimates(now=NOW)

    work_out_estimates(now=NOW + KEPT_FOR)
    assert Estimate.objects.exists()

    work_out_estimates(now=NOW + KEPT_FOR + timedelta(seconds=1))
    assert not Estimate.objects.exists()
