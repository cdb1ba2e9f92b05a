"""
Closes billing cycles, each once and all of it or nothing (BR-70 to BR-73).

Cycles are claimed in chunks, read, planned and written together, in one transaction. What goes wrong in planning one
holds that one; where the database refuses a chunk, each of its cycles is done again by itself.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import Error, InterfaceError, OperationalError, connection, transaction
from django.db.models import QuerySet

from invoices.choices import CycleState
from invoices.documents.reasons import stored_reason
from invoices.domain.block import UNEXPECTED, Block
from invoices.domain.bounds import Bounds
from invoices.domain.moving_in.boundary import Boundary
from invoices.domain.unusual import bill_of
from invoices.models import BillingCycle, CycleException, Invoice, PeriodCorrection, TermsSnapshot
from invoices.selectors.cycles import claim_cycles, lock_agreements
from invoices.selectors.shadow import list_boundaries
from invoices.services.bounding import bounds_in_force
from invoices.services.inputs import RatingInputs, snapshot_of_inputs, stored_terms
from invoices.services.issuing import Issue, issue_invoices
from invoices.services.opening import make_following_cycle, store_cycles, store_fit
from invoices.services.planning import Groundwork, Plan, is_opening, lay_groundwork, plan_from
from invoices.services.shadow.keeping import Unissued, keep_bills
from invoices.services.switch import IssuingStoppedError
from subscriptions.selectors.terms import list_terms
from subscriptions.services.bulk import insert_rows, update_rows
from subscriptions.services.collecting import collecting_afterwards
from subscriptions.services.transactions import in_one_transaction, waited_too_long
from usage.domain.snapshot import UsageCount
from usage.services.counting import snapshot_of
from usage.services.evidence import save_people
from usage.services.receipt import wait_for_ingestion

logger = logging.getLogger(__name__)

CYCLES_AT_ONCE = 350
"""
So many cycles share their statements, and small ones are done within a second; more would save little, keep whoever
changes an agreement waiting, and leave a second process less to do beside the first.
"""

PEOPLE_AT_ONCE = 10_000
"""A chunk ends with the cycle that fills it: the neighbors of a giant neither wait for it nor share its memory."""

STORED = (
    *("state", "held_reasons", "held_at", "tried_at", "left_out", "first_rated_at"),
    *("closed_at", "arrears", "usage_snapshot", "terms_snapshot"),
)
"""What becomes of a cycle, by column."""


class Outcome(StrEnum):
    """What became of a cycle that was tried."""

    OPENED = "opened"
    CLOSED = "closed"
    HELD = "held"
    NOT_DUE = "not_due"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One cycle that the sweep tried, and the document it issued, if anything was due."""

    cycle_id: int
    outcome: Outcome
    invoice: Invoice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    """What was counted for a period, and what it was rated with, of a close or of a correction of an earlier period."""

    owner: BillingCycle | PeriodCorrection
    count: UsageCount
    inputs: RatingInputs


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tried:
    """
    A cycle as it is to be stored, and what is stored with it; one that could not be planned has no plan.

    What is due by one `in_shadow` is the old system's to bill: it is kept, and not issued.
    """

    cycle: BillingCycle
    outcome: Outcome
    plan: Plan | None = None
    in_shadow: bool = False
    counted: Sequence[_Counted] = ()
    exceptions: Sequence[CycleException] = ()
    following: BillingCycle | None = None


def close_cycle_now(*, cycle_id: int, now: datetime) -> Step:
    """Open or close one cycle if it is due, also one that is held: its reason may have been mended (BR-72)."""
    steps = close_next(BillingCycle.objects.filter(pk=cycle_id), now=now, bounds=bounds_in_force())
    return steps[0] if steps else Step(cycle_id=cycle_id, outcome=Outcome.NOT_DUE)


