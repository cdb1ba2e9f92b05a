"""
Works out what a cycle would issue, without writing anything: the one way for the close, the dry run and the preview.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from invoices.choices import CycleState
from invoices.domain.adjustments import adjustments
from invoices.domain.block import Block, BlockCode
from invoices.domain.bounds import NO_BOUNDS, Before, Bounds, HeldAgainst, seats_seen
from invoices.domain.charge import Charge
from invoices.domain.decision import Choice, Decision, choice_of, decided_again
from invoices.domain.draft import InvoiceDraft, draft_invoice
from invoices.domain.rating import Rating, agreed_tier, rate_advance, rate_arrears
from invoices.domain.schedule import invoice_date
from invoices.domain.unusual import agreed_advance
from invoices.models import BillingCycle, TermsSnapshot
from invoices.selectors.before import list_before
from invoices.selectors.billed import get_invoiced, get_prepaid, list_prepaid
from invoices.selectors.corrections import list_cycles_to_correct
from invoices.services.bounding import bounds_in_force, held_by_bounds
from invoices.services.inputs import (
    InputsWanted,
    RatingInputs,
    gather_inputs,
    load_inputs,
    mended_inputs,
    read_decks,
    stored_terms,
)
from subscriptions.domain.period import BillingPeriod, Window, local_date, nth_period
from subscriptions.domain.rate_deck import RateDeck
from subscriptions.domain.terms import ContractTerms, starts_on
from subscriptions.selectors.terms import get_terms
from usage.domain.columns import UsageColumns
from usage.domain.snapshot import UsageCount
from usage.services.counting import ToCount, count_period, read_together

AN_INSTANT = timedelta(microseconds=1)
"""The finest step of our clocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """An earlier period, counted again with what was received since, and the lines that differ (BR-74)."""

    cycle: BillingCycle
    inputs: RatingInputs
    count: UsageCount
    lines: Sequence[Charge]
    blocks: Sequence[Block]
    left_out: Sequence[Block]


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedPeriod:
    """What was used in a period, and what that costs in arrears."""

    count: UsageCount
    arrears: Rating


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a cycle would issue: the period, its count (an opening has none), its inputs, the blocks or the draft."""

    period: BillingPeriod
    count: UsageCount | None
    inputs: RatingInputs
    corrections: Sequence[Correction]
    blocks: Sequence[Block]
    left_out: Sequence[Block]
    draft: InvoiceDraft | None

    def counted(self) -> UsageCount:
        """
        Return the count of a close.

        :raises ValueError: if this plan is an opening's
        """
        if self.count is None:
            raise ValueError("An opening counts nothing.")
        return self.count


@dataclass(frozen=True, slots=True, kw_only=True)
class Groundwork:
    """
    What a cycle is planned from, its usage aside, and what its invoice is held against; an opening has nothing paid and
    nothing to correct.
    """

    cycle: BillingCycle
    issued_at: datetime
    dated: date
    inputs: RatingInputs
    deck: RateDeck | None
    paid: Mapping[str, Decimal]
    to_correct: Sequence[BillingCycle]
    before: Before
    bounds: Bounds
    usage: UsageColumns | None = None
    """What was read of its usage together with that of others; None: it is read when it is counted."""


def lay_groundwork(
    cycles: Sequence[BillingCycle],
    *,
    terms: Mapping[int, ContractTerms],
    issued_at: datetime,
    bounds: Bounds,
) -> Iterator[Groundwork]:
    """
    Yield what cycles of as many organizations are planned from, read in as many statements for many as for one.

    Their usage is read for some of them at a time, when the first of those is reached: who stops before has not read
    it, and what was planned leaves the memory.

    `terms` are their agreements', by subscription. An opening wants the prices of its first period, a close those of
    its own and the next.
    """
    wanted = [
        InputsWanted(
            cycle=cycle,
            terms=terms[cycle.subscription_id],
            indexes=[cycle.index] if is_opening(cycle) else [cycle.index, cycle.index + 1],
            dated=_dated(cycle, issued_at=issued_at),
        )
        for cycle in cycles
    ]
    inputs = gather_inputs(wanted)
    decks = read_decks(inputs)
    closing = [cycle for cycle in cycles if not is_opening(cycle)]
    paid = list_prepaid({cycle.subscription_id: _following_start(cycle, terms) for cycle in closing})
    to_correct = list_cycles_to_correct(closing)
    before = list_before(cycles, terms)
    usage = _read_usage(closing, inputs, decks, issued_at=issued_at)
    for one in wanted:
        key = one.cycle.subscription_id
        yield Groundwork(
            cycle=one.cycle,
            issued_at=issued_at,
            dated=one.dated,
            inputs=inputs[key],
            deck=decks[key],
            paid=paid.get(key, {}),
            to_correct=to_correct.get(key, []),
            before=before[key],
            bounds=bounds,
            usage=None if is_opening(one.cycle) else next(usage),
        )


def _read_usage(
    cycles: Sequence[BillingCycle],
    inputs: Mapping[int, RatingInputs],
    decks: Mapping[int, RateDeck | None],
    *,
    issued_at: datetime,
) -> Iterator[UsageColumns | None]:
    """Yield what was used in the period of each cycle that closes; None for a large organization, read by itself."""
    to_count = [
        ToCount(
            organization_id=cycle.organization_id,
            terms=inputs[cycle.subscription_id].prices.terms,
            window=_window(cycle, received_until),
            received_until=received_until,
            deck=decks[cycle.subscription_id],
        )
        for cycle in cycles
        for received_until in [_received_until(cycle, issued_at=issued_at)]
    ]
    return read_together(to_count)


def _received_until(cycle: BillingCycle, *, issued_at: datetime) -> datetime:
    return min(cycle.cutoff_at, issued_at)


def _window(cycle: BillingCycle, received_until: datetime) -> Window:
    """Return the instants of a period, as far as it has lasted."""
    # Whoever is still logged in has been so until then; a period that is just beginning has lasted an instant.
    reached = max(received_until, cycle.starts_at + AN_INSTANT)
    return Window(start=cycle.starts_at, end=min(cycle.ends_at, reached))


def _following_start(cycle: BillingCycle, terms: Mapping[int, ContractTerms]) -> date:
    return starts_on(terms[cycle.subscription_id], cycle.index + 1)


def is_opening(cycle: BillingCycle) -> bool:
    """Tell whether a cycle's advance is due, and not its close."""
    return cycle.state == CycleState.OPENING


