"""Reads billing cycles: which are due, which a person may look back at; and locks those that are worked on."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.fields.json import KeyTransform

from invoices.choices import CycleState
from invoices.domain.block import BlockCode
from invoices.domain.decision import Choice, Decision
from invoices.models import (
    BillingCycle,
    HoldDecision,
)
from invoices.selectors.stopped import of_no_parked_organization
from subscriptions.domain.period import start_of_day
from subscriptions.models import Organization, Subscription

HELD_RETRY_AFTER = timedelta(hours=1)
"""A held cycle is tried again this often by itself: its reason may have been mended."""


def list_subscriptions_without_cycle(*, now: datetime, organization_id: int | None = None) -> list[Subscription]:
    """Return the subscriptions whose first period has begun and has no cycle yet, oldest first."""
    # The local date is at most a day ahead of UTC's anywhere.
    candidates = Subscription.objects.filter(
        cycles__isnull=True, effective_date__lte=now.date() + timedelta(days=1)
    ).order_by("effective_date", "pk")
    if organization_id is not None:
        candidates = candidates.filter(organization_id=organization_id)
    return [
        subscription
        for subscription in candidates
        if start_of_day(subscription.effective_date, time_zone=subscription.time_zone) <= now
    ]


def list_due_cycles(*, now: datetime, organization_id: int | None = None) -> QuerySet[BillingCycle]:
    """
    Return the cycles with something to do at an instant, in the order in which it fell due (BR-71).

    One that is held comes back an hour after it was last tried, or at once if it is to be tried again.
    """
    due = BillingCycle.objects.filter(
        Q(state=CycleState.OPENING, starts_at__lte=now) | Q(state=CycleState.OPEN, cutoff_at__lte=now)
    ).filter(Q(held_at__isnull=True) | Q(tried_at__isnull=True) | Q(tried_at__lte=now - HELD_RETRY_AFTER))
    if organization_id is not None:
        due = due.filter(organization_id=organization_id)
    return due.order_by("cutoff_at", "pk")


def list_cancelled_cycles() -> QuerySet[BillingCycle]:
    """Return the cycles that are not closed and reach beyond the last service day of their agreement (BR-16)."""
    return BillingCycle.objects.exclude(state=CycleState.CLOSED).filter(
        subscription__last_service_date__lt=F("period_end") - timedelta(days=1)
    )


def claim_cycles(cycles: QuerySet[BillingCycle], *, at_most: int) -> list[BillingCycle]:
    """
    Lock the first of some cycles that are not closed, of no parked organization, and that no other process works on, in
    their order.

    They are of as many organizations, so that each sees what the one before it did, and of one issuing entity: who
    waits for a number waits for that series alone (BR-71, BR-75).
    """
    cycles = of_no_parked_organization(cycles.exclude(state=CycleState.CLOSED))
    # SQLite has no row locks and needs none: its write transactions are serial.
    if connection.features.has_select_for_update_skip_locked:
        cycles = cycles.select_for_update(skip_locked=True, of=("self",))
    first = cycles.select_related("subscription").first()
    if first is None:
        return []
    of_entity = cycles.filter(subscription__issuing_entity=first.subscription.issuing_entity_id)
    claimed: dict[int, BillingCycle] = {}
    for cycle in of_entity[:at_most]:
        claimed.setdefault(cycle.organization_id, cycle)
    return list(claimed.values())


def lock_agreements(cycles: Collection[BillingCycle]) -> None:
    """Lock the agreements of claimed cycles as they stand: a change of one waits until its close has used it."""
    rows = Subscription.objects.filter(pk__among=[cycle.subscription_id for cycle in cycles]).order_by("pk")
    if connection.features.has_select_for_update:
        rows = rows.select_for_update(of=("self",))
    found = rows.select_related("organization").prefetch_related("issuing_entity__bank_accounts").in_bulk()
    for cycle in cycles:
        cycle.subscription = found[cycle.subscription_id]
        cycle.organization = cycle.subscription.organization


def list_decisions(cycles: Iterable[BillingCycle]) -> dict[int | None, list[Decision]]:
    """Return what was decided about each cycle's reasons to be held, in the order of deciding (BR-72)."""
    found: dict[int | None, list[Decision]] = {cycle.pk: [] for cycle in cycles}
    rows = HoldDecision.objects.filter(cycle__among=[pk for pk in found if pk]).order_by("decided_at", "pk")
    for cycle_id, code, choice in rows.values_list("cycle_id", "code", "choice"):
        found[cycle_id].append(Decision(code=BlockCode(code), choice=Choice(choice)))
    return found


def list_closed_cycles_of(organization: Organization) -> QuerySet[BillingCycle]:
    """Return an organization's closed periods, newest first, without what was counted in them."""
    closed = BillingCycle.objects.filter(organization=organization, state=CycleState.CLOSED)
    return closed.select_related("subscription", "terms_snapshot").order_by("-period_start", "-pk")


def list_ended_cycles_of(organization: Organization, *, now: datetime) -> QuerySet[BillingCycle]:
    """Return an organization's periods that have ended and are not closed yet, oldest first."""
    ended = BillingCycle.objects.filter(organization=organization, ends_at__lte=now).exclude(state=CycleState.CLOSED)
    return ended.select_related("subscription").order_by("period_start", "pk")


def with_figures(cycles: QuerySet[BillingCycle]) -> QuerySet[BillingCycle]:
    """Add `billable` and `fair_use` of what was counted; the rest of a snapshot may name 100,000 people."""
    return cycles.annotate(
        billable=KeyTransform("billable", "usage_snapshot__quantities"),
        fair_use=KeyTransform("fair_use", "usage_snapshot__quantities"),
    )


def find_closed_cycle(organization: Organization, *, start: date) -> BillingCycle | None:
    """Return the closed period that began on a day, None if there is none; agreements do not overlap (BR-10)."""
    cycles = list_closed_cycles_of(organization).filter(period_start=start)
    return cycles.select_related("subscription__organization", "terms_snapshot", "usage_snapshot").first()


def list_cycles_that_corrected(cycle: BillingCycle) -> QuerySet[BillingCycle]:
    """Return the later periods whose closes counted a period again, in their order (BR-74)."""
    return BillingCycle.objects.filter(corrections__corrected_cycle=cycle).order_by("index")
