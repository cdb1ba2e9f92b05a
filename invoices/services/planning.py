"""
Works out what a cycle would issue, without writing anything: the one way for the close, the dry run and the preview.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from invoices.domain.adjustments import adjustments
from invoices.domain.block import Block
from invoices.domain.charge import Charge
from invoices.domain.draft import InvoiceDraft, draft_invoice
from invoices.domain.rating import rate_advance, rate_arrears
from invoices.domain.schedule import invoice_date
from invoices.models import BillingCycle, TermsSnapshot
from invoices.selectors import get_invoiced, list_cycles_to_correct
from invoices.services.inputs import RatingInputs, gather_inputs, load_inputs
from subscriptions.domain.period import BillingPeriod, Window, nth_period
from usage.domain.snapshot import UsageCount
from usage.services.counting import count_period


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """An earlier period, counted again with what was received since, and the lines that differ (BR-74)."""

    cycle: BillingCycle
    count: UsageCount
    lines: Sequence[Charge]
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a cycle would issue: the period, its count (an opening has none), its inputs, the blocks or the draft."""

    period: BillingPeriod
    count: UsageCount | None
    inputs: RatingInputs
    corrections: Sequence[Correction]
    blocks: Sequence[Block]
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
    inputs = gather_inputs(cycle.subscription, indexes=[cycle.index], service_start=cycle.period_start, dated=dated)
    return _opening(cycle, inputs, dated)


def plan_close(cycle: BillingCycle, *, issued_at: datetime) -> Plan:
    """Work out what falls due at the end of a period: arrears, corrections of earlier ones, an advance (BR-73)."""
    dated = _dated(cycle, due_on=cycle.period_end, due_at=cycle.cutoff_at, issued_at=issued_at)
    inputs = gather_inputs(
        cycle.subscription,
        indexes=[cycle.index, cycle.index + 1],
        service_start=cycle.period_start,
        dated=dated,
    )
    return _close(cycle, inputs, dated, corrected=list_cycles_to_correct(cycle))


def replay_opening(cycle: BillingCycle, *, terms: TermsSnapshot, dated: date) -> Plan:
    """Work out an advance that was issued once more, from the terms stored with it (BR-77)."""
    return _opening(cycle, load_inputs(terms), dated)


def replay_close(cycle: BillingCycle, *, dated: date) -> Plan:
    """Work out a close once more, from what was stored with it and the events it saw (BR-77)."""
    corrected = [row.corrected_cycle for row in cycle.corrections.order_by("corrected_cycle__index")]
    return _close(cycle, load_inputs(_stored_terms(cycle)), dated, corrected=corrected)


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
        draft=_draft(rating.charges, inputs, dated),
    )


def _close(cycle: BillingCycle, inputs: RatingInputs, dated: date, *, corrected: Sequence[BillingCycle]) -> Plan:
    count = _count(cycle, inputs, received_until=cycle.cutoff_at)
    arrears = rate_arrears(count, period=period_of(cycle), prices=inputs.prices)
    advance = rate_advance(index=cycle.index + 1, prices=inputs.prices)
    corrections = [_correct(earlier, closing=cycle) for earlier in corrected]
    lines = [line for correction in corrections for line in correction.lines]
    blocks = [block for correction in corrections for block in correction.blocks]
    return Plan(
        period=period_of(cycle),
        count=count,
        inputs=inputs,
        corrections=corrections,
        blocks=(*arrears.blocks, *advance.blocks, *blocks),
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


def _correct(earlier: BillingCycle, *, closing: BillingCycle) -> Correction:
    """Rate a closed period again, under its own terms, with everything received by the closing cut-off (BR-74)."""
    inputs = load_inputs(_stored_terms(earlier))
    count = _count(earlier, inputs, received_until=closing.cutoff_at)
    rating = rate_arrears(count, period=period_of(earlier), prices=inputs.prices)
    return Correction(
        cycle=earlier,
        count=count,
        lines=adjustments(rating.charges, invoiced=get_invoiced(earlier, until=closing)),
        blocks=rating.blocks,
    )


def _count(cycle: BillingCycle, inputs: RatingInputs, *, received_until: datetime) -> UsageCount:
    return count_period(
        organization_id=cycle.organization_id,
        terms=inputs.prices.terms,
        period=period_of(cycle),
        window=Window(start=cycle.starts_at, end=cycle.ends_at),
        received_until=received_until,
        deck=inputs.deck,
    )


def _stored_terms(cycle: BillingCycle) -> TermsSnapshot:
    if cycle.terms_snapshot is None:
        raise ValueError(f"The period of {cycle.period_start} is not closed: it has no terms of its own.")
    return cycle.terms_snapshot