def plan_cycle(cycle: BillingCycle, *, issued_at: datetime, supposing: Sequence[Decision] = ()) -> Plan:
    """Work out what one cycle would issue; `supposing` are decisions that nobody has made yet."""
    terms = {cycle.subscription_id: get_terms(cycle.subscription)}
    (ground,) = lay_groundwork([cycle], terms=terms, issued_at=issued_at, bounds=bounds_in_force())
    decisions = decided_again(ground.inputs.decisions, supposing)
    return plan_from(replace(ground, inputs=replace(ground.inputs, decisions=decisions)))


def plan_from(ground: Groundwork) -> Plan:
    """
    Work out what a cycle would issue.

    An opening: the advance for the first period, due at the local midnight of its first day (BR-10). A close: what
    falls due at the end of a period, arrears, corrections of earlier ones, an advance (BR-73); before the cut-off it is
    what has fallen due so far, with what happened and was received by then. What goes beyond a safety bound is held.
    """
    cycle = ground.cycle
    if is_opening(cycle):
        return _within_bounds(_opening(cycle, ground.inputs, ground.dated), ground)
    received_until = _received_until(cycle, issued_at=ground.issued_at)

    def again(earlier: BillingCycle) -> RatingInputs:
        return _as_decided_meanwhile(
            earlier,
            mended_inputs(earlier),
            closing=cycle,
            decisions=ground.inputs.decisions,
            received_until=received_until,
        )

    corrected = [(earlier, again(earlier)) for earlier in ground.to_correct]
    return _within_bounds(_close(ground, corrected, received_until=received_until), ground)


