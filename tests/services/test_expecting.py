"""What falls due soon is worked out ahead, by the code that closes it, and compared with what was billed before."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from invoices.domain.unusual import Bill, Oddity
from invoices.models import ExpectedBill
from invoices.selectors.expected import findings_of, list_past_bills
from invoices.services import expecting
from invoices.services.expecting import (
    CLAIM_LAPSES_AFTER,
    FRESH_FOR,
    TRIED_AGAIN_AFTER,
    work_out_expected_bills,
)
from invoices.services.sweeping import close_due_cycles
from subscriptions.models import Subscription
from tests.books import contents
from tests.factories.subscriptions import a_prepaid_subscription, an_organization
from tests.factories.usage import a_working_day, report

BEGIN = datetime(2026, 1, 15, 5, tzinfo=UTC)
FIRST_CUTOFF = datetime(2026, 2, 15, 11, tzinfo=UTC)
SECOND_CUTOFF = datetime(2026, 3, 15, 10, tzinfo=UTC)
NOW = datetime(2026, 3, 14, 12, tzinfo=UTC)
"""The day before the second period closes."""

pytestmark = pytest.mark.usefixtures("billing")


@pytest.fixture
def subscription(billing: None) -> Subscription:
    """An agreement on 2 seats: three people in the first period, closed, and six in the one that closes tomorrow."""
    subscription = a_prepaid_subscription()
    for user in ("ann", "ben", "cid"):
        report(subscription.organization, *a_working_day(user, "2026-01-20", "purecloud-3"))
    close_due_cycles(now=BEGIN)
    close_due_cycles(now=FIRST_CUTOFF)
    for user in ("ann", "ben", "cid", "dot", "eve", "fay"):
        report(subscription.organization, *a_working_day(user, "2026-02-17", "purecloud-3"))
    return subscription


def work(*, now: datetime = NOW, limit: int = 10) -> int:
    return work_out_expected_bills(now=now, limit=limit)


def test_what_is_expected_is_what_the_close_then_issues(subscription):
    assert work() == 1

    row = ExpectedBill.objects.get()
    assert (row.index, row.as_of, row.currency) == (1, NOW, "USD")
    assert (row.advance, row.arrears, row.corrections, row.total) == (280, 600, 0, 880)
    close_due_cycles(now=SECOND_CUTOFF)
    assert subscription.invoices.latest("issued_at").total == row.total


def test_it_is_compared_with_the_past_of_its_own_agreement(subscription):
    work()

    row = ExpectedBill.objects.get()
    (finding,) = findings_of(row)
    assert (finding.oddity, finding.times, finding.usual, finding.past) == (Oddity.MORE_ARREARS, 4, 150, 1)
    assert row.unusualness == 400


def test_the_past_is_read_as_it_was_billed(subscription):
    opening = Bill(advance=Decimal(280), months=1)
    first = Bill(arrears=Decimal(150), advance=Decimal(280), months=1, is_used=True)

    assert list_past_bills(subscription.pk, before=1) == [opening, first]
    assert list_past_bills(subscription.pk, before=0) == [opening][:0]


def test_a_correction_in_the_past_is_told_apart_from_the_arrears_of_its_period(subscription):
    late = a_working_day("gus", "2026-01-21", "purecloud-3", received="2026-02-20T00:00:00Z")
    report(subscription.organization, *late)
    close_due_cycles(now=SECOND_CUTOFF)

    *_, second = list_past_bills(subscription.pk, before=2)

    assert (second.arrears, second.corrections) == (600, 150)


def test_the_first_bill_of_an_agreement_is_expected_before_it_has_a_cycle(billing):
    subscription = a_prepaid_subscription()

    assert work(now=BEGIN - timedelta(days=3)) == 1

    row = ExpectedBill.objects.get(subscription=subscription)
    assert (row.index, row.advance, row.total) == (0, 280, 280)
    assert [finding.oddity for finding in findings_of(row)] == [Oddity.FIRST_BILL]
    assert not subscription.cycles.exists()


def test_nothing_but_the_expectation_is_written(subscription):
    before = contents()

    work()

    changed = {label for label, rows in contents().items() if rows != before[label]}
    assert changed == {"invoices.ExpectedBill"}


def test_what_falls_due_later_than_in_a_week_is_left_for_later(subscription):
    assert work(now=FIRST_CUTOFF + timedelta(days=5)) == 0
    assert not ExpectedBill.objects.exists()


def test_it_is_worked_out_again_once_it_is_no_longer_fresh(subscription):
    work()

    assert work(now=NOW + FRESH_FOR - timedelta(seconds=1)) == 0
    assert work(now=NOW + FRESH_FOR) == 1
    assert ExpectedBill.objects.get().as_of == NOW + FRESH_FOR


def test_what_was_expected_of_a_period_that_has_closed_is_replaced(subscription):
    work()
    close_due_cycles(now=SECOND_CUTOFF)

    work(now=datetime(2026, 4, 14, 12, tzinfo=UTC))

    assert ExpectedBill.objects.get().index == 2


def test_a_tick_does_no_more_than_it_may_and_the_next_goes_on(subscription):
    other = a_prepaid_subscription(an_organization("other"))
    close_due_cycles(now=FIRST_CUTOFF)

    assert [work(limit=1), work(limit=1), work(limit=1)] == [1, 1, 0]
    assert set(ExpectedBill.objects.values_list("subscription_id", flat=True)) == {subscription.pk, other.pk}


def test_what_another_worker_has_taken_is_left_to_it_unless_it_died(subscription):
    row = {"subscription": subscription, "organization": subscription.organization, "claimed_at": NOW}
    ExpectedBill.objects.create(**row)

    assert work(now=NOW + CLAIM_LAPSES_AFTER - timedelta(seconds=1)) == 0
    assert work(now=NOW + CLAIM_LAPSES_AFTER) == 1


def test_what_fails_is_told_and_tried_again_in_an_hour_and_keeps_no_one_else_waiting(subscription, monkeypatch, caplog):
    other = a_prepaid_subscription(an_organization("other"))
    close_due_cycles(now=FIRST_CUTOFF)
    preview_cycle = expecting.preview_cycle

    def fail_for_one(cycle, *, as_of):
        if cycle.subscription_id == subscription.pk:
            raise ZeroDivisionError
        return preview_cycle(cycle, as_of=as_of)

    with monkeypatch.context() as broken:
        broken.setattr(expecting, "preview_cycle", fail_for_one)
        assert work() == 2

    failed = ExpectedBill.objects.get(subscription=subscription)
    assert (failed.as_of, failed.failed_at, failed.claimed_at) == (None, NOW, None)
    assert ExpectedBill.objects.get(subscription=other).as_of == NOW
    assert "could not be worked out" in caplog.text
    assert work(now=NOW + TRIED_AGAIN_AFTER - timedelta(seconds=1)) == 0
    assert work(now=NOW + TRIED_AGAIN_AFTER) == 1
    assert ExpectedBill.objects.get(subscription=subscription).failed_at is None
