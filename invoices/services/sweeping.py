"""
The sweep: finds what is due and has it closed, chunk by chunk, oldest first (BR-71).

A tick of the scheduler, a person or a test may sweep at any time and as often as they like; what is not due or already
done is left alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from invoices.domain.bounds import NO_BOUNDS, Bounds
from invoices.models import BillingCycle
from invoices.selectors.cycles import list_cancelled_cycles, list_due_cycles
from invoices.selectors.stopped import get_switch_off
from invoices.services.bounding import bounds_in_force
from invoices.services.closing import Outcome, Step, close_next, is_due
from invoices.services.opening import first_cycles, fit_cancelled_cycles, fit_to_cancellation, store_cycles
from invoices.services.previewing import Preview, preview_cycle
from subscriptions.selectors.terms import get_terms


@dataclass(frozen=True, slots=True, kw_only=True)
class DuePreview:
    """What a due cycle would issue; it may be one that is not in the database yet."""

    cycle: BillingCycle
    preview: Preview


def close_due_cycles(*, now: datetime, organization_id: int | None = None) -> list[Step]:
    """Open and close everything that is due at an instant, and catch up whatever was missed."""
    return list(sweep(due_by=now, now=now, organization_id=organization_id))


def close_whatever_it_comes_to(*, now: datetime) -> list[Step]:
    """Do the same without safety bounds: only for stories and the demo, in which there is nobody to ask."""
    return list(_sweep(due_by=now, now=now, organization_id=None, bounds=NO_BOUNDS))


def sweep(*, due_by: datetime, now: datetime, organization_id: int | None) -> Iterator[Step]:
    """
    Open and close, oldest first, what fell due by an instant; yield each cycle once it is done (BR-70 to BR-73).

    Documents are issued, and dated, at `now`: an earlier `due_by` chooses what is billed, it backdates nothing (BR-03).
    One organization's failure or hold does not keep another's cycle from closing. While issuing is switched off, or
    where an organization is parked, nothing is done; afterwards it is caught up.
    """
    return _sweep(due_by=due_by, now=now, organization_id=organization_id, bounds=bounds_in_force())


def _sweep(*, due_by: datetime, now: datetime, organization_id: int | None, bounds: Bounds) -> Iterator[Step]:
    if get_switch_off() is not None:
        return
    fit_cancelled_cycles()
    store_cycles(first_cycles(now=due_by, organization_id=organization_id))
    done_with: set[int] = set()
    while steps := close_next(
        list_due_cycles(now=due_by, organization_id=organization_id).exclude(pk__in=done_with), now=now, bounds=bounds
    ):
        if any(step.outcome is Outcome.STOPPED for step in steps):
            return
        # What was opened may be due to close, what was closed has a successor: both are found again.
        done_with.update(step.cycle_id for step in steps if step.outcome not in {Outcome.OPENED, Outcome.CLOSED})
        yield from (step for step in steps if step.outcome is not Outcome.NOT_DUE)


def count_due(*, due_by: datetime, organization_id: int | None) -> int:
    """Return how many subscriptions have something to do; each may have more than one period to catch up."""
    due = list_due_cycles(now=due_by, organization_id=organization_id).count()
    return due + len(first_cycles(now=due_by, organization_id=organization_id))


def preview_due(*, due_by: datetime, now: datetime, organization_id: int | None) -> Iterator[DuePreview]:
    """
    Yield what each due cycle would issue, writing nothing.

    Of a subscription that has several periods to catch up only the first is worked out: the next rest on its close.
    """
    for cycle in (*_stored_due(due_by, organization_id), *first_cycles(now=due_by, organization_id=organization_id)):
        yield DuePreview(cycle=cycle, preview=preview_cycle(cycle, as_of=now))


def _stored_due(due_by: datetime, organization_id: int | None) -> list[BillingCycle]:
    """Return the stored cycles that a sweep would find due, with the ends that it would have given them first."""
    related = ("organization", "subscription__organization", "subscription__issuing_entity")
    due = list(list_due_cycles(now=due_by, organization_id=organization_id).select_related(*related))
    cancelled = list_cancelled_cycles().select_related(*related)
    if organization_id is not None:
        cancelled = cancelled.filter(organization_id=organization_id)
    due.extend(cycle for cycle in cancelled if cycle not in due)
    for cycle in due:
        fit_to_cancellation(cycle, get_terms(cycle.subscription))
    return sorted((cycle for cycle in due if is_due(cycle, due_by)), key=lambda cycle: (cycle.cutoff_at, cycle.pk))
