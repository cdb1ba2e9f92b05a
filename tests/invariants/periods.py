"""What was invoiced for a closed period, in all documents together, is what its usage costs (BR-70, BR-74)."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.db.models import Max

from invoices.domain.block import BlockCode
from invoices.domain.charge import IN_ARREARS, ChargeIdentity
from invoices.domain.decision import Choice, choice_of
from invoices.domain.rating import Rating, agreed_tier, rate_arrears
from invoices.models import BillingCycle, InvoiceLine
from invoices.selectors.billed import charge_of
from invoices.services.inputs import RatingInputs, mended_inputs
from invoices.services.planning import period_of
from subscriptions.domain.period import Window
from usage.services.counting import count_period

RATED_AGAIN = 3
"""So many later closes look at a period once more."""


def assert_closed_periods_are_billed_in_full() -> None:
    """
    Assert that arrears and adjustments of each closed period add up to its usage rated afresh, charge by charge.

    Rated with everything received by the last close that had to look at it, and with what was missing then as far as
    it is there now: call it after a close at which nothing had to be mended any longer.
    """
    closed = BillingCycle.objects.filter(state="closed", left_out=[]).select_related("subscription", "terms_snapshot")
    for cycle in closed:
        rating = _rate_afresh(cycle)
        assert list(rating.blocks) == [], f"{cycle.subscription}, period of {cycle}: {rating.blocks}"
        expected = {charge.identity: (charge.quantity, charge.amount.amount) for charge in rating.charges}
        billed = _billed(cycle)
        assert billed == expected, f"{cycle.subscription}, period of {cycle}: billed {billed}, it costs {expected}"


def _rate_afresh(cycle: BillingCycle) -> Rating:
    inputs = mended_inputs(cycle)
    count = count_period(
        organization_id=cycle.organization_id,
        terms=inputs.prices.terms,
        period=period_of(cycle),
        window=Window(start=cycle.starts_at, end=cycle.ends_at),
        received_until=_last_looked_at(cycle),
        deck=inputs.read_deck(),
        peak_tier=_agreed_tier(cycle, inputs),
    )
    return rate_arrears(count, period=period_of(cycle), prices=inputs.prices, decisions=inputs.decisions)


def _last_looked_at(cycle: BillingCycle) -> Any:
    """Return the cut-off of the last close that rated the period again, or would have, had anything borne on it."""
    later = BillingCycle.objects.filter(subscription_id=cycle.subscription_id, state="closed")
    in_turn = later.filter(index__gte=cycle.index, index__lte=cycle.index + RATED_AGAIN)
    return max(
        in_turn.aggregate(latest=Max("cutoff_at"))["latest"],
        cycle.corrected_by.aggregate(latest=Max("closing_cycle__cutoff_at"))["latest"] or cycle.cutoff_at,
    )


def _agreed_tier(cycle: BillingCycle, inputs: RatingInputs) -> str | None:
    if choice_of(inputs.decisions, BlockCode.TIER_ABOVE_AGREEMENT) is not Choice.BILL_AGREED_TIER:
        return None
    return agreed_tier(inputs.prices.terms, cycle.index)


def _billed(cycle: BillingCycle) -> dict[ChargeIdentity, tuple[Decimal, Decimal]]:
    """Return what stands on documents for a period, by charge, without what has been taken back in full."""
    lines = InvoiceLine.objects.filter(
        subscription_id=cycle.subscription_id, service_start=cycle.period_start, kind__in=list(IN_ARREARS)
    )
    quantities: defaultdict[ChargeIdentity, Decimal] = defaultdict(Decimal)
    amounts: defaultdict[ChargeIdentity, Decimal] = defaultdict(Decimal)
    for line in lines.select_related("invoice"):
        charge = charge_of(line)
        quantities[charge.identity] += charge.quantity
        amounts[charge.identity] += charge.amount.amount
    return {identity: (quantities[identity], amounts[identity]) for identity in quantities if quantities[identity]}
