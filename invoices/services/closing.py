"""
Closes billing cycles: the sweep finds what is due, and each cycle closes once, in one transaction (BR-70 to BR-73).

The database is the queue. A tick of the scheduler, a person or a test may call the sweep at any time and as often as
they like; what is not due or already done is left alone.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import InterfaceError, OperationalError, transaction

from invoices.choices import CycleState
from invoices.domain.block import Block
from invoices.models import BillingCycle, CycleException, Invoice, PeriodCorrection
from invoices.selectors import list_due_cycles, list_subscriptions_without_cycle, lock_cycle
from invoices.services.inputs import save_inputs
from invoices.services.issuing import Issue, issue_invoice
from invoices.services.planning import Plan, plan_close, plan_opening
from subscriptions.domain.period import BillingPeriod, cutoff_at, window
from subscriptions.domain.terms import ContractTerms
from subscriptions.models import Subscription
from subscriptions.selectors import get_terms
from usage.services.counting import save_snapshot
from usage.services.receipt import wait_for_ingestion

logger = logging.getLogger(__name__)

UNEXPECTED = "unexpected_error"
"""The reason of a cycle that is held because our own code failed on it: everyone else's run goes on."""


class Outcome(StrEnum):
    """What became of a cycle that was tried."""

    OPENED = "opened"
    CLOSED = "closed"
    HELD = "held"
    NOT_DUE = "not_due"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One cycle that the sweep tried, and the document it issued, if anything was due."""

    cycle_id: int
    outcome: Outcome
    invoice: Invoice | None = None


def close_due_cycles(*, now: datetime, organization_id: int | None = None) -> list[Step]:
    """
    Open and close everything that is due at an instant, oldest first, and catch up whatever was missed (BR-71).

    One organization's failure or hold does not keep another's cycle from closing.
    """
    open_first_cycles(now=now)
    steps: list[Step] = []
    tried: set[int] = set()
    while cycle_ids := _untried(now, organization_id, tried):
        for cycle_id in cycle_ids:
            tried.add(cycle_id)
            steps.extend(_advance(cycle_id, now))
    return steps


def close_cycle_now(*, cycle_id: int, now: datetime) -> Step:
    """Try one due cycle at once, also one that is held: a person has mended its reason (BR-72)."""
    return _try(cycle_id, now)


def open_first_cycles(*, now: datetime) -> int:
    """Make the first cycle of every subscription that has begun; return how many."""
    made = 0
    for subscription in list_subscriptions_without_cycle(now=now):
        terms = get_terms(subscription)
        period = terms.period(0)
        if period is not None:
            # Two sweeps may meet here: the unique key decides, and the loser finds the row.
            made += _make_cycle(subscription, terms, period, state=CycleState.OPENING)
    return made


def _untried(now: datetime, organization_id: int | None, tried: set[int]) -> list[int]:
    due = list_due_cycles(now=now, organization_id=organization_id).exclude(pk__in=tried)
    return list(due.values_list("pk", flat=True)[:100])


def _advance(cycle_id: int, now: datetime) -> list[Step]:
    """Try a cycle until it waits: one that is opened late may be due to close as well."""
    steps = [_try(cycle_id, now)]
    while steps[-1].outcome is Outcome.OPENED:
        steps.append(_try(cycle_id, now))
    return [step for step in steps if step.outcome is not Outcome.NOT_DUE]


def _try(cycle_id: int, now: datetime) -> Step:
    try:
        return _open_or_close(cycle_id, now)
    except (OperationalError, InterfaceError):
        # Lost connection, lock timeout, deadlock: nothing is half-written, the next sweep finds the cycle as it was.
        logger.exception("Cycle %s could not be written; the next sweep tries it again", cycle_id)
        return Step(cycle_id=cycle_id, outcome=Outcome.FAILED)
    except Exception as error:
        logger.exception("Cycle %s is held: an unexpected error", cycle_id)
        _park(cycle_id, error, now)
        return Step(cycle_id=cycle_id, outcome=Outcome.FAILED)


def _open_or_close(cycle_id: int, now: datetime) -> Step:
    organization_id = BillingCycle.objects.values_list("organization_id", flat=True).get(pk=cycle_id)
    # Events of requests that are still being stored may have been received before the cut-off (BR-02).
    wait_for_ingestion(organization_id)
    with transaction.atomic():
        cycle = lock_cycle(cycle_id)
        if cycle is None or not _is_due(cycle, now):
            return Step(cycle_id=cycle_id, outcome=Outcome.NOT_DUE)
        opening = cycle.state == CycleState.OPENING
        plan = plan_opening(cycle, issued_at=now) if opening else plan_close(cycle, issued_at=now)
        if plan.blocks:
            return _hold(cycle, plan, now)
        return _open(cycle, plan, now) if opening else _close(cycle, plan, now)


def _is_due(cycle: BillingCycle, now: datetime) -> bool:
    return (cycle.starts_at if cycle.state == CycleState.OPENING else cycle.cutoff_at) <= now


def _open(cycle: BillingCycle, plan: Plan, now: datetime) -> Step:
    """Issue what is due in advance for the first period; the cycle is open from then on."""
    cycle.state = CycleState.OPEN
    cycle.held_reasons, cycle.held_at, cycle.tried_at = [], None, None
    cycle.save(update_fields=["state", "held_reasons", "held_at", "tried_at"])
    return Step(cycle_id=cycle.pk, outcome=Outcome.OPENED, invoice=_issue(cycle, plan, now))


def _close(cycle: BillingCycle, plan: Plan, now: datetime) -> Step:
    """Keep every input, close the cycle, open the next one, and issue what is due: all of it or nothing (BR-73)."""
    _keep_exceptions(cycle, plan, now)
    count, terms = plan.counted(), plan.inputs.prices.terms
    cycle.usage_snapshot = save_snapshot(organization_id=cycle.organization_id, count=count, cutoff_at=cycle.cutoff_at)
    cycle.terms_snapshot = save_inputs(plan.inputs, organization_id=cycle.organization_id)
    cycle.state, cycle.closed_at, cycle.tried_at = CycleState.CLOSED, now, now
    cycle.held_reasons = []
    cycle.save(
        update_fields=[
            "usage_snapshot",
            "terms_snapshot",
            "state",
            "closed_at",
            "tried_at",
            "held_reasons",
            "first_rated_at",
        ]
    )
    _keep_corrections(cycle, plan)
    following = terms.period(cycle.index + 1)
    if following is not None:
        _make_cycle(cycle.subscription, terms, following, state=CycleState.OPEN)
    return Step(cycle_id=cycle.pk, outcome=Outcome.CLOSED, invoice=_issue(cycle, plan, now))


def _issue(cycle: BillingCycle, plan: Plan, now: datetime) -> Invoice | None:
    if plan.draft is None:
        return None
    issue = Issue(
        subscription=cycle.subscription,
        cycle=cycle,
        period=plan.period,
        issued_at=now,
        # A close has stored its terms; an opening stores them with its document.
        terms=cycle.terms_snapshot or save_inputs(plan.inputs, organization_id=cycle.organization_id),
        revision=cycle.period_start.isoformat(),
    )
    return issue_invoice(plan.draft, issue=issue)


def _hold(cycle: BillingCycle, plan: Plan, now: datetime) -> Step:
    """Let the cycle wait for a person, with its reasons; nothing is invoiced (BR-72)."""
    _keep_exceptions(cycle, plan, now)
    cycle.held_reasons = _reasons(plan.blocks)
    cycle.held_at = cycle.held_at or now
    cycle.tried_at = now
    cycle.save(update_fields=["held_reasons", "held_at", "tried_at", "first_rated_at"])
    return Step(cycle_id=cycle.pk, outcome=Outcome.HELD)


def _reasons(blocks: Sequence[Block]) -> list[dict[str, str]]:
    return [{"code": block.code.value, "subject": block.subject, "message": block.message} for block in blocks]


def _keep_exceptions(cycle: BillingCycle, plan: Plan, now: datetime) -> None:
    """Keep what the CSM should look at; a period's exceptions are those found when it is first rated (BR-74)."""
    if plan.count is None or cycle.first_rated_at is not None:
        return
    cycle.first_rated_at = now
    CycleException.objects.bulk_create(
        [
            CycleException(
                organization_id=cycle.organization_id, cycle=cycle, code=exception.code.value, subject=exception.subject
            )
            for exception in plan.count.exceptions
        ]
    )


