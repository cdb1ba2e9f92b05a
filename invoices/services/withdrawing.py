"""Withdraws a reminder that was queued and not sent yet, once it is no longer true (BR-82)."""

from datetime import datetime

from django.db import transaction

from invoices.domain.reminders import Withdrawal, withdrawal_of
from invoices.models import Reminder
from invoices.selectors.reminders import Pauses, get_pauses
from invoices.selectors.stopped import find_parking
from invoices.services.locking import lock_account
from subscriptions.choices import MailKind
from subscriptions.domain.period import local_date
from subscriptions.models import OutgoingMail
from subscriptions.selectors.attention import list_pending_mail
from subscriptions.services.mailing import withdraw_mail


def withdraw_reminder(mail: OutgoingMail, *, now: datetime) -> bool:
    """
    Withdraw a reminder that says what no longer holds, and return whether it is not to be sent.

    Asked right before it is sent, under the lock under which an organization's invoices are paid, credited and
    promised: what was recorded by then counts. One invoice that was settled withdraws the mail for all of them, as its
    sum is wrong; the others are reminded of by the next sweep, as if they had not been.
    """
    if mail.kind != MailKind.REMINDER or mail.organization_id is None:
        return False
    with transaction.atomic():
        lock_account(mail.organization_id)
        if not list_pending_mail(OutgoingMail.objects.filter(pk=mail.pk)).exists():
            # Another worker, which took it as this one stood still, has sent it or withdrawn it.
            return True
        reminders = _reminders(mail)
        pauses, is_parked = get_pauses(mail.organization_id), find_parking(mail.organization_id) is not None
        reasons = [_reason(reminder, pauses, is_parked=is_parked, now=now) for reminder in reminders]
        if not any(reasons):
            return False
        # If not, another worker has sent it in this very moment.
        if withdraw_mail(mail, now=now):
            for reminder, reason in zip(reminders, reasons, strict=True):
                reminder.withdrawn_at, reminder.withdrawal = now, (reason or Withdrawal.TOGETHER).value
                reminder.save(update_fields=["withdrawn_at", "withdrawal"])
        return True


def _reminders(mail: OutgoingMail) -> list[Reminder]:
    rows = Reminder.objects.filter(
        organization=mail.organization_id, mail_key=mail.key, withdrawn_at__isnull=True
    ).select_related("invoice__balance", "invoice__subscription")
    return list(rows.defer("invoice__frozen").order_by("pk"))


def _reason(reminder: Reminder, pauses: Pauses, *, is_parked: bool, now: datetime) -> Withdrawal | None:
    invoice = reminder.invoice
    on = local_date(now, time_zone=invoice.subscription.time_zone)
    return withdrawal_of(
        told=reminder.open,
        left=invoice.balance.open,
        is_promised=pauses.is_promised(invoice.pk, on=on),
        is_stopped=pauses.is_stopped(on=on),
        is_parked=is_parked,
    )
