"""Reads stored events back, as the evidence behind a count."""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import (
    Count,
    Q,
    QuerySet,
    Sum,
)
from django.db.models.functions import TruncDate, TruncHour

from subscriptions.domain.period import Window
from usage.domain.bearing import SESSION_KINDS
from usage.domain.events import (
    Call,
    Direction,
    EventKind,
    NumberFact,
    StorageReading,
)
from usage.domain.resources import RESOURCE_OF
from usage.domain.sessions import LONGEST_SESSION
from usage.models import RejectedEvent, UsageEvent

STATE_KINDS = (
    EventKind.DELETED,
    EventKind.ASSIGNED,
    EventKind.UNASSIGNED,
    EventKind.QUEUE_JOINED,
    EventKind.QUEUE_LEFT,
    EventKind.NUMBER_ACTIVATED,
    EventKind.NUMBER_RELEASED,
)
"""Events whose effect lasts until another ends it, however long ago they happened."""


class DayOfUse(NamedTuple):
    """What was used on one day, in how many events."""

    day: date
    events: int
    amount: int


def count_bearing_events(*, organization_id: int, window: Window, received_until: datetime, at_most: int) -> int:
    """Return about how many events a count of the period would read; counting stops at a number."""
    known = UsageEvent.objects.filter(organization_id=organization_id, received_at__lte=received_until)
    return known.filter(_bearing_on(window))[:at_most].count()


def _bearing_on(window: Window) -> Q:
    """Return the condition of the events of a period and around it that bear on it."""
    inside = Q(occurred_at__gte=window.start, occurred_at__lt=window.end)
    return (
        Q(kind__in=SESSION_KINDS, occurred_at__gte=window.start - LONGEST_SESSION, occurred_at__lt=window.end)
        # A call is reported when it ends: one that ends after the period may have begun in it (BR-41).
        | Q(kind=EventKind.CALL, occurred_at__gte=window.start)
        | (Q(kind__in=(*STATE_KINDS, *RESOURCE_OF, EventKind.STORAGE)) & inside)
    )


def list_events(*, organization_id: int, kinds: Sequence[EventKind], received_until: datetime) -> QuerySet[UsageEvent]:
    """Return the events of some kinds that were received, and not retracted, by an instant (BR-25)."""
    known = UsageEvent.objects.filter(organization_id=organization_id, received_at__lte=received_until)
    retracted = known.filter(kind=EventKind.RETRACTED, target__isnull=False).values("target")
    return known.filter(kind__in=kinds).exclude(identity__in=retracted)


def list_calls(
    *, organization_id: int, since: datetime, until: datetime | None, received_until: datetime
) -> Iterator[Call]:
    """
    Yield the calls that ended from one instant up to another, in order, without holding them all.

    Without `until`: all that ended since, as those do that may have begun in a period (BR-41).
    """
    calls = list_events(organization_id=organization_id, kinds=[EventKind.CALL], received_until=received_until)
    calls = calls.filter(occurred_at__gte=since)
    rows = (calls if until is None else calls.filter(occurred_at__lt=until)).order_by("occurred_at", "pk")
    columns = ("subject", "direction", "remote", "amount", "occurred_at")
    for call_id, direction, remote, seconds, at in rows.values_list(*columns).iterator(chunk_size=2_000):
        yield Call(call_id, Direction(direction or 0), remote or "", seconds or 0, at)


def list_storage_readings(*, organization_id: int, window: Window, received_until: datetime) -> list[StorageReading]:
    """Return the readings of a period and those at the last instant before it, in order (BR-40)."""
    readings = list_events(organization_id=organization_id, kinds=[EventKind.STORAGE], received_until=received_until)
    before = readings.filter(occurred_at__lte=window.start).order_by("-occurred_at").values("occurred_at")[:1]
    bearing = readings.filter(Q(occurred_at__gte=window.start) | Q(occurred_at=before), occurred_at__lt=window.end)
    rows = bearing.order_by("occurred_at", "pk").values_list("gigabytes", "occurred_at")
    return [StorageReading(gigabytes or Decimal(0), at) for gigabytes, at in rows]


def list_consumption_by_day(
    resource: str, *, organization_id: int, window: Window, received_until: datetime, time_zone: str
) -> Iterator[DayOfUse]:
    """Yield what was used of a fair-use resource on each local day of a period, in seconds or requests (BR-40)."""
    kinds = [EventKind(kind) for kind, name in RESOURCE_OF.items() if name == resource]
    events = list_events(organization_id=organization_id, kinds=kinds, received_until=received_until)
    days = (
        events.filter(occurred_at__gte=window.start, occurred_at__lt=window.end)
        .annotate(day=TruncDate("occurred_at", tzinfo=ZoneInfo(time_zone)))
        .values("day")
        .annotate(events=Count("pk"), used=Sum("amount"))
        .order_by("day")
    )
    for row in days:
        yield DayOfUse(day=row["day"], events=row["events"], amount=row["used"])


def list_number_facts(
    product: str, *, organization_id: int, until: datetime, received_until: datetime
) -> tuple[list[NumberFact], list[NumberFact]]:
    """Return the activations and the releases of a product's numbers up to an instant, each in order (BR-43)."""
    kinds = [EventKind.NUMBER_ACTIVATED, EventKind.NUMBER_RELEASED]
    events = list_events(organization_id=organization_id, kinds=kinds, received_until=received_until)
    rows = events.filter(product=product, occurred_at__lt=until).order_by("occurred_at", "pk")
    activations: list[NumberFact] = []
    releases: list[NumberFact] = []
    for kind, number, at in rows.values_list("kind", "subject", "occurred_at"):
        found = activations if kind == EventKind.NUMBER_ACTIVATED else releases
        found.append(NumberFact(number, product, at))
    return activations, releases


def is_anything_reported(organization_id: int, *, since: datetime, until: datetime) -> bool:
    """Tell whether anything was received after an instant and up to another, from an index."""
    fresh = UsageEvent.objects.filter(organization_id=organization_id, received_at__gt=since, received_at__lte=until)
    return fresh.exists()


def list_hours_reported(
    *, organization_id: int, kinds: Collection[EventKind], received: Window, since: datetime
) -> list[datetime]:
    """
    Return the hours of which events of some kinds were received or retracted in a window, by the begins of the hours.

    `received` is open at its start and closed at its end. Of what was retracted it is known only back to `since`.
    """
    events = UsageEvent.objects.filter(organization_id=organization_id)
    fresh = events.filter(received_at__gt=received.start, received_at__lte=received.end)
    hour = TruncHour("occurred_at", tzinfo=UTC)
    found = set(fresh.filter(kind__in=kinds).values_list(hour, flat=True).distinct())
    retracted = fresh.filter(kind=EventKind.RETRACTED, target__isnull=False)
    if retracted.exists():
        # What a retraction voids has no index of its own: of the period, it is looked for in the events.
        voided = events.filter(kind__in=kinds, occurred_at__gte=since, identity__in=retracted.values("target"))
        found |= set(voided.values_list(hour, flat=True).distinct())
    return sorted(found)


def list_rejected_waiting(events: QuerySet[RejectedEvent]) -> QuerySet[RejectedEvent]:
    """Return the rejected events that have not been sent again and accepted (BR-23)."""
    return events.filter(replayed_at__isnull=True)
