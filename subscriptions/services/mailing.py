"""Queues mail with its reason, in one transaction, and sends it afterwards; a failed one is tried again, for ever."""

import hashlib
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from smtplib import SMTPConnectError, SMTPServerDisconnected
from socket import gaierror
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import translation

from subscriptions.choices import MailKind
from subscriptions.domain.retry import retry_delay
from subscriptions.models import OutgoingMail
from subscriptions.models.mail import SENDING_BEGAN
from subscriptions.selectors.attention import list_pending_mail

logger = logging.getLogger(__name__)

SERVER_IS_AWAY = (ConnectionError, TimeoutError, SMTPConnectError, SMTPServerDisconnected, gaierror)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that goes with a mail."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """
    What is written to whom, in their language.

    `key` names the reason: however often the same is queued, one mail is sent.
    """

    organization_id: int | None
    kind: MailKind
    key: str
    recipient: str
    language: str
    context: dict[str, Any]
    attachment: Attachment | None = None


def queue_mail(letter: Letter, *, now: datetime) -> OutgoingMail:
    """
    Write a mail into the queue, in the transaction that is its reason; one that is there already stays as it is.

    The first line of the kind's template is the subject, the rest the text.
    """
    with translation.override(letter.language):
        text = render_to_string(f"mail/{letter.kind.value}.txt", letter.context)
    subject, _, body = text.strip().partition("\n\n")
    mail = OutgoingMail(
        organization_id=letter.organization_id,
        kind=letter.kind,
        key=letter.key,
        recipient=letter.recipient,
        language=letter.language,
        # A name with a line break in it must not begin another header.
        subject=" ".join(subject.split())[:300],
        body=body.strip() + "\n",
        attachment_name=letter.attachment.name if letter.attachment else "",
        attachment=letter.attachment.content if letter.attachment else None,
        queued_at=now,
        next_attempt_at=now,
    )
    OutgoingMail.objects.bulk_create([mail], ignore_conflicts=True)
    return OutgoingMail.objects.get(key=letter.key)


def withdraws_nothing(mail: OutgoingMail) -> bool:
    """Withdraw nothing: the answer of whoever knows no reason that may be gone."""
    del mail
    return False


def send_pending_mail(
    *,
    now: datetime,
    limit: int,
    held_back: Callable[[], Collection[MailKind]] = tuple,
    withdraws: Callable[[OutgoingMail], bool] = withdraws_nothing,
) -> int:
    """
    Send up to `limit` mails that are due and return how many went out.

    `held_back` is asked before each of them which kinds do not leave now; they stay where they are. `withdraws` is
    asked at the last moment whether the reason of a mail is gone, and withdraws it then.

    A crash between the sending and its record sends that one mail again, under the same Message-ID: better twice than
    never. Where the server is away the others are left to the next sweep: each would wait as long, and workers with it.
    """
    sent = tried = 0
    while tried < limit and (claimed := _claim_next(now=now, held_back=held_back())) is not None:
        tried += 1
        try:
            if withdraws(claimed):
                continue
            _send(claimed)
        # Whatever is wrong with one mail or its address, the next one still goes out.
        except Exception as error:
            logger.exception("Mail %s could not be sent", claimed.pk)
            _pending().filter(pk=claimed.pk).update(last_error=f"{type(error).__name__}: {error}")
            if isinstance(error, SERVER_IS_AWAY):
                break
        else:
            _pending().filter(pk=claimed.pk).update(sent_at=now, last_error="", attachment=None)
            sent += 1
    return sent


def withdraw_mail(mail: OutgoingMail, *, now: datetime) -> bool:
    """Let a mail that was not sent yet never be sent, and return whether it was so."""
    waiting = _pending().filter(pk=mail.pk)
    return bool(waiting.update(withdrawn_at=now, last_error="", attachment=None))


def _pending() -> QuerySet[OutgoingMail]:
    return list_pending_mail(OutgoingMail.objects.all())


def _claim_next(*, now: datetime, held_back: Collection[MailKind]) -> OutgoingMail | None:
    """Take the mail that has been due longest and put its next attempt off: no lock is held while it is sent."""
    with transaction.atomic():
        due = _pending().filter(next_attempt_at__lte=now).exclude(kind__in=held_back)
        due = due.order_by("next_attempt_at", "pk")
        claimed = due.select_for_update(skip_locked=True).first()
        if claimed is None:
            return None
        claimed.attempts += 1
        claimed.next_attempt_at = now + retry_delay(claimed.attempts)
        claimed.last_error = SENDING_BEGAN
        claimed.save(update_fields=["attempts", "next_attempt_at", "last_error"])
        return claimed


def _send(mail: OutgoingMail) -> None:
    # One address, whatever it came from: a comma in it would be a second reader.
    validate_email(mail.recipient)
    message = EmailMessage(
        subject=mail.subject, body=mail.body, to=[mail.recipient], headers={"Message-ID": _message_id(mail)}
    )
    if mail.attachment is not None:
        message.attach(mail.attachment_name, bytes(mail.attachment), "application/pdf")
    message.send()


def _message_id(mail: OutgoingMail) -> str:
    """Return what names a mail wherever it arrives: a second copy has the same, and is known as one."""
    digest = hashlib.sha256(f"{mail.pk}|{mail.key}".encode()).hexdigest()[:32]
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    return f"<{digest}@{host}>"
