"""Reads stored events back as the typed facts that the meters count."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Max, Q, QuerySet

from subscriptions.domain.catalog import API_REQUESTS, BASIC_IVR, BYOC_CLOUD, VOICE_TRANSCRIPTION
from subscriptions.domain.period import Window
from usage.domain.activity import LONGEST_SESSION
from usage.domain.events import (
    Assignment,
    Call,
    Client,
    Consumption,
    Direction,
    EventKind,
    Login,
    Logout,
    NumberFact,
    StorageReading,
    UsageFacts,
    UserFact,
)
from usage.models import UsageEvent

SESSION_KINDS = (EventKind.LOGGED_IN, EventKind.LOGGED_OUT)
RESOURCE_OF: Mapping[int, str] = {
    EventKind.IVR: BASIC_IVR,
    EventKind.BYOC: BYOC_CLOUD,
    EventKind.TRANSCRIPTION: VOICE_TRANSCRIPTION,
    EventKind.API: API_REQUESTS,
}
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


class EventRow(NamedTuple):
    """The columns of an event that meters read."""

    kind: int
    occurred_at: datetime
    subject: str
    session: str | None
    client: int | None
    product: str | None
    direction: int | None
    remote: str | None
    amount: int | None
    gigabytes: Decimal | None
    identity: bytes


def get_usage_facts(*, organization_id: int, window: Window, received_until: datetime) -> UsageFacts:
    """
    Return everything that bears on a period of an organization and was received by an instant (BR-02, BR-25).

    Retracted events are left out; a retraction counts if it was received by then, before or after its event.
    """
    known = UsageEvent.objects.filter(organization_id=organization_id, received_at__lte=received_until)
    targets = known.filter(kind=EventKind.RETRACTED).values_list("target", flat=True)
    retracted = {bytes(target) for target in targets if target is not None}
    facts = UsageFacts()
    for row in _rows_bearing_on(known, window, retracted):
        _add(facts, row)
    return facts


def _rows_bearing_on(known: QuerySet[UsageEvent], window: Window, retracted: set[bytes]) -> Iterator[EventRow]:
    inside = Q(occurred_at__gte=window.start, occurred_at__lt=window.end)
    bearing = (
        Q(kind__in=SESSION_KINDS, occurred_at__gte=window.start - LONGEST_SESSION, occurred_at__lt=window.end)
        | Q(kind__in=STATE_KINDS, occurred_at__lt=window.end)
        # A call is reported when it ends: one that ends after the period may have begun in it (BR-41).
        | Q(kind=EventKind.CALL, occurred_at__gte=window.start)
        | (Q(kind__in=tuple(RESOURCE_OF)) & inside)
        | (Q(kind=EventKind.STORAGE) & (inside | Q(occurred_at=_last_reading_before(known, window, retracted))))
    )
    for row in known.filter(bearing).values_list(*EventRow._fields).iterator(chunk_size=10_000):
        event = EventRow._make(row)
        if bytes(event.identity) not in retracted:
            yield event


def _last_reading_before(known: QuerySet[UsageEvent], window: Window, retracted: set[bytes]) -> datetime | None:
    """Return the instant of the last storage reading at or before the period's start: it holds there (BR-40)."""
    readings = known.filter(kind=EventKind.STORAGE, occurred_at__lte=window.start)
    if retracted:
        readings = readings.exclude(identity__in=retracted)
    latest: datetime | None = readings.aggregate(latest=Max("occurred_at"))["latest"]
    return latest


def _add(facts: UsageFacts, row: EventRow) -> None:
    """Append the fact that a row states; each kind has the columns it needs (checked on ingestion)."""
    kind, at, subject = row.kind, row.occurred_at, row.subject
    if kind == EventKind.LOGGED_IN:
        facts.logins.append(Login(subject, row.session or "", Client(row.client or 0), at))
    elif kind == EventKind.LOGGED_OUT:
        facts.logouts.append(Logout(subject, row.session or "", at))
    elif kind == EventKind.CALL:
        direction = Direction(row.direction or 0)
        facts.calls.append(Call(subject, direction, row.remote or "", row.amount or 0, at))
    elif kind == EventKind.STORAGE:
        facts.readings.append(StorageReading(row.gigabytes or Decimal(0), at))
    elif kind in RESOURCE_OF:
        facts.consumptions.append(Consumption(RESOURCE_OF[kind], row.amount or 0, at))
    elif kind in {EventKind.ASSIGNED, EventKind.UNASSIGNED}:
        target = facts.assignments if kind == EventKind.ASSIGNED else facts.unassignments
        target.append(Assignment(subject, row.product or "", at))
    elif kind in {EventKind.NUMBER_ACTIVATED, EventKind.NUMBER_RELEASED}:
        numbers = facts.activations if kind == EventKind.NUMBER_ACTIVATED else facts.releases
        numbers.append(NumberFact(subject, row.product or "", at))
    else:
        _add_user_fact(facts, kind, UserFact(subject, at))


def _add_user_fact(facts: UsageFacts, kind: int, fact: UserFact) -> None:
    if kind == EventKind.DELETED:
        facts.deletions.append(fact)
    elif kind == EventKind.QUEUE_JOINED:
        facts.queue_joins.append(fact)
    elif kind == EventKind.QUEUE_LEFT:
        facts.queue_leaves.append(fact)
