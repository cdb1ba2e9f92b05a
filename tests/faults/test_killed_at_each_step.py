"""F1 to F4: killed at any step of a close, a PDF or a mail, and started again, nothing is lost or doubled."""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from invoices.models import BillingCycle, Invoice, InvoiceDelivery, RenderedPdf
from invoices.services.sweeping import close_due_cycles
from subscriptions.models import BillingContact, OutgoingMail, Subscription
from subscriptions.selectors.clock import database_now
from tests.books import assert_the_books_hold
from tests.factories.subscriptions import a_prepaid_subscription, an_issuer, an_organization
from tests.faults.due import due_now, everyone_has_begun
from tests.faults.failpoints import OF_A_CLOSE, OF_A_PDF
from tests.faults.processes import Brood, failpoints_of, wait_for_other_backends_to_end, wait_until

pytestmark = [pytest.mark.postgresql, pytest.mark.usefixtures("committed_db")]

BEGIN = datetime(2026, 1, 15, 12, tzinfo=UTC)
CUTOFF = datetime(2026, 2, 15, 12, tzinfo=UTC)
STEPS = [name for name in OF_A_CLOSE if name != "before the task is acknowledged"]


def a_fleet(count: int) -> list[Subscription]:
    """Return agreements of one issuing entity whose first period has begun."""
    fleet = [a_prepaid_subscription(an_organization(f"org-{number:02}")) for number in range(count)]
    close_due_cycles(now=BEGIN)
    return fleet


def test_f2_a_process_killed_at_each_step_of_a_close_leaves_it_undone_or_done(brood: Brood) -> None:
    fleet = a_fleet(3)
    for period, step in enumerate(STEPS):
        now = CUTOFF + timedelta(days=31 * period)
        before = Invoice.objects.count()

        killed = brood.begin("close", now=now.isoformat(), dies_at=step)

        assert killed.outcome is None, f"it was not killed at: {step}"
        wait_for_other_backends_to_end()
        assert Invoice.objects.count() == before + (len(fleet) if step == "after commit" else 0), step
        assert_the_books_hold()

        brood.begin("close", now=now.isoformat()).wait_for_end()
        assert Invoice.objects.count() == before + len(fleet), step
    assert BillingCycle.objects.filter(state="closed").count() == len(fleet) * len(STEPS)
    assert_the_books_hold()


@pytest.mark.redis
def test_f1_f3_a_child_killed_at_each_step_is_replaced_and_its_task_given_to_the_next(worker, tmp_path) -> None:
    late = database_now().date() - timedelta(days=100)
    for number in range(3):
        a_prepaid_subscription(an_organization(f"org-{number}"), effective_date=late)
    failpoints_of(tmp_path).write_text("".join(f"{step}\n" for step in OF_A_CLOSE))

    process = worker.start(pool="prefork")

    wait_until(
        lambda: not failpoints_of(tmp_path).read_text() and not due_now(),
        about="a child has died at each step, and all is closed",
        while_running=process,
    )
    process.stop()
    assert process.count_in_log("SIGKILL|signal 9") >= len(OF_A_CLOSE)
    for subscription in Subscription.objects.all():
        # The opening's advance, and one document for each close.
        assert subscription.invoices.count() == subscription.cycles.filter(state="closed").count() + 1 >= 3
    assert everyone_has_begun()
    assert_the_books_hold()


def test_f3_f19_killed_at_any_step_of_a_pdf_it_is_made_once(brood: Brood) -> None:
    a_fleet(2)
    now = CUTOFF
    for step in OF_A_PDF:
        assert brood.begin("render", now=now.isoformat(), dies_at=step).outcome is None, step
        wait_for_other_backends_to_end()
        # It is final and numbered whatever becomes of its PDF, and what is there of a PDF is whole.
        assert_the_books_hold()
        assert all(bytes(row.content).endswith(b"%%EOF\n") for row in RenderedPdf.objects.exclude(content=None))
        now += timedelta(hours=1)
    brood.begin("render", now=now.isoformat()).wait_for_end()

    assert not RenderedPdf.objects.filter(rendered_at=None).exists()
    assert_the_books_hold()


def test_f4_killed_when_the_server_had_taken_a_mail_it_goes_out_twice_at_most_under_one_name(
    tmp_path, smtp, committed_db
) -> None:
    (subscription,) = a_fleet(1)
    for name in ("ann", "ben"):
        BillingContact.objects.create(
            organization=subscription.organization, name=name, email=f"{name}@example.com", language="en"
        )
    brood = Brood(tmp_path, LOG_LEVEL="ERROR", EMAIL_URL=f"smtp://127.0.0.1:{smtp.port}")
    try:
        brood.begin("render", now=CUTOFF.isoformat()).wait_for_end()
        now = CUTOFF
        for work, step in (("deliver", "mail written"), ("send", "mail claimed"), ("send", "mail accepted")):
            if work == "send":
                brood.begin("deliver", now=now.isoformat()).wait_for_end()
            assert brood.begin(work, now=now.isoformat(), dies_at=step).outcome is None, step
            now += timedelta(hours=7)
        wait_for_other_backends_to_end()
        assert brood.begin("send", now=now.isoformat()).outcome == 2
        assert brood.begin("send", now=(now + timedelta(days=1)).isoformat()).outcome == 0
    finally:
        brood.end()

    assert InvoiceDelivery.objects.get().queued_at is not None
    assert OutgoingMail.objects.filter(sent_at=None).count() == 0
    copies = Counter(smtp.message_ids)
    assert len(copies) == OutgoingMail.objects.count() == 2
    assert sorted(copies.values()) == [1, 2]
    assert_the_books_hold()


@pytest.mark.parametrize("times", [2, pytest.param(25, marks=pytest.mark.long)])
def test_f2_killed_at_random_moments_each_period_is_billed_once(times: int, brood: Brood) -> None:
    chance = Random(times)
    for number in range(8):
        entity = an_issuer(f"entity-{number % 2}", invoice_prefix=f"E{number % 2}-")
        a_prepaid_subscription(an_organization(f"org-{number}"), issuing_entity=entity)
    close_due_cycles(now=BEGIN)
    # How long a close takes here, so that the blows fall all over it.
    now, began, periods, struck = CUTOFF, time.monotonic(), 1, 0
    brood.begin("close", now=now.isoformat()).wait_for_end()
    takes = time.monotonic() - began
    while struck < times:
        now, periods = now + timedelta(days=31), periods + 1
        forked = brood.begin("close", now=now.isoformat())
        time.sleep(chance.uniform(0, takes))
        forked.kill()
        came_in_time = forked.outcome is None
        struck += came_in_time
        takes *= 1 if came_in_time else 0.8
        assert periods < 10 * times + 20, "closes are too fast to be struck"
        wait_for_other_backends_to_end()
        assert_the_books_hold()
    brood.begin("close", now=now.isoformat()).wait_for_end()

    assert not BillingCycle.objects.exclude(state="closed").filter(cutoff_at__lte=now).exists()
    # The opening's advance, and one document for each close.
    assert {subscription.invoices.count() for subscription in Subscription.objects.all()} == {periods + 1}
    assert_the_books_hold()
