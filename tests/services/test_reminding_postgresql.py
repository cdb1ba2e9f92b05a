"""A reminder that is about to be sent while its invoice is being paid (BR-82)."""

import threading
from datetime import UTC, date, datetime
from functools import partial

import pytest
from django.core import mail
from django.db import transaction
from moneyed import Money

from invoices.domain.payments import PaymentMethod
from invoices.models import Reminder
from invoices.services.payments import Receipt, record_payment
from invoices.services.reminding import send_reminders
from invoices.services.withdrawing import withdraw_reminder
from subscriptions.models import BillingContact
from subscriptions.services.mailing import send_pending_mail
from tests.factories.documents import a_subscription, draft_and_issue
from tests.together import PATIENCE, Beside, at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.usefixtures("committed_db")]

NOW = datetime(2026, 3, 25, 15, tzinfo=UTC)


def one_who_is_reminded():
    """Return an agreement of which a reminder waits to be sent."""
    with transaction.atomic():
        agreement = a_subscription()
        draft_and_issue(agreement, "100.00", dated=date(2026, 2, 15))
        BillingContact.objects.create(organization=agreement.organization, name="Finn", email="finn@harbor.example")
    assert send_reminders(now=NOW) == 1
    return agreement


def pay(agreement):
    receipt = Receipt(
        organization=agreement.organization,
        amount=Money("100.00", "USD"),
        method=PaymentMethod.WIRE,
        reference="WIRE",
        received_on=NOW.date(),
    )
    record_payment(receipt, shares=None, recorded_by=None, now=NOW)


def test_a_payment_that_commits_while_the_mail_is_looked_at_withdraws_it(committed_db):
    agreement = one_who_is_reminded()
    asks = threading.Event()

    def withdraws(letter):
        asks.set()
        return withdraw_reminder(letter, now=NOW)

    with transaction.atomic():
        pay(agreement)
        sender = Beside(lambda: send_pending_mail(now=NOW, limit=9, withdraws=withdraws))
        assert asks.wait(PATIENCE)
        assert sender.is_waiting(), "for the payment"

    assert (sender.end(), mail.outbox) == (0, [])
    assert Reminder.objects.get().withdrawal == "settled"


def test_several_senders_at_once_withdraw_it_once(committed_db):
    agreement = one_who_is_reminded()
    pay(agreement)

    def send():
        return send_pending_mail(now=NOW, limit=9, withdraws=partial(withdraw_reminder, now=NOW))

    assert (at_once(send, send, send), mail.outbox) == ([0, 0, 0], [])
    assert Reminder.objects.filter(withdrawal="settled").count() == Reminder.objects.count() == 1