def _within_bounds(plan: Plan, ground: Groundwork) -> Plan:
    """Hold what goes beyond a safety bound; what waits for something to be mended is not whole yet."""
    if plan.blocks or not ground.bounds.checked:
        return plan
    cycle, prices = ground.cycle, plan.inputs.prices
    opening = is_opening(cycle)
    against = HeldAgainst(
        currency=cycle.subscription.currency,
        starts_on=cycle.period_start,
        effective_date=cycle.subscription.effective_date,
        before=ground.before,
        advance=agreed_advance(
            prices, index=cycle.index if opening else cycle.index + 1, paid={} if opening else ground.paid
        ),
        seen=None if plan.count is None else seats_seen(plan.count, prices.terms),
    )
    beyond = held_by_bounds(plan.draft, against, cycle=cycle, bounds=ground.bounds)
    return replace(plan, blocks=beyond) if beyond else plan


def replay_opening(cycle: BillingCycle, *, terms: TermsSnapshot, dated: date) -> Plan:
    """Work out an advance that was issued once more, from the terms stored with it (BR-77)."""
    return _opening(cycle, load_inputs(terms), dated)


def replay_close(cycle: BillingCycle, *, dated: date) -> Plan:
    """Work out a close once more, from what was stored with it and the events it saw (BR-77)."""
    corrections = cycle.corrections.select_related("corrected_cycle__subscription", "terms_snapshot")
    corrected = [
        (row.corrected_cycle, load_inputs(row.terms_snapshot)) for row in corrections.order_by("corrected_cycle__index")
    ]
    inputs = load_inputs(stored_terms(cycle))
    paid = get_prepaid(cycle.subscription_id, on=starts_on(inputs.prices.terms, cycle.index + 1))
    ground = Groundwork(
        cycle=cycle,
        issued_at=cycle.cutoff_at,
        dated=dated,
        inputs=inputs,
        deck=inputs.read_deck(),
        paid=paid,
        to_correct=[earlier for earlier, _inputs in corrected],
        before=Before(),
        bounds=NO_BOUNDS,
    )
    return _close(ground, corrected, received_until=cycle.cutoff_at)


def _dated(cycle: BillingCycle, *, issued_at: datetime) -> date:
    opening = is_opening(cycle)
    return invoice_date(
        due_on=cycle.period_start if opening else cycle.period_end,
        due_at=cycle.starts_at if opening else cycle.cutoff_at,
        issued_at=issued_at,
        was_held=cycle.held_at is not None,
        time_zone=cycle.subscription.time_zone,
    )


def _opening(cycle: BillingCycle, inputs: RatingInputs, dated: date) -> Plan:
    # Nothing was paid before: a period opens that is the first, or the first one that is ours (ADR 42).
    rating = rate_advance(index=cycle.index, prices=inputs.prices, paid={})
    return Plan(
        period=period_of(cycle),
        count=None,
        inputs=inputs,
        corrections=(),
        blocks=rating.blocks,
        left_out=(),
        draft=_draft(rating.charges, inputs, dated),
    )


def _close(
    ground: Groundwork,
    corrected: Sequence[tuple[BillingCycle, RatingInputs]],
    *,
    received_until: datetime,
) -> Plan:
    cycle, inputs = ground.cycle, ground.inputs
    rated = rate_cycle(cycle, inputs, deck=ground.deck, received_until=received_until, read=ground.usage)
    arrears = rated.arrears
    advance = rate_advance(index=cycle.index + 1, prices=inputs.prices, paid=ground.paid)
    corrections = [
        _correct(earlier, own_inputs, closing=cycle, received_until=received_until) for earlier, own_inputs in corrected
    ]
    lines = [line for correction in corrections for line in correction.lines]
    blocks = [block for correction in corrections for block in correction.blocks]
    return Plan(
        period=period_of(cycle),
        count=rated.count,
        inputs=inputs,
        corrections=corrections,
        blocks=(*arrears.blocks, *advance.blocks, *blocks),
        left_out=arrears.left_out,
        draft=_draft([*arrears.charges, *advance.charges, *lines], inputs, ground.dated),
    )