def close_next(cycles: QuerySet[BillingCycle], *, now: datetime, bounds: Bounds) -> list[Step]:
    """
    Open or close the first of some cycles, as far as they are due, and return what became of each; none if all is done.

    An unexpected failure is kept with its cycle as the reason it waits for, and not raised: the others go on. If
    issuing is switched off meanwhile, all of them are left as they were.
    """
    claimed: list[BillingCycle] = []

    def claim_and_close() -> list[Step]:
        claimed.clear()
        claimed.extend(claim_cycles(cycles, at_most=CYCLES_AT_ONCE))
        return _open_or_close(claimed, now, bounds) if claimed else []

    try:
        with collecting_afterwards():
            return in_one_transaction(claim_and_close)
    except IssuingStoppedError:
        return [Step(cycle_id=cycle.pk, outcome=Outcome.STOPPED) for cycle in claimed]
    except Exception as error:
        if not claimed:
            raise
        # Who holds a series holds it from each of them: to try one after the other would be to wait as often.
        if len(claimed) == 1 or waited_too_long(error):
            return [_fail(cycle.pk, error, now) for cycle in claimed]
        logger.warning("%s cycles could not be written together: each by itself", len(claimed), exc_info=True)
    return [_close_by_itself(cycle, now=now, bounds=bounds) for cycle in claimed]


def _close_by_itself(cycle: BillingCycle, *, now: datetime, bounds: Bounds) -> Step:
    """Open or close one cycle of a chunk that failed: once, for the chunk was tried often enough."""
    try:
        with transaction.atomic():
            claimed = claim_cycles(BillingCycle.objects.filter(pk=cycle.pk), at_most=1)
            steps = _open_or_close(claimed, now, bounds) if claimed else []
    except IssuingStoppedError:
        return Step(cycle_id=cycle.pk, outcome=Outcome.STOPPED)
    except Exception as error:
        # Inside somebody's transaction it would be closed whether it can be used or not.
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        return _fail(cycle.pk, error, now)
    return steps[0] if steps else Step(cycle_id=cycle.pk, outcome=Outcome.NOT_DUE)


def is_due(cycle: BillingCycle, now: datetime) -> bool:
    """Tell whether a cycle that is not closed has something to do at an instant."""
    return (cycle.starts_at if is_opening(cycle) else cycle.cutoff_at) <= now


def _open_or_close(cycles: Sequence[BillingCycle], now: datetime, bounds: Bounds) -> list[Step]:
    # Events of requests that are still being stored may have been received before the cut-off (BR-02).
    wait_for_ingestion(cycle.organization_id for cycle in cycles)
    lock_agreements(cycles)
    # After the agreements are locked: whoever puts an organization into shadow, or takes it live, locks them, too.
    boundaries = list_boundaries(cycles)
    terms = list_terms([cycle.subscription for cycle in cycles])
    for cycle in cycles:
        store_fit(cycle, terms[cycle.subscription_id])
    due = [cycle for cycle in cycles if is_due(cycle, now)]
    early = [cycle for cycle in cycles if not is_due(cycle, now)]
    tried: list[_Tried] = []
    people = 0
    for ground in lay_groundwork(due, terms=terms, issued_at=now, bounds=bounds):
        tried.append(_try(ground, now, boundaries.get(ground.cycle.organization_id)))
        people += sum(len(counted.count.people) for counted in tried[-1].counted)
        if people >= PEOPLE_AT_ONCE:
            break
    _store(tried)
    issued = _issue(tried, now)
    return [
        *(Step(cycle_id=one.cycle.pk, outcome=one.outcome, invoice=issued.get(one.cycle.pk)) for one in tried),
        *(Step(cycle_id=cycle.pk, outcome=Outcome.NOT_DUE) for cycle in early),
    ]


def _try(ground: Groundwork, now: datetime, boundary: Boundary | None) -> _Tried:
    """Plan a cycle and make of it what it is to become; nothing is stored yet."""
    cycle = ground.cycle
    opens = is_opening(cycle)
    try:
        plan = plan_from(ground)
        exceptions = _exceptions(cycle, plan)
        if plan.blocks:
            return _held(cycle, plan, exceptions, now)
        done = _opened(cycle, plan) if opens else _closed(cycle, plan, exceptions, now)
        return done if boundary is None else _beside_the_old_system(done, boundary, is_opening=opens)
    except Error:
        # The database's: nothing more can be done in this transaction.
        raise
    except Exception as error:
        logger.exception("Cycle %s is held: an unexpected error", cycle.pk)
        _park(cycle, error, now)
        return _Tried(cycle=cycle, outcome=Outcome.FAILED)


