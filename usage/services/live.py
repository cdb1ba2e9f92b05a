"""
Keeps the running periods of large organizations counted, for those who look at them: a worker does it again and again,
and pages read what it kept.

What is kept equals a full count of what was received up to its instant; a test holds it to that.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec
from django.db import transaction
from django.db.models import F, Q

from subscriptions.domain.period import Window
from usage.documents import get_so_far
from usage.domain.daily import DayInUse, day_in_use, days_of
from usage.domain.known_period import KnownPeriod
from usage.domain.so_far import SoFar, count_so_far
from usage.models import LiveCount
from usage.selectors.events import count_bearing_events, is_anything_reported
from usage.services.daily import list_days_of_resources
from usage.services.live_rows import agreement_of, forget_count, save_count
from usage.services.receipt import wait_for_ingestion
from usage.services.running import find_running_period
from usage.services.stretches import read_period

logger = logging.getLogger(__name__)

EVENTS_COUNTED_AT_ONCE = 30_000
"""A page counts so many events itself, in less than a second; of more it reads what a worker has counted."""

FRESH_FOR = timedelta(minutes=1)
"""Of an older count pages say that a newer one is to come, if anything was reported since."""

AGAIN_AFTER = timedelta(seconds=20)
"""So old a count is made anew if anything was reported since: with the tick and its own time it is a minute old."""

GROWS_STALE_AFTER = timedelta(minutes=10)
"""So old a count is made anew in any case: sessions go on, even where nothing is reported."""

TRIED_AGAIN_AFTER = timedelta(minutes=1)
"""A count that did not succeed is not tried again before that."""

CLAIM_LAPSES_AFTER = timedelta(minutes=30)
"""A worker that took a count and has not finished by then has died: longer than a task may run."""

WATCHED_FOR = timedelta(days=7)
"""So long after somebody looked at it a count is kept up to date; then it is thrown away."""

_NOTED_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveUsage:
    """
    What is kept of a running period: the period as it was known, and its figures; None if it was never counted.

    `is_awaited` tells that a newer count is to come, `failed` that the last attempt did not succeed.
    """

    known: KnownPeriod
    so_far: SoFar | None
    is_awaited: bool
    failed: bool


def is_large(known: KnownPeriod) -> bool:
    """Tell whether a running period has more use than is counted while a person waits."""
    bearing = count_bearing_events(
        organization_id=known.organization_id,
        window=known.window,
        received_until=known.received_until,
        at_most=EVENTS_COUNTED_AT_ONCE + 1,
    )
    return bearing > EVENTS_COUNTED_AT_ONCE


def watch(known: KnownPeriod, *, now: datetime) -> LiveUsage:
    """Return what is kept of a large running period, and have it kept up to date from now on."""
    row, _ = LiveCount.objects.defer("users", "add_on_holders").get_or_create(
        organization_id=known.organization_id, defaults={"watched_at": now}
    )
    if row.watched_at <= now - _NOTED_EVERY:
        LiveCount.objects.filter(pk=row.pk).update(watched_at=now)
    so_far = _restored(row) if row.agreement == agreement_of(known) else None
    if so_far is None or row.counted_at is None:
        return LiveUsage(known=known, so_far=None, is_awaited=True, failed=row.failed_at is not None)
    return LiveUsage(
        known=_as_of(row.counted_at, known),
        so_far=so_far,
        is_awaited=row.counted_at <= now - FRESH_FOR and _is_due(row, known, now),
        failed=row.failed_at is not None,
    )


def iterate_days_so_far(known: KnownPeriod) -> Iterator[DayInUse]:
    """Yield who was in on each day of a running period as a worker counted it last (BR-23)."""
    read = read_period(known, last=LiveCount.objects.get(organization_id=known.organization_id))
    for day in days_of(known.window, time_zone=known.terms.time_zone):
        yield day_in_use(day, read.columns.sessions)


def refresh_next(*, now: datetime) -> bool:
    """Count the organization anew that waits longest for it; return whether there was one."""
    free = Q(claimed_at__isnull=True) | Q(claimed_at__lte=now - CLAIM_LAPSES_AFTER)
    may_be_due = (
        LiveCount.objects.filter(free, watched_at__gt=now - WATCHED_FOR)
        .filter(Q(counted_at__isnull=True) | Q(counted_at__lte=now - AGAIN_AFTER))
        .filter(Q(failed_at__isnull=True) | Q(failed_at__lte=now - TRIED_AGAIN_AFTER))
        .order_by(F("counted_at").asc(nulls_first=True), "pk")
    )
    for row in may_be_due.select_related("organization").defer("users", "figures", "add_on_holders"):
        known = find_running_period(organization=row.organization, now=now)
        if known is None:
            forget_count(row.organization_id)
        # Whoever changes the row first has it; on SQLite too, where no row can be locked for minutes.
        elif _is_due(row, known, now) and LiveCount.objects.filter(free, pk=row.pk).update(claimed_at=now):
            _refresh(row, known)
            return True
    return False


def forget_unwatched(*, now: datetime) -> None:
    """Throw away what nobody has looked at for long."""
    unwatched = LiveCount.objects.filter(watched_at__lte=now - WATCHED_FOR)
    for organization_id in unwatched.values_list("organization_id", flat=True):
        forget_count(organization_id)


def _is_due(row: LiveCount, known: KnownPeriod, now: datetime) -> bool:
    if row.counted_at is None or row.agreement != agreement_of(known) or row.counted_at <= now - GROWS_STALE_AFTER:
        return True
    return row.counted_at <= now - AGAIN_AFTER and is_anything_reported(
        row.organization_id, since=row.counted_at, until=now
    )


def _refresh(row: LiveCount, known: KnownPeriod) -> None:
    try:
        if not is_large(known):
            # A new period has begun: pages count it themselves for a while.
            forget_count(row.organization_id)
            return
        with transaction.atomic():
            wait_for_ingestion([row.organization_id])
        read = read_period(known, last=row)
        count, so_far = count_so_far(read.columns, known=known)
        so_far = replace(so_far, resources=list_days_of_resources(known))
        is_kept = save_count(row, known, count=count, so_far=so_far, read=read, counted_at=known.received_until)
    except Exception:
        logger.exception("The running period of %s could not be counted", row.organization_id)
        LiveCount.objects.filter(pk=row.pk).update(claimed_at=None, failed_at=known.received_until)
        return
    if not is_kept:
        # Something was imported meanwhile: the next tick counts it.
        LiveCount.objects.filter(pk=row.pk).update(claimed_at=None)


def _restored(row: LiveCount) -> SoFar | None:
    """Return the kept figures; none where an earlier version of our code kept them in another shape."""
    try:
        return None if row.figures is None else get_so_far(row)
    except msgspec.ValidationError:
        return None


def _as_of(counted_at: datetime, known: KnownPeriod) -> KnownPeriod:
    window = Window(start=known.window.start, end=min(counted_at, known.window.end))
    return replace(known, window=window, received_until=counted_at)