def _draft(charges: Sequence[Charge], inputs: RatingInputs, dated: date) -> InvoiceDraft | None:
    terms = inputs.prices.terms
    return draft_invoice(
        charges,
        currency=terms.currency,
        dated=dated,
        net_days=terms.net_days,
        tax_rates=inputs.tax_rates,
        tax_facts=inputs.tax_facts,
    )


def period_of(cycle: BillingCycle) -> BillingPeriod:
    """Return the period of a cycle with the dates that were stored when it was opened."""
    whole = nth_period(effective_date=cycle.subscription.effective_date, index=cycle.index)
    return BillingPeriod(index=cycle.index, start=cycle.period_start, end=cycle.period_end, whole_end=whole.whole_end)


def _as_decided_meanwhile(
    earlier: BillingCycle,
    inputs: RatingInputs,
    *,
    closing: BillingCycle,
    decisions: Sequence[Decision],
    received_until: datetime,
) -> RatingInputs:
    """
    Return an earlier period's inputs with what was decided about the closing cycle, as far as they hold it (BR-72).

    A decision about a reason that the earlier period does not have is none about it.
    """
    blocks = _correct(earlier, inputs, closing=closing, received_until=received_until).blocks if decisions else ()
    codes = {block.code for block in blocks}
    meanwhile = [decision for decision in decisions if decision.code in codes]
    return replace(inputs, decisions=decided_again(inputs.decisions, meanwhile))


def _correct(
    earlier: BillingCycle, inputs: RatingInputs, *, closing: BillingCycle, received_until: datetime
) -> Correction:
    """Rate a closed period again, under its own terms, with everything received by the closing cut-off (BR-74)."""
    rated = rate_cycle(earlier, inputs, deck=inputs.read_deck(), received_until=received_until)
    return Correction(
        cycle=earlier,
        inputs=inputs,
        count=rated.count,
        lines=adjustments(
            rated.arrears.charges, invoiced=get_invoiced(earlier, until=closing), credited=inputs.credited
        ),
        blocks=rated.arrears.blocks,
        left_out=rated.arrears.left_out,
    )


def rate_cycle(
    cycle: BillingCycle,
    inputs: RatingInputs,
    *,
    deck: RateDeck | None,
    received_until: datetime,
    read: UsageColumns | None = None,
) -> RatedPeriod:
    """
    Count a period with what was received by an instant, as far as it has lasted by then, and rate the count.

    `read` is what was read of it together with others.
    """
    window = _window(cycle, received_until)
    terms, period = inputs.prices.terms, period_of(cycle)
    count = count_period(
        organization_id=cycle.organization_id,
        terms=terms,
        period=period if window.end == cycle.ends_at else days_so_far(period, window, time_zone=terms.time_zone),
        window=window,
        received_until=received_until,
        deck=deck,
        peak_tier=_decided_tier(cycle, inputs),
        read=read,
    )
    arrears = rate_arrears(count, period=period, prices=inputs.prices, decisions=inputs.decisions)
    return RatedPeriod(count=count, arrears=arrears)


def days_so_far(period: BillingPeriod, window: Window, *, time_zone: str) -> BillingPeriod:
    """Return the local days of a running period that have begun: numbers were active on no others yet (BR-43)."""
    today = local_date(window.end - AN_INSTANT, time_zone=time_zone)
    return replace(period, end=today + timedelta(days=1))


def _decided_tier(cycle: BillingCycle, inputs: RatingInputs) -> str | None:
    """Return the tier at which a person decided that the peak is billed, None if nobody did (BR-21)."""
    if choice_of(inputs.decisions, BlockCode.TIER_ABOVE_AGREEMENT) is not Choice.BILL_AGREED_TIER:
        return None
    return agreed_tier(inputs.prices.terms, cycle.index)
