"""Makes, rotates, revokes and tests the endpoints of an organization, and sends them something again."""

import base64
import secrets
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from subscriptions.choices import AuditKind
from subscriptions.domain.webhook import SECRETS_OVERLAP, DeliveryFault, EndpointState, WebhookEvent
from subscriptions.models import Organization, WebhookDelivery, WebhookEndpoint
from subscriptions.selectors.webhooks import free_again_at
from subscriptions.services.auditing import Deed, record
from subscriptions.services.ciphers import encrypt
from subscriptions.services.recording import Recording
from subscriptions.services.webhooks.announcing import Announcement, write_message

AT_MOST = 20
"""How many endpoints of an organization work at a time."""

_SECRET_BYTES = 32


class EndpointExistsError(Exception):
    """The organization has a working endpoint at this address, or as many as it may have."""


class EndpointChangedError(Exception):
    """Somebody has just done something about the endpoint or the message: nothing was changed."""


def make_endpoint(
    organization: Organization, *, name: str, url: str, event_types: list[str], recording: Recording
) -> tuple[WebhookEndpoint, str]:
    """
    Make an endpoint, and return it with its secret, which can be shown this once.

    :raises EndpointExistsError: if there is one at this address, or there are too many
    """
    secret = _new_secret()
    endpoint = WebhookEndpoint(
        organization=organization,
        name=name,
        url=url,
        event_types=event_types,
        secret=encrypt(secret),
        created_at=recording.at,
        created_by=recording.by,
        free_at=recording.at,
    )
    try:
        with transaction.atomic():
            if organization.webhook_endpoints.filter(revoked_at__isnull=True).count() >= AT_MOST:
                raise EndpointExistsError
            endpoint.save(force_insert=True)
            _record(endpoint, "webhook_made", recording, url=url, events=", ".join(event_types))
    except IntegrityError:
        raise EndpointExistsError from None
    return endpoint, secret


def rotate_secret(endpoint: WebhookEndpoint, *, rotations: int, recording: Recording) -> str:
    """
    Give an endpoint another secret, and return that; what is sent is signed with both for a day.

    `rotations` is how often it had been replaced when the person was asked: the same click counts once.

    :raises EndpointChangedError: if it has been replaced since, or the endpoint is revoked
    """
    secret = _new_secret()
    with transaction.atomic():
        locked = _lock(endpoint.pk)
        if locked.rotations != rotations or locked.revoked_at is not None:
            raise EndpointChangedError
        locked.previous_secret, locked.previous_until = locked.secret, recording.at + SECRETS_OVERLAP
        locked.secret, locked.rotations = encrypt(secret), locked.rotations + 1
        locked.save(update_fields=["secret", "previous_secret", "previous_until", "rotations"])
        _record(locked, "webhook_rotated", recording)
    endpoint.refresh_from_db()
    return secret


def revoke_endpoint(endpoint: WebhookEndpoint, *, recording: Recording) -> None:
    """Send nothing to an endpoint from now on, and give up what waits; one revoked before keeps its time."""
    with transaction.atomic():
        locked = _lock(endpoint.pk)
        if locked.revoked_at is None:
            locked.revoked_at = recording.at
            # Nothing is signed with them any more.
            locked.previous_secret, locked.previous_until = "", None
            locked.save(update_fields=["revoked_at", "previous_secret", "previous_until"])
            give_up_waiting(locked, fault=DeliveryFault.REVOKED, now=recording.at)
            _record(locked, "webhook_revoked", recording)
    endpoint.refresh_from_db()


def switch_on(endpoint: WebhookEndpoint, *, recording: Recording) -> bool:
    """Send to an endpoint again that was switched off; return whether it was off."""
    with transaction.atomic():
        locked = _lock(endpoint.pk)
        if locked.state is not EndpointState.OFF:
            return False
        locked.switched_off_at, locked.failures = None, 0
        locked.free_at = free_again_at(locked, now=recording.at)
        locked.save(update_fields=["switched_off_at", "failures", "free_at"])
        _record(locked, "webhook_switched_on", recording)
    return True


def send_test(endpoint: WebhookEndpoint, *, recording: Recording) -> bool:
    """Queue a test for an endpoint; return whether it did: not if one is on its way, or nothing is sent there."""
    with transaction.atomic():
        locked = _lock(endpoint.pk)
        if locked.state in {EndpointState.OFF, EndpointState.REVOKED}:
            return False
        tests = locked.deliveries.filter(event_type=WebhookEvent.PING.value)
        if tests.filter(next_attempt_at__isnull=False).exists():
            return False
        latest = tests.order_by("-pk").values_list("pk", flat=True).first()
        ping = Announcement(
            organization_id=locked.organization_id,
            event=WebhookEvent.PING,
            subject=locked.pk,
            occasion=str(latest or 0),
            at=recording.at,
            data=lambda: {"organization": locked.organization.code, "endpoint": locked.name},
        )
        write_message(ping, locked, now=recording.at).save(force_insert=True)
        WebhookEndpoint.objects.filter(pk=locked.pk).update(free_at=free_again_at(locked, now=recording.at))
        _record(locked, "webhook_tested", recording)
    return True


def send_delivery_again(delivery: WebhookDelivery, *, times_again: int, recording: Recording) -> None:
    """
    Put a message back into the queue, under the id and with the words that it had, and try it as if it were new.

    `times_again` is how often that had been done when the person was shown the button: the same click counts once.

    :raises EndpointChangedError: if it waits or has been sent again since, or nothing is sent to its endpoint
    """
    with transaction.atomic():
        endpoint = _lock(delivery.endpoint_id)
        done = WebhookDelivery.objects.filter(pk=delivery.pk, next_attempt_at__isnull=True, times_again=times_again)
        if endpoint.state in {EndpointState.OFF, EndpointState.REVOKED} or not done.update(
            next_attempt_at=recording.at,
            due_since=recording.at,
            attempts=0,
            first_attempt_at=None,
            delivered_at=None,
            given_up_at=None,
            times_again=F("times_again") + 1,
        ):
            raise EndpointChangedError
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(free_at=free_again_at(endpoint, now=recording.at))
        _record(endpoint, "webhook_sent_again", recording, event=delivery.event_type, message=delivery.message_id)


def give_up_waiting(endpoint: WebhookEndpoint, *, fault: DeliveryFault, now: datetime) -> None:
    """Give up everything that waits for a locked endpoint."""
    waiting: QuerySet[WebhookDelivery] = endpoint.deliveries.filter(next_attempt_at__isnull=False)
    waiting.update(next_attempt_at=None, given_up_at=now, fault=fault.value)


def _new_secret() -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()}"


def _lock(endpoint_id: int) -> WebhookEndpoint:
    # Not against rows that merely refer to it: messages go on being queued.
    return WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint_id)


def _record(endpoint: WebhookEndpoint, deed: str, recording: Recording, **facts: str) -> None:
    record(
        Deed(
            organization_id=endpoint.organization_id,
            kind=AuditKind.KEY,
            deed=deed,
            subject=endpoint,
            by=recording.by,
            at=recording.at,
            facts={"name": endpoint.name, **facts},
        )
    )
