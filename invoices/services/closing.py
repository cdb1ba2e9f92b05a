"""Closes one billing cycle, once, in one transaction: all of it or nothing (BR-70 to BR-73)."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import InterfaceError, OperationalError, transaction

from invoices.choices import CycleState
from invoices.documents.reasons import stored_reason
from invoices.domain.block import UNEXPECTED, Block
from invoices.models import BillingCycle, CycleException, Invoice, PeriodCorrection
from invoices.selectors import lock_cycle
from invoices.services.inputs import save_inputs
from invoices.services.issuing import Issue, issue_invoice
from invoices.services.opening import make_following_cycle, store_cycles, store_fit
from invoices.services.planning import Plan, plan_close, plan_opening
from usage.services.counting import save_snapshot
from usage.services.receipt import wait_for_ingestion

logger = logging.getLogger(__name__)


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


def close_cycle_now(*, cycle_id: int, now: datetime) -> Step:
    """
    Open or close one cycle if it is due, also one that is held: its reason may have been mended (BR-72).

    An unexpected failure is kept with the cycle as the reason it waits for, and not raised: the others go on.
    """
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
        if cycle is None:
            return Step(cycle_id=cycle_id, outcome=Outcome.NOT_DUE)
        store_fit(cycle)
        if not is_due(cycle, now):
            return Step(cycle_id=cycle_id, outcome=Outcome.NOT_DUE)
        opening = cycle.state == CycleState.OPENING
        plan = plan_opening(cycle, issued_at=now) if opening else plan_close(cycle, issued_at=now)
        if plan.blocks:
            return _hold(cycle, plan, now)
        return _open(cycle, plan, now) if opening else _close(cycle, plan, now)


def is_due(cycle: BillingCycle, now: datetime) -> bool:
    """Tell whether a cycle that is not closed has something to do at an instant."""
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
    cycle.usage_snapshot = save_snapshot(
        organization_id=cycle.organization_id, count=plan.counted(), cutoff_at=cycle.cutoff_at
    )
    cycle.terms_snapshot = save_inputs(plan.inputs, organization_id=cycle.organization_id)
    cycle.state, cycle.closed_at, cycle.tried_at = CycleState.CLOSED, now, now
    cycle.held_reasons, cycle.left_out = [], _reasons(plan.left_out)
    cycle.save(
        update_fields=[
            "left_out",
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
    following = make_following_cycle(cycle, plan.inputs.prices.terms)
    if following is not None:
        store_cycles([following])
    return Step(cycle_id=cycle.pk, outcome=Outcome.CLOSED, invoice=_issue(cycle, plan, now, is_final=following is None))


def _issue(cycle: BillingCycle, plan: Plan, now: datetime, *, is_final: bool = False) -> Invoice | None:
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
        is_final=is_final,
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


def _reasons(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    return [stored_reason(block) for block in blocks]


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
        earlier = correction.cycle
        PeriodCorrection.objects.create(
            organization_id=cycle.organization_id,
            closing_cycle=cycle,
            corrected_cycle=earlier,
            usage_snapshot=snapshot,
            terms_snapshot=save_inputs(correction.inputs, organization_id=cycle.organization_id),
        )
        left_out = _reasons(correction.left_out)
        if left_out != earlier.left_out:
            earlier.left_out = left_out
            earlier.save(update_fields=["left_out"])


def _park(cycle_id: int, error: Exception, now: datetime) -> None:
    reason = {"code": UNEXPECTED, "subject": type(error).__name__, "words": {}}
    with transaction.atomic():
        cycle = lock_cycle(cycle_id)
        if cycle is not None:
            cycle.held_reasons, cycle.held_at, cycle.tried_at = [reason], cycle.held_at or now, now
            cycle.save(update_fields=["held_reasons", "held_at", "tried_at"])
