"""Whoever is killed at whatever moment, and however many close at once: each period is billed exactly once (BR-70)."""

import random
import time
from datetime import UTC, date, datetime, timedelta

import pytest

from invoices.models import BillingCycle, Invoice
from invoices.services.sweeping import close_due_cycles
from subscriptions.models import Subscription
from subscriptions.selectors.clock import database_now
from tests.books import assert_the_books_hold, rows_per_table
from tests.factories.subscriptions import a_prepaid_subscription, an_issuer, an_organization
from tests.faults.due import at_first_midnight, due_now, everyone_has_begun
from tests.faults.processes import (
    another_session,
    backends_waiting_for,
    closed_gate,
    series_locked,
    start_closer,
    wait_for_other_backends_to_end,
    wait_until,
)

pytestmark = [pytest.mark.postgresql, pytest.mark.usefixtures("committed_db")]

NOW = datetime(2026, 4, 15, 12, tzinfo=UTC)
"""Of an agreement of January 15, 2026 the opening and three closes are due."""
DOCUMENTS_DUE = 4
SWEPT = r"Task invoices\.close_due_cycles\[[^]]+\] succeeded"


@pytest.mark.redis
def test_a_worker_killed_in_the_middle_of_a_close_and_started_again_bills_each_cycle_once(worker):
    first, second = an_issuer("first"), an_issuer("second", invoice_prefix="B-")
    late = database_now().date() - timedelta(days=100)
    done, hanging = (
        a_prepaid_subscription(an_organization(entity.code), issuing_entity=entity, effective_date=late)
        for entity in (first, second)
    )
    # Its opening is done, so that its series is there to be locked: the next number is wanted by its first close.
    close_due_cycles(now=at_first_midnight(hanging), organization_id=hanging.organization_id)
    with series_locked(second.pk):
        process = worker.start()
        wait_until(
            lambda: backends_waiting_for("invoices_numberseries"),
            about="the worker waits in the middle of a close",
            while_running=process,
        )
        committed = set(Invoice.objects.values_list("number", flat=True))
        process.kill()

        # What was committed stays, of the rest there is no trace.
        assert set(Invoice.objects.values_list("number", flat=True)) == committed
        assert hanging.invoices.count() == 1
        assert hanging.cycles.get().state == "open"
    wait_for_other_backends_to_end()
    assert hanging.cycles.get().state == "open"

    process = worker.start()
    wait_until(lambda: not due_now(), about="everything is closed", while_running=process)
    process.stop()

    for subscription in (done, hanging):
        closed = subscription.cycles.filter(state="closed").count()
        assert closed >= 2
        # The opening's advance and one document a close; the running period has none yet.
        assert subscription.invoices.count() == closed + 1
        assert subscription.cycles.count() == closed + 1
        assert subscription.cycles.exclude(held_reasons=[]).count() == 0
    assert_the_books_hold()


@pytest.mark.redis
def test_a_worker_killed_when_all_is_closed_does_nothing_again_at_its_next_tick(worker):
    a_prepaid_subscription(effective_date=database_now().date() - timedelta(days=100))
    process = worker.start()
    wait_until(lambda: Invoice.objects.exists() and not due_now(), about="all is closed", while_running=process)
    process.kill()
    wait_for_other_backends_to_end()
    before = rows_per_table()
    sweeps = process.count_in_log(SWEPT)

    process = worker.start()
    wait_until(lambda: process.count_in_log(SWEPT) > sweeps, about="another sweep", while_running=process)
    process.kill()

    changed = {name for name, count in rows_per_table().items() if count != before[name]}
    # How far events were looked through is a bookmark, and who lives says so: both may move with any tick.
    assert changed <= {"invoices.TooLateCheck", "subscriptions.Heartbeat"}
    assert_the_books_hold()


@pytest.mark.parametrize("closers", [2, 6])
def test_closers_at_once_close_each_cycle_once(closers, start, tmp_path):
    for number in range(10):
        a_prepaid_subscription(an_organization(f"org-{number}"))
    with closed_gate():
        start += [start_closer(tmp_path, now=NOW.isoformat()) for _ in range(closers)]
        wait_until(
            lambda: len(backends_waiting_for("pg_advisory_lock_shared")) == closers,
            about="all closers stand at the gate",
            while_running=start[0],
        )
    assert [process.wait() for process in start] == closers * [0], start[0].log.read_text()

    steps = [line.split() for line in start[0].log.read_text().splitlines()]
    assert len(steps) == 10 * DOCUMENTS_DUE
    assert sorted({outcome for _, outcome in steps}) == ["closed", "opened"]
    closed = [cycle_id for cycle_id, outcome in steps if outcome == "closed"]
    assert len(closed) == len(set(closed)) == 30
    assert BillingCycle.objects.filter(state="closed").count() == 30
    assert Invoice.objects.count() == 10 * DOCUMENTS_DUE
    assert_the_books_hold()


def test_a_change_of_the_agreement_waits_for_the_close_that_reads_it(start, tmp_path):
    subscription = a_prepaid_subscription()
    close_due_cycles(now=at_first_midnight(subscription))
    with series_locked(subscription.issuing_entity_id), another_session() as session:
        closer = start_closer(tmp_path, now=datetime(2026, 2, 15, 12, tzinfo=UTC).isoformat())
        start.append(closer)
        wait_until(lambda: backends_waiting_for("invoices_numberseries"), about="it waits", while_running=closer)

        session.execute("SET lock_timeout = '200ms'")
        with pytest.raises(Exception, match="lock timeout"):
            session.execute("UPDATE subscriptions_subscription SET net_days = 1 WHERE id = %s", [subscription.pk])

    assert closer.wait() == 0, closer.log.read_text()
    assert subscription.invoices.get(sequence=2).due_date == date(2026, 3, 17)
    assert_the_books_hold()


@pytest.mark.long
@pytest.mark.redis
def test_a_worker_killed_again_and_again_at_any_moment_bills_each_cycle_once(worker):
    chance = random.Random(20260115)
    late = database_now().date() - timedelta(days=130)
    for number in range(40):
        a_prepaid_subscription(an_organization(f"org-{number:02}"), effective_date=late)
    interrupted = 0
    while interrupted < 8 and due_now():
        before = Invoice.objects.count()
        process = worker.start()
        wait_until(lambda: Invoice.objects.count() > before or not due_now(), about="it bills", while_running=process)  # noqa: B023
        time.sleep(chance.uniform(0, 0.4))
        process.kill()
        wait_for_other_backends_to_end()
        assert_the_books_hold()
        interrupted += due_now()
    assert interrupted >= 3, "the worker was too fast: give it more to do"

    process = worker.start()
    wait_until(lambda: everyone_has_begun() and not due_now(), about="everything is closed", while_running=process)
    process.stop()

    documents = {subscription.invoices.count() for subscription in Subscription.objects.all()}
    assert len(documents) == 1
    assert documents.pop() >= DOCUMENTS_DUE
    assert_the_books_hold()
