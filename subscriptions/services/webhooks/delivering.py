"""
Sends the messages that are due, each until it has arrived or has failed for three days.

A message is claimed, sent without any lock, and what came of it is recorded: a crash between the two sends it again
under the same id. Of one endpoint one message is under way at a time, so a slow one delays nobody else's.
"""

import logging
import secrets
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from standardwebhooks import Webhook

from subscriptions.choices import AuditKind, MailKind
from subscriptions.documents.text import printable
from subscriptions.domain.web_address import AddressError, read_address
from subscriptions.domain.webhook import (
    DeliveryFault,
    EndpointState,
    asked_wait,
    last_attempt,
    next_attempt,
    pause_after,
    wait_after,
)
from subscriptions.models import WebhookDelivery, WebhookEndpoint
from subscriptions.services.auditing import Deed, record
from subscriptions.services.ciphers import UnreadableSecretError, decrypt
from subscriptions.services.mailing import Letter, queue_mail
from subscriptions.services.trials import list_admins
from subscriptions.services.webhooks.endpoints import give_up_waiting
from subscriptions.services.webhooks.posting import Answer, Post, send_post

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]

AT_ONCE = 16
"""To so many endpoints one worker sends at the same time."""

CLAIM_LAPSES_AFTER = timedelta(minutes=2)
"""A worker that took a message and has not finished by then has died: looking up a name takes longest."""

SHOWN_CHARACTERS = 1_000
"""So much of an answer is kept."""

_LOOKS_AGAIN_AFTER = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    delivery_id: int
    endpoint_id: int
    attempts: int
    begun_at: datetime


def deliver_webhooks(*, clock: Clock, until: datetime) -> int:
    """
    Send what is due, begin nothing more after an instant, and return how many messages arrived.

    `clock` tells the time whenever a message is signed or done with: the run may take longer than a signature is taken.
    """
    arrived = 0
    under_way: dict[Future[Answer], _Claim] = {}
    # Only the network is used in threads: the database stays with this one.
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        while True:
            while len(under_way) < AT_ONCE and (now := clock()) < until and (claimed := _claim_next(now=now)):
                claim, post = claimed
                under_way[pool.submit(_send, post)] = claim
            if not under_way:
                return arrived
            done, _going_on = wait(under_way, timeout=_LOOKS_AGAIN_AFTER, return_when=FIRST_COMPLETED)
            for finished in done:
                arrived += _record(under_way.pop(finished), finished.result(), now=clock())


def _send(post: Post | DeliveryFault) -> Answer:
    if isinstance(post, DeliveryFault):
        return Answer(fault=post)
    try:
        return send_post(post)
    # Whatever is wrong with one message, the others still go out.
    except Exception:
        logger.exception("A webhook could not be sent")
        return Answer(fault=DeliveryFault.BROKEN)


def _claim_next(*, now: datetime) -> tuple[_Claim, Post | DeliveryFault] | None:
    """Take the oldest message of the endpoint that has waited longest, and put its next attempt off."""
    due = WebhookDelivery.objects.filter(next_attempt_at__lte=now)
    with transaction.atomic():
        free = WebhookEndpoint.objects.filter(
            Exists(due.filter(endpoint=OuterRef("pk"))),
            revoked_at__isnull=True,
            switched_off_at__isnull=True,
            free_at__lte=now,
        )
        endpoint = free.order_by("free_at", "pk").select_for_update(skip_locked=True, no_key=True).first()
        if endpoint is None:
            return None
        delivery = due.filter(endpoint=endpoint).order_by("next_attempt_at", "pk").first()
        if delivery is None:
            return None
        endpoint.free_at = now + CLAIM_LAPSES_AFTER
        endpoint.save(update_fields=["free_at"])
        delivery.attempts += 1
        delivery.last_attempt_at = now
        delivery.first_attempt_at = delivery.first_attempt_at or now
        delivery.next_attempt_at = now + (_wait(delivery.attempts) or CLAIM_LAPSES_AFTER)
        delivery.fault, delivery.status, delivery.response = DeliveryFault.INTERRUPTED.value, None, ""
        delivery.asked_until = None
        delivery.save(
            update_fields=[
                *("attempts", "first_attempt_at", "last_attempt_at", "next_attempt_at"),
                *("fault", "status", "response", "asked_until"),
            ]
        )
    claim = _Claim(delivery_id=delivery.pk, endpoint_id=endpoint.pk, attempts=delivery.attempts, begun_at=now)
    return claim, _post_of(delivery, endpoint, now=now)


