"""
The sweep: finds what is due and has it closed, one cycle after the other, oldest first (BR-71).

A tick of the scheduler, a person or a test may sweep at any time and as often as they like; what is not due or already
done is left alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from invoices.choices import CycleState
from invoices.models import BillingCycle
from invoices.selectors import list_cancelled_cycles, list_due_cycles
from invoices.services.closing import Outcome, Step, close_cycle_now, is_due
from invoices.services.opening import first_cycles, fit_cancelled_cycles, refit, store_cycles
from invoices.services.planning import Plan, plan_close, plan_opening
from subscriptions.selectors import get_terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a due cycle would issue; it may be one that is not in the database yet."""

    cycle: BillingCycle
    plan: Plan


def close_due_cycles(*, now: datetime, organization_id: int | None = None) -> list[Step]:
    """Open and close everything that is due at an instant, and catch up whatever was missed."""
    return list(sweep(due_by=now, now=now, organization_id=organization_id))


def sweep(*, due_by: datetime, now: datetime, organization_id: int | None) -> Iterator[Step]:
    """
    Open and close, oldest first, what fell due by an instant; yield each cycle as it is done (BR-70 to BR-73).

    Documents are issued, and dated, at `now`: an earlier `due_by` chooses what is billed, it backdates nothing (BR-03).
    One organization's failure or hold does not keep another's cycle from closing.
    """
    fit_cancelled_cycles()
    store_cycles(first_cycles(now=due_by, organization_id=organization_id))
    tried: set[tuple[int, str]] = set()
    while fresh := [cycle for cycle in _due(due_by, organization_id) if cycle not in tried]:
        for cycle_id, state in fresh:
            tried.add((cycle_id, state))
            step = close_cycle_now(cycle_id=cycle_id, now=now)
            if step.outcome is not Outcome.NOT_DUE:
                yield step


def count_due(*, due_by: datetime, organization_id: int | None) -> int:
    """Return how many subscriptions have something to do; each may have more than one period to catch up."""
    due = list_due_cycles(now=due_by, organization_id=organization_id).count()
    return due + len(first_cycles(now=due_by, organization_id=organization_id))


def preview(*, due_by: datetime, now: datetime, organization_id: int | None) -> Iterator[Preview]:
    """
    Yield what each due cycle would issue, writing nothing.

    Of a subscription that has several periods to catch up only the first is worked out: the next rest on its close.
    """
    for cycle in (
        *_due_as_fitted(due_by, organization_id),
        *first_cycles(now=due_by, organization_id=organization_id),
    ):
        plan = plan_opening if cycle.state == CycleState.OPENING else plan_close
        yield Preview(cycle=cycle, plan=plan(cycle, issued_at=now))


def _due_as_fitted(due_by: datetime, organization_id: int | None) -> Iterator[BillingCycle]:
    """Yield the stored cycles that are due once each ends where its agreement does, as a sweep sees to (BR-16)."""
    due = list_due_cycles(now=due_by, organization_id=organization_id)
    cancelled = list_cancelled_cycles().filter(held_at__isnull=True)
    if organization_id is not None:
        cancelled = cancelled.filter(organization_id=organization_id)
    candidates = BillingCycle.objects.filter(Q(pk__in=due.values("pk")) | Q(pk__in=cancelled.values("pk")))
    for cycle in candidates.order_by("cutoff_at", "pk").select_related(
        "organization", "subscription__organization", "subscription__issuing_entity"
    ):
        refit(cycle, get_terms(cycle.subscription))
        if is_due(cycle, due_by):
            yield cycle


def _due(due_by: datetime, organization_id: int | None) -> list[tuple[int, str]]:
    return list(list_due_cycles(now=due_by, organization_id=organization_id).values_list("pk", "state"))
