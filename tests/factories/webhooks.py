"""Endpoints of webhooks, and messages to them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from subscriptions.domain.webhook import WebhookEvent
from subscriptions.models import Organization, WebhookDelivery, WebhookEndpoint
from subscriptions.selectors.clock import database_now
from subscriptions.services.recording import Recording
from subscriptions.services.webhooks.announcing import Announcement, write_message
from subscriptions.services.webhooks.endpoints import make_endpoint

EVERYTHING = [event.value for event in WebhookEvent if event is not WebhookEvent.PING]


def a_webhook_with_secret(
    organization: Organization,
    *,
    url: str = "https://hooks.example.com/seatbill",
    events: Sequence[str] = EVERYTHING,
    at: datetime | None = None,
    **fields: Any,
) -> tuple[WebhookEndpoint, str]:
    """Return a stored endpoint that is told everything, unless told otherwise, and its secret."""
    endpoint, secret = make_endpoint(
        organization,
        name=fields.pop("name", "Accounting"),
        url=url,
        event_types=list(events),
        recording=Recording(by=None, at=at or database_now()),
    )
    if fields:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(**fields)
        endpoint.refresh_from_db()
    return endpoint, secret


def a_webhook(organization: Organization, **facts: Any) -> WebhookEndpoint:
    """Return a stored endpoint."""
    return a_webhook_with_secret(organization, **facts)[0]


def a_message(endpoint: WebhookEndpoint, *, subject: int = 1, at: datetime | None = None) -> WebhookDelivery:
    """Return a message that was given up."""
    message = a_waiting_message(endpoint, subject=subject, at=at)
    message.next_attempt_at, message.given_up_at = None, message.queued_at
    message.attempts, message.status, message.fault, message.response = 10, 500, "status", "Internal Server Error"
    message.last_attempt_at, message.milliseconds = message.queued_at, 84
    message.save()
    return message


def a_waiting_message(
    endpoint: WebhookEndpoint, *, subject: int = 1, at: datetime | None = None, event: WebhookEvent | None = None
) -> WebhookDelivery:
    """Return a message that was never tried."""
    now = at or database_now()
    announcement = Announcement(
        organization_id=endpoint.organization_id,
        event=event or WebhookEvent.INVOICE_PAID,
        subject=subject,
        at=now,
        data=lambda: {"organization": endpoint.organization.code, "invoice": {"id": subject, "total": "150.00"}},
    )
    message = write_message(announcement, endpoint, now=now)
    message.save()
    return message