def _post_of(delivery: WebhookDelivery, endpoint: WebhookEndpoint, *, now: datetime) -> Post | DeliveryFault:
    try:
        address = read_address(endpoint.url, allowed=settings.WEBHOOK_ALLOW_PRIVATE)
        signatures = [
            Webhook(secret).sign(delivery.message_id, now, delivery.body) for secret in _secrets_of(endpoint, now)
        ]
    except AddressError:
        return DeliveryFault.NOT_ALLOWED
    except UnreadableSecretError:
        return DeliveryFault.UNREADABLE
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Seatbill-Webhooks/1",
        "webhook-id": delivery.message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
    return Post(address=address, headers=headers, body=delivery.body.encode())


def _secrets_of(endpoint: WebhookEndpoint, now: datetime) -> list[str]:
    stored = [endpoint.secret]
    if endpoint.previous_until is not None and now < endpoint.previous_until:
        stored.append(endpoint.previous_secret)
    return [decrypt(secret) for secret in stored]


def _record(claim: _Claim, answer: Answer, *, now: datetime) -> int:
    """Write down what came of an attempt, and return how many messages arrived by it."""
    with transaction.atomic():
        endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).filter(pk=claim.endpoint_id).first()
        # Another worker may have thought this one dead, and somebody may have revoked the endpoint.
        delivery = WebhookDelivery.objects.filter(
            pk=claim.delivery_id, attempts=claim.attempts, next_attempt_at__isnull=False
        ).first()
        if endpoint is None:
            return 0
        has_arrived = answer.fault is None
        last = last_attempt(now if delivery is None else delivery.first_attempt_at or now)
        asked = asked_wait(answer.retry_after, now=now, last=last)
        if has_arrived:
            endpoint.last_delivered_at, endpoint.failures, endpoint.free_at = now, 0, now
        else:
            endpoint.failures += 1
            # Who asks to be left alone is sent nothing else meanwhile either.
            endpoint.free_at = now + max(pause_after(endpoint.failures), asked or timedelta(0))
        endpoint.save(update_fields=["last_delivered_at", "failures", "free_at"])
        if delivery is None:
            return 0
        delivery.fault = "" if answer.fault is None else answer.fault.value
        delivery.status = answer.status
        delivery.response = printable(answer.beginning)[:SHOWN_CHARACTERS]
        delivery.milliseconds = max(0, int((now - claim.begun_at).total_seconds() * 1000))
        delivery.asked_until = None if asked is None else now + asked
        wait = None if answer.fault is DeliveryFault.GONE else _wait(claim.attempts)
        if has_arrived:
            delivery.delivered_at, delivery.next_attempt_at = now, None
        elif wait is None or (again := next_attempt(wait, asked=asked, last=last, now=now)) is None:
            delivery.given_up_at, delivery.next_attempt_at = now, None
        else:
            delivery.next_attempt_at = again
        delivery.save()
        if delivery.given_up_at is not None and _is_dead(endpoint, delivery, answer):
            _switch_off(endpoint, now=now)
        return int(has_arrived)


def _is_dead(endpoint: WebhookEndpoint, given_up: WebhookDelivery, answer: Answer) -> bool:
    """Tell whether an endpoint has taken nothing for as long as a message was tried, or wants nothing any more."""
    if endpoint.state in {EndpointState.OFF, EndpointState.REVOKED}:
        return False
    if answer.fault is DeliveryFault.GONE:
        return True
    return endpoint.last_delivered_at is None or endpoint.last_delivered_at < given_up.due_since


def _switch_off(endpoint: WebhookEndpoint, *, now: datetime) -> None:
    """Send nothing to a locked endpoint until somebody switches it on again, and tell the subscription admins."""
    endpoint.switched_off_at = now
    endpoint.save(update_fields=["switched_off_at"])
    give_up_waiting(endpoint, fault=DeliveryFault.OFF, now=now)
    organization = endpoint.organization
    page = reverse("webhook", args=[organization.code, endpoint.pk])
    for contact in list_admins(organization):
        letter = Letter(
            organization_id=organization.pk,
            kind=MailKind.WEBHOOK_OFF,
            key=f"{MailKind.WEBHOOK_OFF}|{endpoint.pk}|{now.isoformat()}|{contact.email}",
            recipient=contact.email,
            language=contact.language,
            context={
                "name": contact.name,
                "organization": organization.name,
                "endpoint": endpoint.name,
                "address": endpoint.url,
                "url": f"{settings.SITE_URL}{page}",
            },
        )
        queue_mail(letter, now=now)
    record(
        Deed(
            organization_id=organization.pk,
            kind=AuditKind.KEY,
            deed="webhook_switched_off",
            subject=endpoint,
            by=None,
            at=now,
            facts={"name": endpoint.name},
        )
    )


def _wait(attempts: int) -> timedelta | None:
    return wait_after(attempts, chance=secrets.randbelow(1_000) / 1_000)
