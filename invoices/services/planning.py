"""
Works out what a cycle would issue, without writing anything: the one way for the close, the dry run and the preview.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from invoices.domain.adjustments import adjustments
from invoices.domain.block import Block, BlockCode
from invoices.domain.charge import Charge
from invoices.domain.decision import Choice, Decision, choice_of
from invoices.domain.draft import InvoiceDraft, draft_invoice
from invoices.domain.rating import Rating, agreed_tier, rate_advance, rate_arrears
from invoices.domain.schedule import invoice_date
from invoices.models import BillingCycle, TermsSnapshot
from invoices.selectors import get_invoiced, list_cycles_to_correct
from invoices.services.inputs import RatingInputs, correction_inputs, gather_inputs, load_inputs, stored_terms
from subscriptions.domain.period import BillingPeriod, Window, nth_period
from usage.domain.snapshot import UsageCount
from usage.services.counting import count_period


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """
    An earlier period, counted again with what was received since, and the lines that differ (BR-74).

    `answered` are the reasons found now that a decision about the closing cycle answers (BR-72).
    """

    cycle: BillingCycle
    inputs: RatingInputs
    count: UsageCount
    lines: Sequence[Charge]
    blocks: Sequence[Block]
    left_out: Sequence[Block]
    answered: frozenset[BlockCode] = frozenset()


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


def plan_opening(cycle: BillingCycle, *, issued_at: datetime) -> Plan:
    """Work out the advance for the first period, due at the local midnight of its first day (BR-10)."""
    dated = _dated(cycle, due_on=cycle.period_start, due_at=cycle.starts_at, issued_at=issued_at)
    inputs = gather_inputs(cycle, indexes=[cycle.index], dated=dated)
    return _opening(cycle, inputs, dated)


def plan_close(cycle: BillingCycle, *, issued_at: datetime) -> Plan:
    """Work out what falls due at the end of a period: arrears, corrections of earlier ones, an advance (BR-73)."""
    dated = _dated(cycle, due_on=cycle.period_end, due_at=cycle.cutoff_at, issued_at=issued_at)
    inputs = gather_inputs(cycle, indexes=[cycle.index, cycle.index + 1], dated=dated)
    corrected = [(earlier, correction_inputs(earlier)) for earlier in list_cycles_to_correct(cycle)]
    return _close(cycle, inputs, dated, corrected)


def replay_opening(cycle: BillingCycle, *, terms: TermsSnapshot, dated: date) -> Plan:
    """Work out an advance that was issued once more, from the terms stored with it (BR-77)."""
    return _opening(cycle, load_inputs(terms), dated)


def replay_close(cycle: BillingCycle, *, dated: date) -> Plan:
    """Work out a close once more, from what was stored with it and the events it saw (BR-77)."""
    corrections = cycle.corrections.select_related("corrected_cycle__subscription", "terms_snapshot")
    corrected = [
        (row.corrected_cycle, load_inputs(row.terms_snapshot)) for row in corrections.order_by("corrected_cycle__index")
    ]
    return _close(cycle, load_inputs(stored_terms(cycle)), dated, corrected)


def _dated(cycle: BillingCycle, *, due_on: date, due_at: datetime, issued_at: datetime) -> date:
    return invoice_date(
        due_on=due_on,
        due_at=due_at,
        issued_at=issued_at,
        was_held=cycle.held_at is not None,
        time_zone=cycle.subscription.time_zone,
    )


def _opening(cycle: BillingCycle, inputs: RatingInputs, dated: date) -> Plan:
    rating = rate_advance(index=cycle.index, prices=inputs.prices)
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
    cycle: BillingCycle,
    inputs: RatingInputs,
    dated: date,
    corrected: Sequence[tuple[BillingCycle, RatingInputs]],
) -> Plan:
    count = _count(cycle, inputs, received_until=cycle.cutoff_at)
    arrears = _rate(cycle, count, inputs)
    advance = rate_advance(index=cycle.index + 1, prices=inputs.prices)
    corrections = [
        _answer(_correct(earlier, own_inputs, closing=cycle), closing=cycle, decisions=inputs.decisions)
        for earlier, own_inputs in corrected
    ]
    lines = [line for correction in corrections for line in correction.lines]
    blocks = [block for correction in corrections for block in correction.blocks]
    return Plan(
        period=period_of(cycle),
        count=count,
        inputs=inputs,
        corrections=corrections,
        blocks=(*arrears.blocks, *advance.blocks, *blocks),
        left_out=arrears.left_out,
        draft=_draft([*arrears.charges, *advance.charges, *lines], inputs, dated),
    )


def _draft(charges: Sequence[Charge], inputs: RatingInputs, dated: date) -> InvoiceDraft | None:
    terms = inputs.prices.terms
    return draft_invoice(
        charges, currency=terms.currency, dated=dated, net_days=terms.net_days, tax_rates=inputs.tax_rates
    )


def period_of(cycle: BillingCycle) -> BillingPeriod:
    """Return the period of a cycle with the dates that were stored when it was opened."""
    whole = nth_period(effective_date=cycle.subscription.effective_date, index=cycle.index)
    return BillingPeriod(index=cycle.index, start=cycle.period_start, end=cycle.period_end, whole_end=whole.whole_end)


def _correct(earlier: BillingCycle, inputs: RatingInputs, *, closing: BillingCycle) -> Correction:
    """Rate a closed period again, under its own terms, with everything received by the closing cut-off (BR-74)."""
    count = _count(earlier, inputs, received_until=closing.cutoff_at)
    rating = _rate(earlier, count, inputs)
    return Correction(
        cycle=earlier,
        inputs=inputs,
        count=count,
        lines=adjustments(rating.charges, invoiced=get_invoiced(earlier, until=closing), credited=inputs.credited),
        blocks=rating.blocks,
        left_out=rating.left_out,
    )


def _answer(correction: Correction, *, closing: BillingCycle, decisions: Sequence[Decision]) -> Correction:
    """Apply what was decided about the closing cycle to reasons that were found in an earlier period (BR-72)."""
    found = {block.code for block in correction.blocks}
    answers = [decision for decision in decisions if decision.code in found]
    if not answers:
        return correction
    inputs = replace(correction.inputs, decisions=[*correction.inputs.decisions, *answers])
    answered = frozenset(decision.code for decision in answers)
    return replace(_correct(correction.cycle, inputs, closing=closing), answered=answered)


def _rate(cycle: BillingCycle, count: UsageCount, inputs: RatingInputs) -> Rating:
    return rate_arrears(count, period=period_of(cycle), prices=inputs.prices, decisions=inputs.decisions)


def _count(cycle: BillingCycle, inputs: RatingInputs, *, received_until: datetime) -> UsageCount:
    return count_period(
        organization_id=cycle.organization_id,
        terms=inputs.prices.terms,
        period=period_of(cycle),
        window=Window(start=cycle.starts_at, end=cycle.ends_at),
        received_until=received_until,
        deck=inputs.deck,
        peak_tier=_decided_tier(cycle, inputs),
    )


def _decided_tier(cycle: BillingCycle, inputs: RatingInputs) -> str | None:
    """Return the tier at which a person decided that the peak is billed, None if nobody did (BR-21)."""
    if choice_of(inputs.decisions, BlockCode.TIER_ABOVE_AGREEMENT) is not Choice.BILL_AGREED_TIER:
        return None
    return agreed_tier(inputs.prices.terms, cycle.index)
