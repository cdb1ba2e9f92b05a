"""Closes beside people and senders on a real PostgreSQL: whatever commits first, each close sees all of it or none."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from invoices.models import BillingCycle, Invoice, InvoiceLine
from invoices.services import closing
from invoices.services.closing import Outcome
from invoices.services.sweeping import close_due_cycles
from invoices.services.verifying import verify_invoice
from subscriptions.models import Subscription
from tests.books import assert_the_books_hold
from tests.factories.subscriptions import a_change, a_prepaid_subscription, an_organization
from tests.factories.usage import a_working_day, report
from tests.together import PATIENCE, Beside
from usage.models import UsageEvent
from usage.services.receipt import take_receipt

pytestmark = [pytest.mark.postgresql, pytest.mark.usefixtures("committed_db")]

BEGIN = datetime(2026, 1, 15, 5, tzinfo=UTC)
CUTOFF = datetime(2026, 2, 15, 11, tzinfo=UTC)
SECOND_CUTOFF = datetime(2026, 3, 15, 10, tzinfo=UTC)


@contextmanager
def stopped_after(monkeypatch: pytest.MonkeyPatch, name: str) -> Iterator[tuple[threading.Event, threading.Event]]:
    """Let a close in another thread stop once it has done a part of its work, until it may go on."""
    original, here = getattr(closing, name), threading.current_thread()
    reached, go_on = threading.Event(), threading.Event()

    def work_and_stop(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        if threading.current_thread() is not here:
            reached.set()
            assert go_on.wait(PATIENCE)
        return result

    with monkeypatch.context() as patched:
        patched.setattr(closing, name, work_and_stop)
        yield reached, go_on
        go_on.set()


@pytest.fixture
def subscription(committed_db: None) -> Subscription:
    """Return an agreement on 2 PureCloud 3 whose first period has begun."""
    agreement = a_prepaid_subscription()
    close_due_cycles(now=BEGIN)
    return agreement


def record_more_seats(subscription: Subscription, *, recorded_at: datetime) -> None:
    # As the form does it: the agreement first, and what was changed with it.
    subscription.save()
    a_change(
        subscription=subscription,
        product_id="purecloud-3",
        effective_date=date(2026, 2, 15),
        commitment=5,
        recorded_at=recorded_at,
        reason="Three more seats",
    )


def cancel(subscription: Subscription, *, recorded_at: datetime) -> None:
    Subscription.objects.filter(pk=subscription.pk).update(
        last_service_date=date(2026, 2, 25), cancelled_on=recorded_at.date()
    )


@pytest.mark.parametrize("type_over", [record_more_seats, cancel])
def test_what_is_typed_while_a_close_works_waits_for_it_and_is_not_lost(type_over, subscription, monkeypatch):
    with stopped_after(monkeypatch, "plan_from") as (planned, go_on):
        sweep = Beside(lambda: close_due_cycles(now=CUTOFF))
        assert planned.wait(PATIENCE)
        typing = Beside(lambda: type_over(subscription, recorded_at=CUTOFF))
        assert typing.is_waiting(), "the agreement was changed under a close that had read it"
        go_on.set()
        assert [step.outcome for step in sweep.end()] == [Outcome.CLOSED]
        assert typing.end() is None

    # The close went by what it had read, from end to end.
    line = InvoiceLine.objects.get(service_start=date(2026, 2, 15))
    assert (line.quantity, line.service_end) == (2, date(2026, 3, 14))
    assert_all_is_well()


@pytest.mark.parametrize(
    ("type_over", "charged"),
    [(record_more_seats, (5, date(2026, 3, 14))), (cancel, (2, date(2026, 2, 25)))],
)
def test_a_close_waits_for_what_is_being_typed_and_sees_it(type_over, charged, subscription):
    with transaction.atomic():
        type_over(subscription, recorded_at=CUTOFF - timedelta(days=1))
        sweep = Beside(lambda: close_due_cycles(now=CUTOFF))
        assert sweep.is_waiting(), "the close read an agreement that was being changed"
    assert [step.outcome for step in sweep.end()] == [Outcome.CLOSED]

    line = InvoiceLine.objects.get(service_start=date(2026, 2, 15))
    assert (line.quantity, line.service_end) == charged
    assert_all_is_well()


def test_usage_that_is_stored_after_a_close_has_counted_is_billed_by_the_next(subscription, monkeypatch):
    late = a_working_day("eve", "2026-01-20", "purecloud-2", received=(CUTOFF + timedelta(seconds=1)).isoformat())
    subscription.prices.create(product_id="purecloud-2", price="90.00")
    with stopped_after(monkeypatch, "_keep_counted") as (counted, go_on):
        sweep = Beside(lambda: close_due_cycles(now=CUTOFF))
        assert counted.wait(PATIENCE)
        # Ingestion is not held up for the length of a close.
        report(subscription.organization, *late)
        assert UsageEvent.objects.count() == 3
        go_on.set()
        assert [step.outcome for step in sweep.end()] == [Outcome.CLOSED]
    assert not InvoiceLine.objects.exclude(kind="prepay").exists()

    close_due_cycles(now=SECOND_CUTOFF)

    line = InvoiceLine.objects.get(kind="adjustment")
    assert (line.corrects, line.product, str(line.amount)) == ("overage", "purecloud-2", "90.00")
    assert_all_is_well()


def test_of_two_sweeps_at_once_the_second_leaves_alone_what_the_first_works_on(subscription, monkeypatch):
    with stopped_after(monkeypatch, "plan_from") as (planned, go_on):
        first = Beside(lambda: close_due_cycles(now=CUTOFF))
        assert planned.wait(PATIENCE)
        assert close_due_cycles(now=CUTOFF) == []
        go_on.set()
        assert [step.outcome for step in first.end()] == [Outcome.CLOSED]

    assert close_due_cycles(now=CUTOFF) == []
    assert BillingCycle.objects.filter(state="closed").count() == 1
    assert Invoice.objects.count() == 2
    assert_all_is_well()


def test_two_sweeps_at_once_share_a_fleet(committed_db, monkeypatch):
    for number in range(6):
        a_prepaid_subscription(an_organization(f"org-{number}"))
    close_due_cycles(now=BEGIN)
    monkeypatch.setattr(closing, "CYCLES_AT_ONCE", 2)
    with stopped_after(monkeypatch, "_store") as (planned, go_on):
        first = Beside(lambda: close_due_cycles(now=CUTOFF))
        assert planned.wait(PATIENCE)
        # What the other works on is left to it, and nobody waits for it.
        by_second = close_due_cycles(now=CUTOFF)
        go_on.set()
        by_first = first.end()

    assert [step.outcome for step in (*by_first, *by_second)] == 6 * [Outcome.CLOSED]
    assert [len(by_first), len(by_second)] == [2, 4]
    assert BillingCycle.objects.filter(state="closed").count() == 6
    assert_all_is_well()


def test_a_chunk_waits_for_what_is_being_stored_of_any_of_its_organizations(committed_db):
    fleet = [a_prepaid_subscription(an_organization(f"org-{number}")) for number in range(3)]
    close_due_cycles(now=BEGIN)
    with transaction.atomic():
        take_receipt([fleet[1].organization_id])
        for user in ("ann", "ben", "cid"):
            report(fleet[1].organization, *a_working_day(user, "2026-01-20", "purecloud-3"))
        sweep = Beside(lambda: close_due_cycles(now=CUTOFF))
        assert sweep.is_waiting(), "a close did not wait for events that were being stored"
    assert [step.outcome for step in sweep.end()] == 3 * [Outcome.CLOSED]

    assert [line.subscription_id for line in InvoiceLine.objects.filter(kind="overage")] == [fleet[1].pk]
    assert_all_is_well()


def assert_all_is_well() -> None:
    assert_the_books_hold()
    assert [difference for invoice in Invoice.objects.all() for difference in verify_invoice(invoice)] == []
