"""Finds what was reported for an organization, as its people look it up: accepted events, and rejected ones."""

from collections.abc import Sequence

from django.db.models import QuerySet

from subscriptions.domain.period import Window
from subscriptions.models import Organization
from usage.domain.events import EventKind
from usage.models import RejectedEvent, UsageEvent
from usage.selectors.events import list_rejected_waiting


def list_accepted(
    organization: Organization, *, kind: int | None, subject: str, within: Window | None
) -> QuerySet[UsageEvent]:
    """
    Return the accepted events of an organization, of one kind or subject or that happened in a window.

    Of a kind or a window an index has them in the order in which they happened, of all in that of their receipt. A
    subject is found by reading every event of the window.
    """
    events = UsageEvent.objects.filter(organization=organization)
    if kind is not None or within is not None:
        # Every kind by its number, so that the index by kind and time is entered at the window for each of them.
        events = events.filter(kind__in=[kind] if kind is not None else [each.value for each in EventKind])
    if within is not None:
        events = events.filter(occurred_at__gte=within.start, occurred_at__lt=within.end)
    return events.filter(subject=subject) if subject else events


def find_retracted(organization: Organization, events: Sequence[UsageEvent]) -> frozenset[bytes]:
    """Return the identities, among those of some events, that another event has voided."""
    targets = UsageEvent.objects.filter(
        organization=organization, kind=EventKind.RETRACTED, target__in=[event.identity for event in events]
    )
    return frozenset(bytes(target) for target in targets.values_list("target", flat=True) if target is not None)


def list_rejected(organization: Organization, *, state: str) -> QuerySet[RejectedEvent]:
    """Return the rejected events of an organization: those `waiting`, those `accepted` since, or all."""
    events = RejectedEvent.objects.filter(organization=organization)
    if state == "waiting":
        return list_rejected_waiting(events)
    return events.filter(replayed_at__isnull=False) if state == "accepted" else events
