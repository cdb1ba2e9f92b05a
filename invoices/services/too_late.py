"""Lists the usage that came too late to be billed, so that a person deals with it: never silent (BR-74)."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Max, Min, QuerySet

from invoices.choices import CycleState
from invoices.domain.too_late import billed_until
from invoices.models import BillingCycle, TooLateCheck, TooLateSettlement, TooLateUsage
from invoices.selectors.corrections import list_subscriptions_to_check
from invoices.selectors.shadow import list_closed_in_shadow
from subscriptions.choices import AuditKind
from subscriptions.domain.period import Window
from subscriptions.domain.policy import POLICIES, Edition, IncludedUse
from subscriptions.models import Subscription
from subscriptions.services.auditing import Deed, record_all
from usage.domain.events import EventKind
from usage.models import UsageEvent
from usage.selectors.late import TooLate, get_span_of, list_reported_too_late, list_retracted_too_late
from usage.services.receipt import wait_for_ingestion

logger = logging.getLogger(__name__)

LONG_AGO = datetime.min.replace(tzinfo=UTC)


class UnsettledError(ValueError):
    """Nothing was settled; the message says what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Period:
    """A closed period that no close rates again any more, and what is too late for it."""

    cycle: BillingCycle
    late: TooLate


def list_too_late_usage(*, now: datetime) -> int:
    """
    Look through everything received since the last time for what no close will bill, and return how many were checked.

    One subscription after the other, each in a transaction of its own; what fails is found again by the next sweep.
    """
    checked = 0
    for subscription in list_subscriptions_to_check(now=now):
        try:
            _check(subscription, now)
        except Exception:
            logger.exception("Usage of subscription %s could not be looked through; it is tried again", subscription.pk)
        else:
            checked += 1
    return checked


def list_events_of(row: TooLateUsage) -> QuerySet[UsageEvent]:
    """Return the very events that a row counts."""
    subscription = row.cycle.subscription
    late = next((period.late for period in _periods(subscription) if period.cycle.pk == row.cycle_id), None)
    if late is None:
        return UsageEvent.objects.none()
    if row.kind == EventKind.RETRACTED:
        return list_retracted_too_late(late)
    return list_reported_too_late(late).filter(kind=row.kind)


def settle(rows: QuerySet[TooLateUsage], *, reason: str, settled_by: User, now: datetime) -> int:
    """
    Keep that a person has dealt with usage that came too late, and return with how many rows.

    What comes afterwards is listed again.

    :raises UnsettledError: if no reason is given
    """
    if not reason.strip():
        raise UnsettledError("Say what was done about it: the reason is kept.")
    settlements = [
        TooLateSettlement(
            organization_id=row.organization_id,
            cycle=row.cycle,
            kind=row.kind,
            received_until=row.last_received_at,
            reason=reason.strip(),
            settled_at=now,
            settled_by=settled_by,
        )
        for row in rows
    ]
    with transaction.atomic():
        TooLateSettlement.objects.bulk_create(settlements)
        record_all(_settled(row) for row in settlements)
    return len(settlements)


def _settled(row: TooLateSettlement) -> Deed:
    return Deed(
        organization_id=row.organization_id,
        kind=AuditKind.CYCLE,
        deed="too_late_settled",
        subject=row,
        by=row.settled_by,
        at=row.settled_at,
        facts={"day": row.cycle.period_start.isoformat(), "kind": row.kind},
        reason=row.reason,
    )


def _check(subscription: Subscription, now: datetime) -> None:
    has_ended = not subscription.cycles.exclude(state=CycleState.CLOSED).exists()
    if has_ended:
        # What was received by now must be there; the cut-off of a close lies behind it already.
        wait_for_ingestion([subscription.organization_id])
    with transaction.atomic():
        check = _lock(subscription)
        periods = list(_periods(subscription))
        newest = subscription.cycles.filter(state=CycleState.CLOSED).aggregate(newest=Max("cutoff_at"))["newest"]
        until = now if has_ended else newest
        for period in _touched(periods, since=check.received_until, until=until):
            _count_again(period)
        check.received_until = max(check.received_until, until)
        check.save(update_fields=["received_until"])


