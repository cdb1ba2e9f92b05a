"""Makes the cycle of a period, with bounds that stay as they are whatever becomes of the zone's rules."""

from datetime import datetime

from django.db import transaction

from invoices.choices import CycleState
from invoices.models import BillingCycle
from invoices.selectors.cycles import (
    claim_cycles,
    list_cancelled_cycles,
    list_subscriptions_without_cycle,
    lock_agreements,
)
from subscriptions.domain.period import BillingPeriod, cutoff_at, window
from subscriptions.domain.terms import ContractTerms
from subscriptions.models import Subscription
from subscriptions.selectors.terms import get_terms, list_terms
from subscriptions.services.bulk import insert_new_rows


def first_cycles(*, now: datetime, organization_id: int | None) -> list[BillingCycle]:
    """Return the first cycle of every subscription that has begun and has none; none of them is stored yet."""
    begun = list_subscriptions_without_cycle(now=now, organization_id=organization_id)
    terms = list_terms(begun) if begun else {}
    cycles = []
    for subscription in begun:
        period = terms[subscription.pk].period(0)
        if period is not None:
            cycles.append(make_cycle(subscription, terms[subscription.pk], period, state=CycleState.OPENING))
    return cycles


def make_cycle(
    subscription: Subscription, terms: ContractTerms, period: BillingPeriod, *, state: CycleState
) -> BillingCycle:
    """Return the cycle of a period with its bounds, not stored yet."""
    instants = window(period, time_zone=terms.time_zone)
    return BillingCycle(
        organization_id=subscription.organization_id,
        subscription=subscription,
        index=period.index,
        period_start=period.start,
        period_end=period.end,
        starts_at=instants.start,
        ends_at=instants.end,
        cutoff_at=cutoff_at(period, time_zone=terms.time_zone, grace=terms.grace),
        state=state,
    )


def make_following_cycle(cycle: BillingCycle, terms: ContractTerms) -> BillingCycle | None:
    """Return the cycle after one that closes, not stored yet; None after the last period (BR-16)."""
    period = terms.period(cycle.index + 1)
    if period is None:
        return None
    following = make_cycle(cycle.subscription, terms, period, state=CycleState.OPEN)
    # Where the last one ended, though the zone's rules may have changed since: periods leave no gap.
    following.starts_at = cycle.ends_at
    return following


def fit_to_cancellation(cycle: BillingCycle, terms: ContractTerms) -> bool:
    """
    Shorten an unclosed cycle to its last service day, or lengthen it if the cancellation was withdrawn (BR-16).

    Nothing is stored; tell whether anything changed.
    """
    period = terms.period(cycle.index)
    if period is None or period.end == cycle.period_end:
        return False
    cycle.period_end = period.end
    cycle.ends_at = window(period, time_zone=terms.time_zone).end
    cycle.cutoff_at = cycle.ends_at + terms.grace
    return True


def store_fit(cycle: BillingCycle, terms: ContractTerms) -> None:
    """Fit a locked cycle to the cancellation of its agreement, or to its withdrawal, and store its new end."""
    if fit_to_cancellation(cycle, terms):
        cycle.save(update_fields=["period_end", "ends_at", "cutoff_at"])


def fit_cancelled_cycles() -> None:
    """Shorten the running cycle of every agreement that was cancelled, so that it falls due in time."""
    for cycle in list_cancelled_cycles():
        with transaction.atomic():
            locked = claim_cycles(BillingCycle.objects.filter(pk=cycle.pk), at_most=1)
            lock_agreements(locked)
            for row in locked:
                store_fit(row, get_terms(row.subscription))


def store_cycles(cycles: list[BillingCycle]) -> None:
    """Insert cycles; one that another process has just inserted is left as it is (BR-70)."""
    insert_new_rows(cycles)
