"""Periods tile time, close in order, and wait for nothing but a person (BR-01, BR-70 to BR-72)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby, pairwise

from django.db.models import Count

from invoices.choices import CycleState
from invoices.models import BillingCycle, Invoice
from invoices.selectors.shadow import find_boundary
from invoices.services.books.fault import Fault
from subscriptions.domain.period import nth_period

A_SWEEP_IS_LATE = timedelta(hours=1)
"""So long after its cut-off a period that is neither closed nor held has been forgotten: a sweep comes each minute."""


def find_cycle_faults(organization_id: int, *, now: datetime | None) -> Iterator[Fault]:
    """
    Yield where an organization's billing periods leave a gap, overlap, or were forgotten by an instant.

    Without one nothing is said of what is overdue.
    """
    rows = BillingCycle.objects.filter(organization_id=organization_id).select_related("subscription")
    in_order = rows.order_by("subscription_id", "index").defer("left_out").iterator(chunk_size=200)
    for _subscription_id, of_agreement in groupby(in_order, key=lambda cycle: cycle.subscription_id):
        cycles = list(of_agreement)
        subscription = cycles[0].subscription
        where = f"agreement from {subscription.effective_date}"
        for what in (*_tiling(cycles), *_states(cycles)):
            yield Fault(organization_id=organization_id, where=where, what=what)
        for what in _overdue(cycles, now):
            yield Fault(organization_id=organization_id, where=where, what=what, is_overdue=True)


def find_issue_faults(organization_id: int) -> Iterator[Fault]:
    """Yield the periods that issued more than one document for their close, or one for their opening (BR-70, BR-73)."""
    boundary = find_boundary(organization_id)
    issued = Invoice.objects.filter(organization_id=organization_id, cycle__isnull=False)
    counted = issued.values("cycle__period_start", "cycle__index").annotate(count=Count("pk"))
    for row in counted.order_by("cycle__period_start"):
        # The first period alone has a document for its opening, the others only for their close; so has the first one
        # that is really billed, if the old system had not billed its advance.
        opens = row["cycle__index"] == 0 or (boundary is not None and boundary.opens(row["cycle__period_start"]))
        most = 2 if opens else 1
        if row["count"] > most:
            what = f"{row['count']} documents were issued, {most} at most belong to it"
            where = f"the period of {row['cycle__period_start']}"
            yield Fault(organization_id=organization_id, where=where, what=what)


def _tiling(cycles: list[BillingCycle]) -> Iterator[str]:
    effective_date = cycles[0].subscription.effective_date
    if [cycle.index for cycle in cycles] != list(range(len(cycles))):
        yield "its periods are not counted from 0"
    for earlier, later in pairwise(cycles):
        if (earlier.period_end, earlier.ends_at) != (later.period_start, later.starts_at):
            yield f"the period of {later.period_start} does not begin where the one before it ends"
        if earlier.state != CycleState.CLOSED:
            yield f"the period of {later.period_start} was opened before the one before it was closed"
    for cycle in cycles:
        whole = nth_period(effective_date=effective_date, index=cycle.index)
        if cycle.period_start != whole.start:
            yield f"the period of {cycle.period_start} should begin on {whole.start}"
        # Only the last one may be shorter: its agreement was cancelled (BR-16).
        if cycle.period_end > whole.end or (cycle.period_end < whole.end and cycle is not cycles[-1]):
            yield f"the period of {cycle.period_start} should end before {whole.end}"
        if not cycle.starts_at < cycle.ends_at <= cycle.cutoff_at:
            yield f"the period of {cycle.period_start} has no time"


def _states(cycles: list[BillingCycle]) -> Iterator[str]:
    for cycle in cycles:
        of = f"the period of {cycle.period_start}"
        if cycle.state == CycleState.CLOSED and cycle.held_reasons:
            yield f"{of} is closed and held"
        if cycle.held_reasons and cycle.held_at is None:
            yield f"{of} is held, and nobody knows since when"


def _overdue(cycles: list[BillingCycle], now: datetime | None) -> Iterator[str]:
    for cycle in cycles:
        due = cycle.starts_at if cycle.state == CycleState.OPENING else cycle.cutoff_at
        is_waiting = cycle.state != CycleState.CLOSED and not cycle.held_reasons
        if now and is_waiting and due + A_SWEEP_IS_LATE < now:
            of = f"the period of {cycle.period_start}"
            yield f"{of} has been due since {due:%Y-%m-%d %H:%M} UTC, and is neither closed nor held"