def _lock(subscription: Subscription) -> TooLateCheck:
    TooLateCheck.objects.get_or_create(
        subscription=subscription,
        defaults={"organization_id": subscription.organization_id, "received_until": LONG_AGO},
    )
    return TooLateCheck.objects.select_for_update().get(subscription=subscription)


def _periods(subscription: Subscription) -> Iterator[_Period]:
    """Yield the closed periods of a subscription that no close rates again any more."""
    calls_by_begin = POLICIES[Edition(subscription.edition)].included_use is IncludedUse.CALL_PORTS
    has_ended = not subscription.cycles.exclude(state=CycleState.CLOSED).exists()
    closed = subscription.cycles.filter(state=CycleState.CLOSED).order_by("index")
    cycles = list(closed.annotate(rated_again=Max("corrected_by__closing_cycle__cutoff_at")))
    cutoffs = {cycle.index: cycle.cutoff_at for cycle in cycles}
    in_shadow = list_closed_in_shadow(subscription)
    for cycle in cycles:
        if cycle.pk in in_shadow:
            # The old system bills it: nothing is too late for us (ADR 42).
            continue
        until = billed_until(cycle.index, cutoffs=cutoffs, has_ended=has_ended)
        if until is None or (cycle.left_out and not has_ended):
            # What was closed without its doubtful charges is rated again however old it is (BR-72).
            continue
        late = TooLate(
            organization_id=cycle.organization_id,
            window=Window(start=cycle.starts_at, end=cycle.ends_at),
            since=_since(cycle),
            received_after=max(until, cycle.rated_again or until),
            calls_by_begin=calls_by_begin,
        )
        yield _Period(cycle=cycle, late=late)


def _since(cycle: BillingCycle) -> datetime:
    """Return from when on something that lasts bears on a cycle first: of a first one, since an earlier agreement."""
    if cycle.index > 0:
        return cycle.starts_at
    earlier = BillingCycle.objects.filter(organization_id=cycle.organization_id, ends_at__lte=cycle.starts_at)
    ended: datetime | None = earlier.aggregate(ended=Max("ends_at"))["ended"]
    return ended or LONG_AGO


def _touched(periods: list[_Period], *, since: datetime, until: datetime) -> list[_Period]:
    """Return the periods on which something received since the last check may bear."""
    if not periods or until <= since:
        return []
    first, last = periods[0].late, periods[-1].late
    span = get_span_of(
        organization_id=first.organization_id,
        received=Window(start=since, end=until),
        before=last.window.end,
        calls_by_begin=first.calls_by_begin,
    )
    if span is None:
        return []
    return [
        period
        for period in periods
        if span[0] < period.late.window.end and span[1] >= min(period.late.since, period.late.window.start)
    ]


def _count_again(period: _Period) -> None:
    """Write down what came too late for a period, by kind of event; what is not there any more is struck."""
    cycle = period.cycle
    figures = {
        "events": Count("pk"),
        "first_occurred_at": Min("occurred_at"),
        "last_occurred_at": Max("occurred_at"),
        "first_received_at": Min("received_at"),
        "last_received_at": Max("received_at"),
    }
    found = [
        row
        for events in (list_reported_too_late(period.late), list_retracted_too_late(period.late))
        for row in events.order_by().values("kind").annotate(**figures)
    ]
    TooLateUsage.objects.filter(cycle=cycle).exclude(kind__in=[row["kind"] for row in found]).delete()
    for row in found:
        counted = {name: figure for name, figure in row.items() if name != "kind"}
        TooLateUsage.objects.update_or_create(
            cycle=cycle, kind=row["kind"], defaults=counted | {"organization_id": cycle.organization_id}
        )
