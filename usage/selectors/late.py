"""Reads what came too late: for a period (BR-74), or since an instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import DateTimeField, F, Max, Min, Q, QuerySet
from django.db.models.expressions import RawSQL

from subscriptions.domain.period import Window
from usage.domain.bearing import SESSION_KINDS
from usage.domain.events import (
    EventKind,
)
from usage.domain.sessions import LONGEST_SESSION
from usage.models import UsageEvent
from usage.selectors.events import STATE_KINDS
from usage.selectors.together import instant_of, rows_of_each


@dataclass(frozen=True, slots=True, kw_only=True)
class TooLate:
    """
    Which events come too late for a period: received after an instant, and bearing on it before any other period.

    `since` is the period's start; of a first period it is earlier: what lasts into it may have begun from then on. With
    `calls_by_begin` a call bears from its begin: it occupies a port from then on (BR-41).
    """

    organization_id: int
    window: Window
    since: datetime
    received_after: datetime
    calls_by_begin: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LateSince:
    """
    What was received of an organization in a window and bears on an instant before another.

    `received` is open at its start and closed at its end, as cut-offs are. With `calls_by_begin` a call bears from its
    begin (BR-41).
    """

    organization_id: int
    received: Window
    before: datetime
    calls_by_begin: bool


class Late(NamedTuple):
    """The first instant on which something late bears, None if nothing is, and whether anything was retracted."""

    first: datetime | None
    are_retracted: bool


def list_reported_too_late(late: TooLate) -> QuerySet[UsageEvent]:
    """Return the events that came too late for a period, without those that were retracted since (BR-74)."""
    events = _bearing_first(late).filter(received_at__gt=late.received_after)
    return events.exclude(identity__in=_retractions(late).values("target"))


def list_retracted_too_late(late: TooLate) -> QuerySet[UsageEvent]:
    """Return the retractions that came too late for a period: what they void had come in time, and counts (BR-25)."""
    voided_in_time = _retractions(late).filter(received_at__lte=late.received_after)
    counted = _bearing_first(late).filter(received_at__lte=late.received_after)
    counted = counted.exclude(identity__in=voided_in_time.values("target"))
    return _retractions(late).filter(received_at__gt=late.received_after, target__in=counted.values("identity"))


def find_late(asked: Sequence[LateSince]) -> dict[int, Late]:
    """
    Return, by organization, what came late of each of some, or was retracted: in one statement for many, if they are
    alike in how calls bear.

    Organizations of which nothing was are left out. Almost all that a month receives is in time: an index tells so by
    itself.
    """
    adapt = connection.ops.adapt_datetimefield_value
    parameters = [
        {
            "organization": one.organization_id,
            "after": adapt(one.received.start),
            "until": adapt(one.received.end),
            "before": adapt(one.before),
        }
        for one in asked
    ]
    rows = rows_of_each([_late_statement(calls_by_begin=one.calls_by_begin) for one in asked], parameters)
    return {
        asked[place].organization_id: Late(None if first is None else instant_of(first), are_retracted=bool(retracted))
        for place, first, retracted in rows
    }


def _late_statement(*, calls_by_begin: bool) -> str:
    at = _bears_from_in_sql() if calls_by_begin else "occurred_at"
    return f"""
        SELECT min(CASE WHEN {at} < %(before)s THEN {at} END),
            max(CASE WHEN kind = {EventKind.RETRACTED:d} THEN 1 ELSE 0 END)
        FROM usage_usageevent
        WHERE organization_id = %(organization)s AND received_at > %(after)s AND received_at <= %(until)s
            AND ({at} < %(before)s OR kind = {EventKind.RETRACTED:d})
        HAVING count(*) > 0"""  # noqa: S608


def get_span_of(
    *, organization_id: int, received: Window, before: datetime, calls_by_begin: bool
) -> tuple[datetime, datetime] | None:
    """
    Return the first and the last instant before another on which something received in a window bears, or None.

    A retraction bears where the event does that it voids. `received` is open at its start and closed at its end, as
    cut-offs are.
    """
    events = UsageEvent.objects.filter(organization_id=organization_id)
    fresh = events.filter(received_at__gt=received.start, received_at__lte=received.end)
    voided = events.filter(identity__in=fresh.filter(kind=EventKind.RETRACTED).values("target"))
    at = _bears_from() if calls_by_begin else F("occurred_at")
    found = [
        bound
        for rows in (fresh.exclude(kind=EventKind.RETRACTED), voided)
        for bound in rows.annotate(at=at).filter(at__lt=before).aggregate(first=Min("at"), last=Max("at")).values()
        if bound is not None
    ]
    return (min(found), max(found)) if found else None


def _retractions(late: TooLate) -> QuerySet[UsageEvent]:
    return UsageEvent.objects.filter(
        organization_id=late.organization_id, kind=EventKind.RETRACTED, target__isnull=False
    )


def _bearing_first(late: TooLate) -> QuerySet[UsageEvent]:
    """Return the events that bear on a period and on none before it."""
    window = late.window
    events = UsageEvent.objects.filter(organization_id=late.organization_id).exclude(kind=EventKind.RETRACTED)
    inside = Q(occurred_at__gte=window.start, occurred_at__lt=window.end)
    if late.calls_by_begin:
        events = events.annotate(bears_from=_bears_from())
        inside = Q(occurred_at__gte=window.start, bears_from__gte=window.start, bears_from__lt=window.end)
    return events.filter(inside | _lasting_into(late)) if late.since < window.start else events.filter(inside)


def _lasting_into(late: TooLate) -> Q:
    """Return the condition for what began before a period and may last into it."""
    start = late.window.start
    lasting = Q(kind__in=(*STATE_KINDS, EventKind.STORAGE), occurred_at__gte=late.since, occurred_at__lt=start)
    begun = max(late.since, start - LONGEST_SESSION)
    lasting |= Q(kind__in=SESSION_KINDS, occurred_at__gte=begun, occurred_at__lt=start)
    if late.calls_by_begin:
        lasting |= Q(kind=EventKind.CALL, bears_from__lt=start, occurred_at__gt=start)
    return lasting


def _bears_from() -> RawSQL:
    """Return from when an event bears where calls occupy ports: a call from its begin (BR-41)."""
    return RawSQL(_bears_from_in_sql(), [], output_field=DateTimeField())  # noqa: S611


def _bears_from_in_sql() -> str:
    began = {
        "postgresql": "occurred_at - amount * interval '1 second'",
        # What the ORM makes of a difference.
        "sqlite": "django_format_dtdelta('-', occurred_at, amount * 1000000)",
    }
    return f"CASE WHEN kind = {EventKind.CALL:d} THEN {began[connection.vendor]} ELSE occurred_at END"