def _keep_corrections(cycle: BillingCycle, plan: Plan) -> None:
    """Keep what was counted for each earlier period that was rated again (BR-77)."""
    for correction in plan.corrections:
        snapshot = save_snapshot(
            organization_id=cycle.organization_id, count=correction.count, cutoff_at=cycle.cutoff_at
        )
        PeriodCorrection.objects.create(
            organization_id=cycle.organization_id,
            closing_cycle=cycle,
            corrected_cycle=correction.cycle,
            usage_snapshot=snapshot,
        )


def _make_cycle(subscription: Subscription, terms: ContractTerms, period: BillingPeriod, *, state: CycleState) -> bool:
    """Insert the cycle of a period with its bounds; they stay as they are, whatever becomes of the zone's rules."""
    instants = window(period, time_zone=terms.time_zone)
    _, made = BillingCycle.objects.get_or_create(
        subscription=subscription,
        period_start=period.start,
        defaults={
            "organization_id": subscription.organization_id,
            "index": period.index,
            "period_end": period.end,
            "starts_at": instants.start,
            "ends_at": instants.end,
            "cutoff_at": cutoff_at(period, time_zone=terms.time_zone, grace=terms.grace),
            "state": state,
        },
    )
    return made


def _park(cycle_id: int, error: Exception, now: datetime) -> None:
    reason = {
        "code": UNEXPECTED,
        "subject": type(error).__name__,
        "message": "Seatbill could not work this cycle out. It is tried again every hour; the log has the details.",
    }
    with transaction.atomic():
        cycle = lock_cycle(cycle_id)
        if cycle is not None:
            cycle.held_reasons, cycle.held_at, cycle.tried_at = [reason], cycle.held_at or now, now
            cycle.save(update_fields=["held_reasons", "held_at", "tried_at"])
