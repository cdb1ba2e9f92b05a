"""One switch stops all issuing: nothing gets a number and no document leaves by mail; afterwards all of it follows."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import call_command
from django.db import DatabaseError, transaction

from invoices import tasks
from invoices.models import BillingCycle, Invoice, InvoiceDelivery, IssuingSwitch, NumberSeries, RenderedPdf
from invoices.selectors.stopped import get_switch_off
from invoices.services import sweeping
from invoices.services.closing import Outcome, close_cycle_now
from invoices.services.crediting import CreditRequest, issue_credit
from invoices.services.delivering import DeliveryError, deliver_documents, send_again
from invoices.services.orders import invoice_due_orders
from invoices.services.previewing import next_cycle, preview_cycle
from invoices.services.sweeping import close_due_cycles, preview_due
from invoices.services.switch import IssuingStoppedError, mail_held_back, turn_switch
from subscriptions.choices import MailKind
from subscriptions.domain.violations import Refused
from subscriptions.models import BillingContact, Order, OutgoingMail, Product
from subscriptions.services.mailing import send_pending_mail
from tests.books import contents
from tests.factories.subscriptions import a_prepaid_subscription, a_subscription, an_organization
from tests.factories.usage import a_working_day, report

pytestmark = pytest.mark.usefixtures("billing")

BEGIN = datetime(2026, 1, 15, 5, tzinfo=UTC)
CUTOFF = datetime(2026, 2, 15, 11, tzinfo=UTC)
SECOND_CUTOFF = datetime(2026, 3, 15, 10, tzinfo=UTC)
A_DAY = timedelta(days=1)


@pytest.fixture
def lead(db):
    return User.objects.create_user("lead")


def switch(lead, *, on, now=CUTOFF, reason="A price book was wrong."):
    return turn_switch(is_on=on, reason=reason, by=lead, now=now)


def test_nothing_is_opened_closed_invoiced_or_credited_while_it_is_off(lead):
    subscription = a_prepaid_subscription()
    close_due_cycles(now=BEGIN)
    invoice = Invoice.objects.get()
    switch(lead, on=False)
    before = contents()

    assert close_due_cycles(now=CUTOFF) == []
    assert close_cycle_now(cycle_id=subscription.cycles.get().pk, now=CUTOFF).outcome is Outcome.STOPPED
    assert invoice_due_orders(now=CUTOFF) == []
    whole = CreditRequest(place=1, parts=None, reason="Never worked.")
    with pytest.raises(IssuingStoppedError):
        issue_credit(invoice_id=invoice.pk, request=whole, issued_by=lead, now=CUTOFF)

    assert contents() == before


def test_previews_and_dry_runs_work_while_it_is_off(lead):
    subscription = a_prepaid_subscription()
    close_due_cycles(now=BEGIN)
    switch(lead, on=False)

    assert preview_cycle(next_cycle(subscription), as_of=CUTOFF).draft is not None
    assert len(list(preview_due(due_by=CUTOFF, now=CUTOFF, organization_id=None))) == 1


def test_what_fell_due_meanwhile_is_caught_up_in_order(lead):
    early, late = (a_prepaid_subscription(an_organization(code)) for code in ("early", "late"))
    close_due_cycles(now=BEGIN)
    switch(lead, on=False)
    assert close_due_cycles(now=SECOND_CUTOFF) == []

    switch(lead, on=True, now=SECOND_CUTOFF)
    steps = close_due_cycles(now=SECOND_CUTOFF)

    assert [step.outcome for step in steps] == 4 * [Outcome.CLOSED]
    issued = Invoice.objects.filter(sequence__gt=2).order_by("sequence")
    assert list(issued.values_list("subscription_id", "cycle__index")) == [
        (early.pk, 0),
        (late.pk, 0),
        (early.pk, 1),
        (late.pk, 1),
    ]


def test_an_order_waits_and_is_invoiced_once(lead):
    subscription = a_subscription()
    package = Product.objects.create(code="package", name="Enablement package", kind="one_time")
    Order.objects.create(
        organization=subscription.organization,
        subscription=subscription,
        product=package,
        quantity=1,
        price=900,
        processed_on="2026-01-20",
    )
    switch(lead, on=False)
    assert invoice_due_orders(now=datetime(2027, 1, 1, tzinfo=UTC)) == []

    switch(lead, on=True)

    assert len(invoice_due_orders(now=datetime(2027, 1, 1, tzinfo=UTC))) == 1
    assert invoice_due_orders(now=datetime(2027, 1, 2, tzinfo=UTC)) == []


def test_a_sweep_that_is_on_its_way_issues_nothing_more(lead, monkeypatch):
    fleet = [a_subscription(an_organization(f"org-{number}")) for number in range(3)]
    for subscription in fleet:
        report(subscription.organization, *a_working_day("ann", "2026-01-20"))
    close_due_cycles(now=BEGIN)
    close_next = sweeping.close_next

    def turn_and_close(*args, **options):
        if not IssuingSwitch.objects.exists():
            switch(lead, on=False)
        return close_next(*args, **options)

    monkeypatch.setattr(sweeping, "close_next", turn_and_close)

    assert close_due_cycles(now=CUTOFF) == []
    assert not Invoice.objects.exists()
    assert not NumberSeries.objects.exists()
    assert set(BillingCycle.objects.values_list("state", "tried_at")) == {("open", None)}


def test_a_close_that_issues_nothing_is_stopped_too(lead, monkeypatch):
    subscription = a_subscription()
    close_due_cycles(now=BEGIN)
    monkeypatch.setattr(sweeping, "get_switch_off", lambda: None)  # it had looked just before
    switch(lead, on=False)

    assert close_due_cycles(now=CUTOFF) == []
    assert subscription.cycles.get().state == "open"


# --- Mail -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def issued(db):
    """An invoice with its PDF and somebody to go to."""
    subscription = a_prepaid_subscription()
    BillingContact.objects.create(organization=subscription.organization, name="Ann", email="ann@lantern.test")
    close_due_cycles(now=BEGIN)
    RenderedPdf.objects.update(content=b"%PDF", sha256="a" * 64, rendered_at=BEGIN, renderer="test")
    return Invoice.objects.get()


def test_no_document_is_queued_or_sent_by_mail_and_other_mail_is(issued, lead, invitation):
    deliver_documents(now=BEGIN, limit=10)
    switch(lead, on=False)
    mail.outbox.clear()

    send_pending_mail(now=CUTOFF, limit=10, held_back=mail_held_back)

    assert [message.to for message in mail.outbox] == [["new@lantern.test"]]
    switch(lead, on=True)
    send_pending_mail(now=CUTOFF, limit=10, held_back=mail_held_back)
    assert [message.to for message in mail.outbox] == [["new@lantern.test"], ["ann@lantern.test"]]


@pytest.fixture
def invitation(issued):
    """A mail of another kind."""
    return OutgoingMail.objects.create(
        organization=issued.organization,
        kind=MailKind.INVITATION,
        key="invitation|1",
        recipient="new@lantern.test",
        language="en",
        subject="You are invited",
        body="Come",
        queued_at=BEGIN,
        next_attempt_at=BEGIN,
    )


def test_a_document_that_is_ready_waits_without_an_error(issued, lead):
    switch(lead, on=False)

    assert deliver_documents(now=CUTOFF, limit=10) == 0
    delivery = InvoiceDelivery.objects.get()
    assert (delivery.queued_at, delivery.last_error, delivery.attempts) == (None, "", 0)
    switch(lead, on=True)
    assert deliver_documents(now=CUTOFF, limit=10) == 1


def test_nobody_sends_a_document_again(issued, lead):
    deliver_documents(now=BEGIN, limit=10)
    switch(lead, on=False)

    with pytest.raises(DeliveryError, match="switched off"):
        send_again(issued, times_before=0, asked_by=None, now=CUTOFF)


# --- The switch itself ----------------------------------------------------------------------------------------------


def test_who_turned_it_when_and_why_is_kept_for_ever(lead):
    off = switch(lead, on=False)
    assert get_switch_off() == off
    switch(lead, on=True, reason="Mended.")

    assert get_switch_off() is None
    assert list(IssuingSwitch.objects.order_by("pk").values_list("is_on", "reason")) == [
        (False, "A price book was wrong."),
        (True, "Mended."),
    ]
    for change in (off.delete, lambda: IssuingSwitch.objects.update(reason="Nothing")):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_it_is_turned_once_and_with_a_reason(lead):
    with pytest.raises(Refused, match="stands so already"):
        switch(lead, on=True)
    with pytest.raises(Refused, match="Say why"):
        switch(lead, on=False, reason=" ")
    switch(lead, on=False)
    with pytest.raises(Refused, match="stands so already"):
        switch(lead, on=False)
    assert IssuingSwitch.objects.count() == 1


def test_the_command_says_that_it_is_off_and_does_nothing(lead):
    a_prepaid_subscription()
    switch(lead, on=False)
    out = StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("close_cycles", stdout=out)

    assert ended.value.code == 1
    assert "Issuing is switched off since 2026-02-15 11:00 UTC by lead: A price book was wrong." in out.getvalue()
    assert not Invoice.objects.exists()


def test_the_dry_run_of_the_command_says_so_and_works(lead):
    a_prepaid_subscription()
    switch(lead, on=False)
    out = StringIO()

    call_command("close_cycles", "--dry-run", stdout=out)

    assert "Issuing is switched off" in out.getvalue()
    assert "would open" in out.getvalue()


@pytest.mark.parametrize("task", [tasks.close_due_cycles, tasks.invoice_due_orders, tasks.deliver_documents])
def test_the_scheduled_sweeps_do_nothing_while_it_is_off(task, lead):
    a_prepaid_subscription()
    switch(lead, on=False)
    before = contents()

    task()

    assert contents() == before
