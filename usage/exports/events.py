"""Reported events as files: the accepted ones, and the rejected ones as they came."""

from collections.abc import Iterable
from decimal import Decimal

from subscriptions.exports.report import Report
from usage.domain.events import Client, Direction
from usage.exports.reports import instant_utc
from usage.models import RejectedEvent, UsageEvent


def accepted_events(events: Iterable[UsageEvent]) -> Report:
    """Return accepted events, with the words in which they are reported."""
    return Report(
        name="events",
        columns=(
            "type",
            "subject",
            "occurred_utc",
            "received_utc",
            "session",
            "client",
            "product",
            "direction",
            "remote",
            "seconds_or_requests",
            "gigabytes",
            "source",
            "id",
        ),
        rows=(
            (
                event.get_kind_display(),
                event.subject,
                instant_utc(event.occurred_at),
                instant_utc(event.received_at),
                event.session,
                Client(event.client).name.lower() if event.client else None,
                event.product,
                Direction(event.direction).name.lower() if event.direction else None,
                event.remote,
                None if event.amount is None else Decimal(event.amount),
                event.gigabytes,
                event.source,
                event.event_id,
            )
            for event in events
        ),
    )


def rejected_events(events: Iterable[RejectedEvent]) -> Report:
    """Return rejected events: why, and as they came."""
    return Report(
        name="rejected-events",
        columns=("received_utc", "reason", "message", "source", "id", "accepted_utc", "event"),
        rows=(
            (
                instant_utc(event.received_at),
                event.reason,
                event.message,
                event.source,
                event.event_id,
                instant_utc(event.replayed_at) if event.replayed_at else None,
                event.payload,
            )
            for event in events
        ),
    )
