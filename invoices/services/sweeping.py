"""Runs by hand what the scheduled sweep does: what fell due by an instant, for real or only to look at it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from invoices.choices import CycleState
from invoices.models import BillingCycle
from invoices.selectors import list_due_cycles, list_subscriptions_without_cycle
from invoices.services.closing import Outcome, Step, close_cycle_now, open_first_cycles
from invoices.services.planning import Plan, plan_close, plan_opening
from subscriptions.domain.period import cutoff_at, window
from subscriptions.models import Subscription
from subscriptions.selectors import get_terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a due cycle would issue; it may be one that is not in the database yet."""

    cycle: BillingCycle
    plan: Plan


def count_due(*, due_by: datetime, organization_id: int | None) -> int:
    """Return how many subscriptions have something to do; each may have more than one period to catch up."""
    return list_due_cycles(now=due_by, organization_id=organization_id).count() + len(
        _beginning(due_by, organization_id)
    )


def sweep(*, due_by: datetime, now: datetime, organization_id: int | None) -> Iterator[Step]:
    """
    Open and close, oldest first, what fell due by an instant; yield each cycle as it is done (BR-70 to BR-73).

    Documents are issued, and dated, at `now`: an earlier `due_by` chooses what is billed, it backdates nothing (BR-03).
    """
    open_first_cycles(now=due_by)
    tried: set[tuple[int, str]] = set()
    while fresh := [cycle for cycle in _due(due_by, organization_id) if cycle not in tried]:
        for cycle_id, state in fresh:
            tried.add((cycle_id, state))
            step = close_cycle_now(cycle_id=cycle_id, now=now)
            if step.outcome is not Outcome.NOT_DUE:
                yield step


def preview(*, due_by: datetime, now: datetime, organization_id: int | None) -> Iterator[Preview]:
    """
    Yield what each due cycle would issue, writing nothing.

    Of a subscription that has several periods to catch up only the first is worked out: the next rest on its close.
    """
    due = list_due_cycles(now=due_by, organization_id=organization_id)
    for cycle in due.select_related("organization", "subscription__organization", "subscription__issuing_entity"):
        plan = plan_opening if cycle.state == CycleState.OPENING else plan_close
        yield Preview(cycle=cycle, plan=plan(cycle, issued_at=now))
    for subscription in _beginning(due_by, organization_id):
        first = _first_cycle(subscription)
        if first is not None:
            yield Preview(cycle=first, plan=plan_opening(first, issued_at=now))


def _due(due_by: datetime, organization_id: int | None) -> list[tuple[int, str]]:
    return list(list_due_cycles(now=due_by, organization_id=organization_id).values_list("pk", "state"))


def _beginning(due_by: datetime, organization_id: int | None) -> list[Subscription]:
    return [
        subscription
        for subscription in list_subscriptions_without_cycle(now=due_by)
        if organization_id in {None, subscription.organization_id}
    ]


def _first_cycle(subscription: Subscription) -> BillingCycle | None:
    """Return the cycle that the sweep would insert, without inserting it."""
    terms = get_terms(subscription)
    period = terms.period(0)
    if period is None:
        return None
    instants = window(period, time_zone=terms.time_zone)
    return BillingCycle(
        organization=subscription.organization,
        subscription=subscription,
        index=period.index,
        period_start=period.start,
        period_end=period.end,
        starts_at=instants.start,
        ends_at=instants.end,
        cutoff_at=cutoff_at(period, time_zone=terms.time_zone, grace=terms.grace),
        state=CycleState.OPENING,
    )
