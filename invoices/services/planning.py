"""
Works out what a cycle would issue, without writing anything: the one way for the close, the dry run and the preview.
"""

from dataclasses import dataclass
from datetime import datetime

from invoices.domain.block import Block
from invoices.domain.draft import InvoiceDraft, draft_invoice
from invoices.domain.prices import Prices
from invoices.domain.rating import rate_advance, rate_arrears
from invoices.domain.schedule import invoice_date
from invoices.models import BillingCycle
from invoices.selectors import get_prices
from subscriptions.domain.period import BillingPeriod, Window, nth_period
from subscriptions.selectors import get_terms
from usage.domain.snapshot import UsageCount
from usage.services.counting import count_period


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a cycle would issue: the period, its count (an opening has none), the prices, the blocks or the draft."""

    period: BillingPeriod
    count: UsageCount | None
    prices: Prices
    blocks: tuple[Block, ...]
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
    terms = get_terms(cycle.subscription)
    prices = get_prices(terms, indexes=[cycle.index])
    rating = rate_advance(index=cycle.index, prices=prices)
    dated = invoice_date(
        due_on=cycle.period_start,
        due_at=cycle.starts_at,
        issued_at=issued_at,
        was_held=cycle.held_at is not None,
        time_zone=terms.time_zone,
    )
    return Plan(
        period=period_of(cycle),
        count=None,
        prices=prices,
        blocks=tuple(rating.blocks),
        draft=draft_invoice(
            rating.charges, currency=terms.currency, dated=dated, net_days=terms.net_days, tax_rates=()
        ),
    )


def plan_close(cycle: BillingCycle, *, issued_at: datetime) -> Plan:
    """Work out what falls due at the end of a period: its arrears and the advance for the next one (BR-73)."""
    terms = get_terms(cycle.subscription)
    prices = get_prices(terms, indexes=[cycle.index, cycle.index + 1])
    period = period_of(cycle)
    count = count_period(
        organization_id=cycle.organization_id,
        terms=terms,
        period=period,
        window=Window(start=cycle.starts_at, end=cycle.ends_at),
        received_until=cycle.cutoff_at,
    )
    arrears = rate_arrears(count, period=period, prices=prices)
    advance = rate_advance(index=cycle.index + 1, prices=prices)
    dated = invoice_date(
        due_on=cycle.period_end,
        due_at=cycle.cutoff_at,
        issued_at=issued_at,
        was_held=cycle.held_at is not None,
        time_zone=terms.time_zone,
    )
    return Plan(
        period=period,
        count=count,
        prices=prices,
        blocks=(*arrears.blocks, *advance.blocks),
        draft=draft_invoice(
            [*arrears.charges, *advance.charges],
            currency=terms.currency,
            dated=dated,
            net_days=terms.net_days,
            tax_rates=(),
        ),
    )


def period_of(cycle: BillingCycle) -> BillingPeriod:
    """Return the period of a cycle with the dates that were stored when it was opened."""
    whole = nth_period(effective_date=cycle.subscription.effective_date, index=cycle.index)
    return BillingPeriod(index=cycle.index, start=cycle.period_start, end=cycle.period_end, whole_end=whole.whole_end)
