"""Reads which periods a close counts again, and which agreements something may have come too late for (BR-74)."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

from invoices.choices import CycleState
from invoices.domain.adjustments import PERIODS_RATED_AGAIN
from invoices.models import (
    BillingCycle,
    TooLateSettlement,
    TooLateUsage,
)
from invoices.selectors.shadow import not_closed_in_shadow
from subscriptions.domain.period import Window
from subscriptions.domain.policy import POLICIES, Edition, IncludedUse
from subscriptions.models import Subscription
from usage.models import UsageEvent
from usage.selectors.late import LateSince, find_late


def list_subscriptions_to_check(*, now: datetime) -> QuerySet[Subscription]:
    """
    Return the agreements of which something may have come too late since they were last looked through (BR-74).

    They have closed since, or are closed for the last time and their organization has reported something.
    """
    open_cycles = BillingCycle.objects.filter(subscription=OuterRef("pk")).exclude(state=CycleState.CLOSED)
    checked_until = OuterRef("too_late_check__received_until")
    reported = UsageEvent.objects.filter(organization=OuterRef("organization"), received_at__lte=now)
    newest = Max("cycles__cutoff_at", filter=Q(cycles__state=CycleState.CLOSED))
    return (
        Subscription.objects.annotate(newest_cutoff=newest)
        .filter(newest_cutoff__isnull=False)
        .filter(
            Q(too_late_check__isnull=True)
            | Q(newest_cutoff__gt=F("too_late_check__received_until"))
            | (~Exists(open_cycles) & Exists(reported.filter(received_at__gt=checked_until)))
        )
        .order_by("pk")
    )


def with_settled(rows: QuerySet[TooLateUsage]) -> QuerySet[TooLateUsage]:
    """Add `settled`: whether a person has dealt with all that a row counts (BR-74)."""
    settlements = TooLateSettlement.objects.filter(
        cycle=OuterRef("cycle"), kind=OuterRef("kind"), received_until__gte=OuterRef("last_received_at")
    )
    return rows.annotate(settled=Exists(settlements))


def list_cycles_to_correct(cycles: Collection[BillingCycle]) -> dict[int, list[BillingCycle]]:
    """
    Return the closed periods to rate again at the close of each cycle, by subscription: the last ones on which
    something received since bears, and any that were closed without their doubtful charges.

    They were last rated at the previous close; a retraction bears whatever its time, and in the editions with call
    ports a call that ended later may (BR-74). The cycles are of as many organizations.
    """
    closing = {cycle.subscription_id: cycle for cycle in cycles if cycle.index}
    closed: defaultdict[int, list[_Closed]] = defaultdict(list)
    wanted: set[int] = set()
    for row in _list_earlier(closing.values()):
        if row.number >= closing[row.subscription_id].index - PERIODS_RATED_AGAIN:
            closed[row.subscription_id].append(row)
        else:
            wanted.add(row.pk)
    borne_from = _list_borne_from({pk: (closing[pk], rows[-1]) for pk, rows in closed.items()})
    for subscription_id, rows in closed.items():
        first = borne_from.get(subscription_id)
        wanted.update(row.pk for row in rows if row.left_out or (first is not None and first < row.ends_at))
    return _rows_of(wanted, closing)


def _rows_of(wanted: Collection[int], closing: Mapping[int, BillingCycle]) -> dict[int, list[BillingCycle]]:
    """Return whole rows in their order, by subscription: only those that are rated again, as a rule none."""
    found: defaultdict[int, list[BillingCycle]] = defaultdict(list)
    for row in BillingCycle.objects.filter(pk__among=wanted).order_by("index") if wanted else ():
        row.subscription = closing[row.subscription_id].subscription
        found[row.subscription_id].append(row)
    return found


class _Closed(NamedTuple):
    pk: int
    subscription_id: int
    number: int
    ends_at: datetime
    cutoff_at: datetime
    left_out: list[Any]


def _list_earlier(cycles: Collection[BillingCycle]) -> list[_Closed]:
    """Return the last periods before each cycle, and those closed without doubtful charges, in their order."""
    if not cycles:
        return []
    by_index: defaultdict[int, list[int]] = defaultdict(list)
    for cycle in cycles:
        by_index[cycle.index].append(cycle.subscription_id)
    earlier = Q()
    for index, subscription_ids in by_index.items():
        last = Q(index__gte=index - PERIODS_RATED_AGAIN) | ~Q(left_out=[])
        earlier |= Q(subscription__among=subscription_ids, index__lt=index) & last
    # What the old system billed is not corrected by us (ADR 42).
    rows = not_closed_in_shadow(BillingCycle.objects.filter(earlier)).order_by("index")
    columns = ("pk", "subscription_id", "index", "ends_at", "cutoff_at", "left_out")
    return [_Closed._make(row) for row in rows.values_list(*columns)]


def _list_borne_from(closing: Mapping[int, tuple[BillingCycle, _Closed]]) -> dict[int, datetime]:
    """
    Return from when on something bears that was received since a subscription's last close; nothing where nothing was.

    `closing` has the cycle that closes and the one before it. A retraction bears on all that was before.
    """
    asked = [
        LateSince(
            organization_id=cycle.organization_id,
            received=Window(start=last.cutoff_at, end=cycle.cutoff_at),
            before=last.ends_at,
            calls_by_begin=_calls_occupy_ports(cycle.subscription),
        )
        for cycle, last in closing.values()
    ]
    late = find_late(asked)
    found: dict[int, datetime] = {}
    for subscription_id, (cycle, _last) in closing.items():
        what = late.get(cycle.organization_id)
        first = None if what is None else datetime.min.replace(tzinfo=UTC) if what.are_retracted else what.first
        if first is not None:
            found[subscription_id] = first
    return found


def _calls_occupy_ports(subscription: Subscription) -> bool:
    return POLICIES[Edition(subscription.edition)].included_use is IncludedUse.CALL_PORTS
