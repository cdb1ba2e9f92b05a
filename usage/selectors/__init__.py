"""Reads stored events back, as the evidence behind a count; `columns` reads what the meters count."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import (
    Case,
    Count,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    When,
)
from django.db.models.functions import TruncDate, TruncHour

from subscriptions.domain.period import Window
from subscriptions.models import Organization, Trial
from subscriptions.selectors import with_trial_facts
from usage.domain.bearing import SESSION_KINDS
from usage.domain.events import (
    INTERACTIVE_CLIENTS,
    Call,
    Direction,
    EventKind,
    NumberFact,
    StorageReading,
)
from usage.domain.resources import RESOURCE_OF
from usage.domain.sessions import LONGEST_SESSION
from usage.domain.snapshot import PersonUse
from usage.models import LiveCount, LivePerson, RejectedEvent, SnapshotUser, UsageEvent

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


class Late(NamedTuple):
    """The first instant on which something late bears, None if nothing is, and whether anything was retracted."""

    first: datetime | None
    are_retracted: bool


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


def list_people_counted(snapshot_id: int) -> QuerySet[SnapshotUser]:
    """Return everyone who was logged in during a period, as a close counted them, by user."""
    return SnapshotUser.objects.filter(snapshot_id=snapshot_id).order_by("user")


def iterate_people_counted(snapshot_id: int) -> Iterator[PersonUse]:
    """Yield everyone who was logged in during a period, as a close counted them, without holding them all."""
    return _people_of(list_people_counted(snapshot_id))


def list_live_people(organization_id: int) -> QuerySet[LivePerson]:
    """Return everyone who was logged in during a running period, as a worker counted them last, by user."""
    return LivePerson.objects.filter(organization_id=organization_id).order_by("user")


def iterate_live_people(organization_id: int) -> Iterator[PersonUse]:
    """Yield everyone who was logged in during a running period, as a worker counted them last."""
    return _people_of(list_live_people(organization_id))


def list_live_people_at_peak(organization_id: int) -> QuerySet[LivePerson, str]:
    """Return the users who were in when the concurrent peak of a running period was first reached (BR-21)."""
    return list_live_people(organization_id).filter(at_peak=True).values_list("user", flat=True)


def get_live_add_on_holders(organization_id: int) -> dict[str, frozenset[str]]:
    """Return who counts for each add-on in a running period, as a worker counted it last (BR-24)."""
    row = LiveCount.objects.filter(organization_id=organization_id).values_list("add_on_holders", flat=True).first()
    return {add_on: frozenset(users) for add_on, users in (row or {}).items()}


def _people_of(people: QuerySet[SnapshotUser] | QuerySet[LivePerson]) -> Iterator[PersonUse]:
    rows = people.values_list("user", "license", "first_login_at", "last_seen_at", "seconds")
    for user, license_code, first_login_at, last_seen_at, seconds in rows.iterator(chunk_size=2_000):
        yield PersonUse(
            user=user,
            license=license_code or None,
            first_login_at=first_login_at,
            last_seen_at=last_seen_at,
            logged_in=timedelta(seconds=seconds),
        )


def with_use_of_trials(trials: QuerySet[Trial]) -> QuerySet[Trial]:
    """Add `last_login_at`, through the desktop, web or mobile client, and `gigabytes`, the latest reading (BR-19)."""
    of_trial = UsageEvent.objects.filter(organization_id=OuterRef("organization_id"))
    taken_back = UsageEvent.objects.filter(
        organization_id=OuterRef("organization_id"), kind=EventKind.RETRACTED, target=OuterRef("identity")
    )
    standing = of_trial.filter(~Exists(taken_back))
    logins = standing.filter(kind=EventKind.LOGGED_IN, client__in=[client.value for client in INTERACTIVE_CLIENTS])
    readings = standing.filter(kind=EventKind.STORAGE)
    return trials.annotate(
        last_login_at=Subquery(logins.order_by("-occurred_at").values("occurred_at")[:1]),
        # Of two readings at one instant the greater counts (BR-40).
        gigabytes=Subquery(readings.order_by("-occurred_at", "-gigabytes").values("gigabytes")[:1]),
    )


def find_trial(organization: Organization) -> Trial | None:
    """Return the trial of an organization with its facts and its use; None if it never had one."""
    return with_use_of_trials(with_trial_facts(Trial.objects.filter(organization=organization))).first()


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


def find_late(
    organization_ids: Collection[int], *, received: Window, before: datetime, calls_by_begin: bool
) -> dict[int, Late]:
    """
    Return, by organization, what was received in a window and bears on an instant before another, or was retracted.

    Organizations of which nothing was are left out. `received` is open at its start and closed at its end, as cut-offs
    are. Almost all that a month receives is in time: an index tells so by itself.
    """
    fresh = UsageEvent.objects.filter(
        organization_id__in=organization_ids, received_at__gt=received.start, received_at__lte=received.end
    ).order_by()
    late = fresh.filter(Q(occurred_at__lt=before) | Q(kind=EventKind.RETRACTED))
    rows = late.values_list("organization_id").annotate(
        first=Min("occurred_at", filter=Q(occurred_at__lt=before)),
        retracted_at=Min("received_at", filter=Q(kind=EventKind.RETRACTED)),
    )
    found = {pk: Late(first=first, are_retracted=retracted_at is not None) for pk, first, retracted_at in rows}
    if calls_by_begin:
        calls = fresh.filter(kind=EventKind.CALL).annotate(at=_bears_from()).filter(at__lt=before)
        for pk, begin in calls.values_list("organization_id").annotate(begin=Min("at")):
            known = found.get(pk, Late(first=None, are_retracted=False))
            found[pk] = known._replace(first=min(begin, known.first or begin))
    return found


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
    at = _bears_from if calls_by_begin else _occurred
    found = [
        bound
        for rows in (fresh.exclude(kind=EventKind.RETRACTED), voided)
        for bound in rows.annotate(at=at()).filter(at__lt=before).aggregate(first=Min("at"), last=Max("at")).values()
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


def _bears_from() -> Case:
    """Return from when an event bears where calls occupy ports: a call from its begin (BR-41)."""
    began = ExpressionWrapper(F("occurred_at") - _Seconds("amount"), output_field=DateTimeField())
    return Case(When(kind=EventKind.CALL, then=began), default=F("occurred_at"), output_field=DateTimeField())


class _Seconds(Func):
    """A number of seconds as a duration: an interval, or the microseconds in which SQLite counts."""

    output_field = DurationField()
    template = "(%(expressions)s * 1000000)"

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:
        """Write PostgreSQL's own type."""
        return self.as_sql(compiler, connection, template="(%(expressions)s * interval '1 second')")


def _occurred() -> F:
    return F("occurred_at")
