"""Queues mails with what they tell of, and sends those that wait; a failed one is tried again for ever."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import translation

from subscriptions.choices import MailKind
from subscriptions.models import OutgoingMail

logger = logging.getLogger(__name__)

FIRST_RETRY = timedelta(minutes=2)
SLOWEST_RETRY = timedelta(hours=4)


def write_mail(
    kind: MailKind,
    *,
    organization_id: int | None,
    recipient: str,
    language: str,
    context: Mapping[str, object],
    now: datetime,
) -> OutgoingMail:
    """
    Queue a mail in the language of its reader: the first line of its template is the subject, the rest the text.

    Call it inside the transaction that does what the mail tells of.
    """
    with translation.override(language):
        text = render_to_string(f"subscriptions/mail/{kind.value}.txt", dict(context))
    subject, _, body = text.strip().partition("\n")
    return OutgoingMail.objects.create(
        organization_id=organization_id,
        kind=kind,
        recipient=recipient,
        subject=subject.strip()[:200],
        body=body.strip() + "\n",
        written_at=now,
        next_attempt_at=now,
    )


def send_pending_mail(*, now: datetime, limit: int) -> int:
    """Send up to `limit` mails that are due, and return how many left; one that fails stops no other."""
    sent = tried = 0
    while tried < limit and (mail := _claim_next(now=now)) is not None:
        tried += 1
        try:
            EmailMessage(subject=mail.subject, body=mail.body, to=[mail.recipient]).send()
        # Whatever a mail server answers, the next mail still gets its turn.
        except Exception as error:
            logger.exception("Mail %s could not be sent", mail.pk)
            _pending().filter(pk=mail.pk).update(last_error=f"{type(error).__name__}: {error}")
        else:
            _pending().filter(pk=mail.pk).update(sent_at=now, last_error="")
            sent += 1
    return sent


def _pending() -> QuerySet[OutgoingMail]:
    return OutgoingMail.objects.filter(sent_at__isnull=True)


def _claim_next(*, now: datetime) -> OutgoingMail | None:
    """
    Take the mail that has been due longest.

    Its next attempt is put off before it is tried: no other worker sends it meanwhile, and none holds a lock while a
    mail server thinks.
    """
    with transaction.atomic():
        due = _pending().filter(next_attempt_at__lte=now).order_by("next_attempt_at", "pk")
        mail = due.select_for_update(skip_locked=True).first()
        if mail is None:
            return None
        wait = min(FIRST_RETRY * (1 << min(mail.attempts, 10)), SLOWEST_RETRY)
        _pending().filter(pk=mail.pk).update(
            attempts=mail.attempts + 1, next_attempt_at=now + wait, last_error="Sending began and did not end."
        )
        return mail