def _opened(cycle: BillingCycle, plan: Plan) -> _Tried:
    """Let what is due in advance for the first period be issued; the cycle is open from then on."""
    cycle.state = CycleState.OPEN
    cycle.held_reasons, cycle.held_at, cycle.tried_at = [], None, None
    return _Tried(cycle=cycle, outcome=Outcome.OPENED, plan=plan)


def _closed(cycle: BillingCycle, plan: Plan, exceptions: Sequence[CycleException], now: datetime) -> _Tried:
    """Let the cycle close, every input be kept, the next one open, and what is due be issued (BR-73)."""
    counted = [_Counted(owner=cycle, count=plan.counted(), inputs=plan.inputs), *_corrected(cycle, plan)]
    following, left_out = make_following_cycle(cycle, plan.inputs.prices.terms), _reasons(plan.left_out)
    # Last of all: what fails before leaves the cycle as it was.
    cycle.state, cycle.closed_at, cycle.tried_at = CycleState.CLOSED, now, now
    cycle.held_reasons, cycle.left_out = [], left_out
    cycle.arrears = bill_of(plan.draft).arrears
    cycle.first_rated_at = cycle.first_rated_at or now
    return _Tried(
        cycle=cycle,
        outcome=Outcome.CLOSED,
        plan=plan,
        counted=counted,
        exceptions=exceptions,
        following=following,
    )


def _beside_the_old_system(done: _Tried, boundary: Boundary, *, is_opening: bool) -> _Tried:
    """Let what an opened or closed cycle bills be kept in shadow as far as it lies before the boundary (ADR 42)."""
    if done.following is not None and boundary.opens(done.following.period_start):
        done.following.state = CycleState.OPENING
    if not boundary.keeps(done.cycle.period_start, is_opening=is_opening):
        return done
    # No later close mends what the old system bills; the shadow bill says what it is without.
    done.cycle.left_out = []
    return replace(done, in_shadow=True)


def _held(cycle: BillingCycle, plan: Plan, exceptions: Sequence[CycleException], now: datetime) -> _Tried:
    """Let the cycle wait for a person, with its reasons; nothing is invoiced (BR-72)."""
    cycle.held_reasons = _reasons(plan.blocks)
    cycle.held_at = cycle.held_at or now
    cycle.tried_at = now
    if plan.count is not None:
        cycle.first_rated_at = cycle.first_rated_at or now
    return _Tried(cycle=cycle, outcome=Outcome.HELD, plan=plan, exceptions=exceptions)


def _park(cycle: BillingCycle, error: Exception, now: datetime) -> None:
    """Let the cycle wait because our own code failed."""
    cycle.held_reasons = [{"code": UNEXPECTED, "subject": type(error).__name__, "words": {}}]
    cycle.held_at, cycle.tried_at = cycle.held_at or now, now


