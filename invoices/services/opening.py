"""Makes the cycle of a period, with bounds that stay as they are whatever becomes of the zone's rules."""

from datetime import datetime

from invoices.choices import CycleState
from invoices.models import BillingCycle
from invoices.selectors import list_subscriptions_without_cycle
from subscriptions.domain.period import BillingPeriod, cutoff_at, window
from subscriptions.domain.terms import ContractTerms
from subscriptions.models import Subscription
from subscriptions.selectors import get_terms


def first_cycles(*, now: datetime, organization_id: int | None) -> list[BillingCycle]:
    """Return the first cycle of every subscription that has begun and has none; none of them is stored yet."""
    cycles = []
    for subscription in list_subscriptions_without_cycle(now=now):
        terms = get_terms(subscription)
        period = terms.period(0)
        if period is not None and organization_id in {None, subscription.organization_id}:
            cycles.append(make_cycle(subscription, terms, period, state=CycleState.OPENING))
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


def store_cycles(cycles: list[BillingCycle]) -> None:
    """Insert cycles; one that another process has just inserted is left as it is (BR-70)."""
    BillingCycle.objects.bulk_create(cycles, ignore_conflicts=True)
