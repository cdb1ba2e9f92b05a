"""Writes a message for each endpoint that wants to be told of something, once for each reason."""

import json
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from subscriptions.domain.webhook import VERSION, DeliveryFault, WebhookEvent
from subscriptions.models import WebhookDelivery, WebhookEndpoint
from subscriptions.selectors.webhooks import list_listening

_ID_BYTES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """
    Something that happened, of which an organization's endpoints may want to be told.

    `subject` is the key of the row that it is about; `occasion` tells several of one row apart. Together they name the
    reason: however often the same is announced, each endpoint is told once. `data` is worked out only if one wants it.
    """

    organization_id: int
    event: WebhookEvent
    subject: int
    at: datetime
    data: Callable[[], Mapping[str, object]]
    occasion: str = ""


def announce_all(announcements: Iterable[Announcement], *, now: datetime) -> int:
    """
    Queue what happened, in the transaction that did it, and return how many messages that made.

    All of them are of one kind. Where nobody listens, many take one statement, as one does; else one more.
    """
    wanted = list(announcements)
    if not wanted:
        return 0
    (event,) = {announcement.event for announcement in wanted}
    listening = list_listening(event, {announcement.organization_id for announcement in wanted})
    return _write([(one, listening.get(one.organization_id, ())) for one in wanted], now=now)


def announce_found(
    announcements: Iterable[Announcement], *, listening: Mapping[int, Sequence[WebhookEndpoint]], now: datetime
) -> int:
    """
    Queue what a sweep found, and return how many messages that made; what was told before is left out.

    An endpoint is not told of what happened before there was one.
    """
    wanted = list(announcements)
    if not wanted:
        return 0
    (event,) = {announcement.event for announcement in wanted}
    told = _told(event, wanted)
    pairs = []
    for one in wanted:
        endpoints = [
            endpoint
            for endpoint in listening.get(one.organization_id, ())
            if endpoint.created_at <= one.at and endpoint.pk not in told[one.subject, one.occasion]
        ]
        pairs.append((one, endpoints))
    return _write(pairs, now=now)


def write_message(announcement: Announcement, endpoint: WebhookEndpoint, *, now: datetime) -> WebhookDelivery:
    """Return a message to one endpoint, not stored yet; what one misses while it is off is given up at once."""
    is_off = endpoint.switched_off_at is not None
    return WebhookDelivery(
        organization_id=endpoint.organization_id,
        endpoint=endpoint,
        message_id=f"msg_{secrets.token_hex(_ID_BYTES)}",
        event_type=announcement.event.value,
        subject=announcement.subject,
        occasion=announcement.occasion,
        body=_body(announcement),
        queued_at=now,
        due_since=now,
        next_attempt_at=None if is_off else now,
        given_up_at=now if is_off else None,
        fault=DeliveryFault.OFF.value if is_off else "",
    )


def in_utc(instant: datetime) -> str:
    """Write an instant as messages do: `2026-03-01T12:00:00Z`."""
    return instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _body(announcement: Announcement) -> str:
    message = {
        "type": announcement.event.value,
        "version": VERSION,
        "timestamp": in_utc(announcement.at),
        "data": announcement.data(),
    }
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def _write(pairs: Iterable[tuple[Announcement, Sequence[WebhookEndpoint]]], *, now: datetime) -> int:
    rows = [write_message(one, endpoint, now=now) for one, endpoints in pairs for endpoint in endpoints]
    if rows:
        WebhookDelivery.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _told(event: WebhookEvent, wanted: Sequence[Announcement]) -> defaultdict[tuple[int, str], set[int]]:
    rows = WebhookDelivery.objects.filter(
        endpoint__organization_id__in={one.organization_id for one in wanted}, event_type=event.value
    )
    told: defaultdict[tuple[int, str], set[int]] = defaultdict(set)
    for subject, occasion, endpoint_id in rows.values_list("subject", "occasion", "endpoint_id"):
        told[subject, occasion].add(endpoint_id)
    return told