def _reasons(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    return [stored_reason(block) for block in blocks]


def _exceptions(cycle: BillingCycle, plan: Plan) -> list[CycleException]:
    """Return what the CSM should look at; a period's exceptions are those found when it is first rated (BR-74)."""
    if plan.count is None or cycle.first_rated_at is not None:
        return []
    return [
        CycleException(
            organization_id=cycle.organization_id, cycle=cycle, code=exception.code.value, subject=exception.subject
        )
        for exception in plan.count.exceptions
    ]


def _corrected(cycle: BillingCycle, plan: Plan) -> Iterator[_Counted]:
    """Yield what is kept of each earlier period that was rated again (BR-77), with what is left out of it now."""
    for correction in plan.corrections:
        correction.cycle.left_out = _reasons(correction.left_out)
        owner = PeriodCorrection(
            organization_id=cycle.organization_id, closing_cycle=cycle, corrected_cycle=correction.cycle
        )
        yield _Counted(owner=owner, count=correction.count, inputs=correction.inputs)


def _store(tried: Sequence[_Tried]) -> None:
    """Store cycles with all that belongs to them but their documents, in as many statements for many as for one."""
    counted = [counted for one in tried for counted in one.counted]
    corrections = [row.owner for row in counted if isinstance(row.owner, PeriodCorrection)]
    _keep_counted(counted)
    update_rows((one.cycle for one in tried), STORED)
    insert_rows(exception for one in tried for exception in one.exceptions)
    insert_rows(corrections)
    update_rows((row.corrected_cycle for row in corrections), ["left_out"])
    store_cycles([one.following for one in tried if one.following is not None])


def _keep_counted(counted: Sequence[_Counted]) -> None:
    """Store counts with their people, and what they were rated with; none of it is ever changed (BR-77)."""
    snapshots = insert_rows(
        (
            snapshot_of(
                row.count, organization_id=row.owner.organization_id, received_until=_closing(row.owner).cutoff_at
            )
            for row in counted
        ),
        keyed=True,
    )
    inputs = _keep_inputs((row.inputs, row.owner.organization_id) for row in counted)
    for row, snapshot, terms in zip(counted, snapshots, inputs, strict=True):
        row.owner.usage_snapshot, row.owner.terms_snapshot = snapshot, terms
    save_people((snapshot, row.count.people) for row, snapshot in zip(counted, snapshots, strict=True))


def _closing(owner: BillingCycle | PeriodCorrection) -> BillingCycle:
    return owner if isinstance(owner, BillingCycle) else owner.closing_cycle


def _keep_inputs(inputs: Iterable[tuple[RatingInputs, int]]) -> list[TermsSnapshot]:
    """Store what was worked with, each for its organization."""
    return insert_rows(
        (snapshot_of_inputs(one, organization_id=organization_id) for one, organization_id in inputs), keyed=True
    )


def _issue(tried: Sequence[_Tried], now: datetime) -> dict[int, Invoice]:
    """Issue what is due, in the order in which it was tried, or keep it in shadow; return the documents by cycle."""
    due = [(one, one.plan, one.plan.draft) for one in tried if one.plan is not None and one.outcome is not Outcome.HELD]
    # A close has stored its terms; an opening stores them with its document.
    openings = [(one.cycle, plan) for one, plan, draft in due if draft is not None and one.outcome is Outcome.OPENED]
    kept = _keep_inputs((plan.inputs, cycle.organization_id) for cycle, plan in openings)
    terms = {cycle.pk: snapshot for (cycle, _plan), snapshot in zip(openings, kept, strict=True)}

    def issue_of(one: _Tried, plan: Plan) -> Issue:
        return Issue(
            subscription=one.cycle.subscription,
            cycle=one.cycle,
            period=plan.period,
            issued_at=now,
            terms=terms.get(one.cycle.pk) or stored_terms(one.cycle),
            revision=one.cycle.period_start.isoformat(),
            is_final=one.outcome is Outcome.CLOSED and one.following is None,
        )

    documents = [(draft, issue_of(one, plan)) for one, plan, draft in due if draft is not None and not one.in_shadow]
    keep_bills(
        [
            Unissued(
                cycle=one.cycle,
                draft=draft,
                issue=issue_of(one, plan),
                is_opening=one.outcome is Outcome.OPENED,
                left_out=_reasons(plan.left_out),
            )
            for one, plan, draft in due
            if one.in_shadow and (draft is not None or one.outcome is Outcome.CLOSED)
        ]
    )
    return {
        issue.cycle.pk: invoice
        for (_draft, issue), invoice in zip(documents, issue_invoices(documents), strict=True)
        if issue.cycle is not None
    }


def _fail(cycle_id: int, error: Exception, now: datetime) -> Step:
    """Keep why a cycle could not be written, unless it is the database that was not to be had."""
    if isinstance(error, OperationalError | InterfaceError):
        # Lost connection, lock timeout, deadlock: nothing is half-written, the next sweep finds the cycle as it was.
        logger.error("Cycle %s could not be written; the next sweep tries it again", cycle_id, exc_info=error)
    else:
        logger.error("Cycle %s is held: an unexpected error", cycle_id, exc_info=error)
        with transaction.atomic():
            for cycle in claim_cycles(BillingCycle.objects.filter(pk=cycle_id), at_most=1):
                _park(cycle, error, now)
                cycle.save(update_fields=["held_reasons", "held_at", "tried_at"])
    return Step(cycle_id=cycle_id, outcome=Outcome.FAILED)
