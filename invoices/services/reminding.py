"""
Reminds billing contacts of invoices that are past due, each step once, on the schedule of who issued them (BR-82).

What is due follows from the rows: open amounts, due dates, and the reminders that went out. So a sweep may run twice,
or late, or not at all for months: the latest step that is due goes out, once.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation

from invoices.documents.reminder_mail import PastDue, reminder_mail
from invoices.domain.reminders import Step, step_to_send
from invoices.models import Invoice, Reminder
from invoices.selectors.issued import has_several_issuers
from invoices.selectors.reminders import get_pauses, get_reached, list_people_to_remind, list_to_remind
from invoices.selectors.stopped import get_switch_off
from invoices.services.delivering import invoice_address
from invoices.services.locking import lock_account
from invoices.services.switch import IssuingStoppedError, hold_switch_on, let_nobody_be_parked
from subscriptions.choices import MailKind
from subscriptions.domain.period import local_date
from subscriptions.models import BillingContact
from subscriptions.services.mailing import Letter, queue_mail

logger = logging.getLogger(__name__)

ORGANIZATIONS_AT_ONCE = 500
"""So many are found by one statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """An invoice of which a reminder is due, and the day it is where it is due."""

    invoice: Invoice
    step: Step
    on: date

    @property
    def days(self) -> int:
        """Return how many days past due it is."""
        return (self.on - self.invoice.due_date).days


def send_reminders(*, now: datetime) -> int:
    """
    Queue the reminders that are due, and return to how many organizations they go.

    What goes wrong for one organization is logged, and tried again by the next sweep; the others are reminded. While
    issuing is switched off nobody is.
    """
    return sum(_remind_safely(organization_id, now=now) for organization_id in _organizations(now=now))


def remind(organization_id: int, *, now: datetime) -> int:
    """
    Queue the reminders that are due to an organization, and return how many mails they are.

    :raises IssuingStoppedError: if issuing is switched off, or the organization is parked
    """
    with transaction.atomic():
        lock_account(organization_id)
        hold_switch_on()
        let_nobody_be_parked(organization_id)
        contacts = list_people_to_remind(organization_id)
        together = _mails(_due(organization_id, now=now))
        several_issuers = bool(together) and has_several_issuers(organization_id)
        for due in together:
            for contact in contacts:
                _write(due, contact, several_issuers=several_issuers, now=now)
        return len(together) * len(contacts)


def _organizations(*, now: datetime) -> Iterator[int]:
    """Yield each organization with an invoice that may be due, once, while issuing is not switched off."""
    after = 0
    while get_switch_off() is None:
        rows = list_to_remind(now=now).filter(organization__gt=after).order_by("organization_id")
        found = list(rows.values_list("organization_id", flat=True).distinct()[:ORGANIZATIONS_AT_ONCE])
        yield from found
        if len(found) < ORGANIZATIONS_AT_ONCE:
            return
        after = found[-1]


def _remind_safely(organization_id: int, *, now: datetime) -> bool:
    try:
        return bool(remind(organization_id, now=now))
    except IssuingStoppedError as stopped:
        logger.info("Organization %s is not reminded: %s", organization_id, stopped)
    # Whatever is wrong with one organization, the next one is reminded.
    except Exception:
        logger.exception("Organization %s could not be reminded", organization_id)
    return False


def _due(organization_id: int, *, now: datetime) -> Iterator[Due]:
    """Yield what is due by the calendar of each invoice's billing time zone."""
    rows = list_to_remind(now=now).filter(organization=organization_id)
    invoices = list(
        rows.select_related("organization", "subscription", "balance")
        .prefetch_related("issuing_entity__bank_accounts")
        .defer("frozen")
        .order_by("due_date", "pk")
    )
    reached, pauses = get_reached(invoice.pk for invoice in invoices), get_pauses(organization_id)
    for invoice in invoices:
        on = local_date(now, time_zone=invoice.subscription.time_zone)
        if pauses.is_stopped(on=on) or pauses.is_promised(invoice.pk, on=on):
            continue
        step = step_to_send(
            invoice.issuing_entity.reminder_days, due_date=invoice.due_date, reached=reached.get(invoice.pk, 0), on=on
        )
        if step is not None:
            yield Due(invoice=invoice, step=step, on=on)


def _mails(found: Iterable[Due]) -> list[list[Due]]:
    """Return what goes into one mail: the invoices of one issuer in one currency that are at the same step."""
    together: defaultdict[tuple[int, str, Step], list[Due]] = defaultdict(list)
    for due in found:
        together[due.invoice.issuing_entity_id, due.invoice.currency, due.step].append(due)
    return list(together.values())


def _write(together: Sequence[Due], contact: BillingContact, *, several_issuers: bool, now: datetime) -> None:
    """Queue one mail to a contact, and keep that each of its invoices was reminded of."""
    first, step = together[0].invoice, together[0].step
    # No step of an invoice reaches a contact twice, but for one whose mail was withdrawn: that had another time.
    key = f"reminder|{first.pk}|{step.after_days}|{contact.pk}|{now.isoformat()}"
    Reminder.objects.bulk_create(
        [
            Reminder(
                organization_id=due.invoice.organization_id,
                invoice=due.invoice,
                contact_number=contact.pk,
                level=step.level,
                after_days=step.after_days,
                days_past_due=due.days,
                open=due.invoice.balance.open,
                queued_at=now,
                mail_key=key,
            )
            for due in together
        ]
    )
    with translation.override(contact.language):
        mail = reminder_mail(
            [
                PastDue(
                    number=due.invoice.number,
                    due_date=due.invoice.due_date,
                    open=due.invoice.balance.open,
                    days=due.days,
                    url=invoice_address(due.invoice, several_issuers=several_issuers),
                )
                for due in together
            ],
            tone=step.tone,
            currency=first.currency,
            organization=first.organization.legal_name,
            issuer=first.issuing_entity,
            statement_url=f"{settings.SITE_URL}{reverse('statement', args=[first.organization.code])}",
            language=contact.language,
        )
    queue_mail(
        Letter(
            organization_id=first.organization_id,
            kind=MailKind.REMINDER,
            key=key,
            recipient=contact.email,
            language=contact.language,
            context={"contact": contact, "mail": mail},
        ),
        now=now,
    )
