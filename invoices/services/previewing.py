"""
Works out what the next document of a subscription would be, by the code that issues it; nothing is written or locked.

A preview is a plain value: it can be kept and read back, without the people behind its counts.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from invoices.choices import CycleState
from invoices.domain.block import Block
from invoices.domain.decision import Decision
from invoices.domain.draft import InvoiceDraft
from invoices.models import BillingCycle
from invoices.selectors.corrections import list_cycles_to_correct
from invoices.services.inputs import RatingInputs
from invoices.services.opening import fit_to_cancellation, make_cycle
from invoices.services.planning import Plan, is_opening, plan_cycle
from subscriptions.domain.period import BillingPeriod, Window
from subscriptions.models import Organization, Subscription
from subscriptions.selectors.terms import get_terms
from usage.domain.snapshot import PersonUse, UsageCount
from usage.selectors.events import count_bearing_events
from usage.services.counting import snapshot_of


@dataclass(frozen=True, slots=True, kw_only=True)
class CountSoFar:
    """What was counted for a period of a preview, and what it was rated with; `people` is None where not kept."""

    cycle_id: int | None
    window: Window
    received_until: datetime
    quantities: Mapping[str, Any]
    inputs: RatingInputs
    people: Sequence[PersonUse] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """
    What a cycle would issue with what was received by `as_of`: an opening's advance, or all that a close bills.

    `period` has its real dates, `window` its instants. `is_last` tells that no period follows it.
    """

    as_of: datetime
    cycle_id: int | None
    period: BillingPeriod
    window: Window
    cutoff_at: datetime
    is_opening: bool
    is_last: bool
    is_held: bool
    inputs: RatingInputs
    count: CountSoFar | None
    corrections: Sequence[CountSoFar]
    blocks: Sequence[Block]
    left_out: Sequence[Block]
    draft: InvoiceDraft | None

    @property
    def comes_at(self) -> datetime:
        """Return when the cycle opens or closes by itself."""
        return self.window.start if self.is_opening else self.cutoff_at


def next_cycle(subscription: Subscription) -> BillingCycle | None:
    """
    Return the cycle that opens or closes next, its end as a cancellation would have it; None if all are closed.

    One that is not in the database yet is made, and not stored.
    """
    terms = get_terms(subscription)
    rows = subscription.cycles.select_related("organization", "subscription__organization")
    cycle = rows.exclude(state=CycleState.CLOSED).order_by("index").first()
    if cycle is None:
        period = None if subscription.cycles.exists() else terms.period(0)
        return None if period is None else make_cycle(subscription, terms, period, state=CycleState.OPENING)
    fit_to_cancellation(cycle, terms)
    return cycle


def list_subscriptions_to_preview(organization: Organization) -> list[tuple[Subscription, BillingCycle]]:
    """Return the agreements of an organization that have a document to come, the one that falls due first in front."""
    found = []
    for subscription in organization.subscriptions.select_related("organization", "issuing_entity"):
        cycle = next_cycle(subscription)
        if cycle is not None:
            found.append((subscription, cycle))
    return sorted(found, key=lambda pair: pair[1].cutoff_at)


def preview_cycle(cycle: BillingCycle, *, as_of: datetime, supposing: Sequence[Decision] = ()) -> Preview:
    """
    Return what a cycle would issue at an instant: as its close would from the cut-off on, so far before it.

    `supposing` are decisions about what it is held for that nobody has made yet (BR-72).
    """
    plan = plan_cycle(cycle, issued_at=as_of, supposing=supposing)
    terms = plan.inputs.prices.terms
    received_until = min(as_of, cycle.cutoff_at)
    return Preview(
        as_of=as_of,
        cycle_id=cycle.pk,
        period=plan.period,
        window=Window(start=cycle.starts_at, end=cycle.ends_at),
        cutoff_at=cycle.cutoff_at,
        is_opening=is_opening(cycle),
        is_last=terms.period(cycle.index + 1) is None,
        is_held=cycle.held_at is not None,
        inputs=plan.inputs,
        count=None if plan.count is None else _so_far(plan.count, cycle, plan.inputs, received_until),
        corrections=list(_corrections(plan, received_until)),
        blocks=plan.blocks,
        left_out=plan.left_out,
        draft=plan.draft,
    )


def _corrections(plan: Plan, received_until: datetime) -> Iterator[CountSoFar]:
    for correction in plan.corrections:
        yield _so_far(correction.count, correction.cycle, correction.inputs, received_until)


def _so_far(count: UsageCount, cycle: BillingCycle, inputs: RatingInputs, received_until: datetime) -> CountSoFar:
    snapshot = snapshot_of(count, organization_id=cycle.organization_id, received_until=received_until)
    return CountSoFar(
        cycle_id=cycle.pk,
        window=count.window,
        received_until=received_until,
        quantities=snapshot.quantities,
        inputs=inputs,
        people=count.people,
    )


def is_heavy(cycle: BillingCycle, *, as_of: datetime, at_most: int) -> bool:
    """Tell whether a preview would read more events than a page may wait for; an opening reads none."""
    if is_opening(cycle):
        return False
    read = 0
    for counted in (cycle, *list_cycles_to_correct([cycle])[cycle.subscription_id]):
        read += count_bearing_events(
            organization_id=cycle.organization_id,
            window=Window(start=counted.starts_at, end=counted.ends_at),
            received_until=as_of,
            at_most=at_most - read + 1,
        )
        if read > at_most:
            return True
    return False


def without_people(preview: Preview) -> Preview:
    """Return a preview as it is kept: there may be a hundred thousand people behind its counts."""
    return replace(
        preview,
        count=preview.count and replace(preview.count, people=None),
        corrections=[replace(count, people=None) for count in preview.corrections],
    )
