"""From a period's count and the agreement to charges: a list of calls, no arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass

from invoices.domain.block import BLOCK_ORDER, Block, BlockCode
from invoices.domain.charge import Charge, Service, line_order
from invoices.domain.charges.licenses import license_charges
from invoices.domain.charges.numbers import number_charges
from invoices.domain.charges.prepay import prepay_charges
from invoices.domain.charges.resources import resource_charges
from invoices.domain.charges.voice import voice_charges
from invoices.domain.prices import Prices
from invoices.domain.schedule import advances_due
from subscriptions.domain.catalog import CONTACT_CENTER_TIERS, LICENSE_RANK
from subscriptions.domain.period import BillingPeriod
from usage.domain.snapshot import UsageCount

RULE_VERSION = 1
"""Raised whenever the same inputs would be rated differently; stored with every close (BR-77)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """The charges of a period, and whatever would make an invoice over them wrong (BR-72)."""

    charges: Sequence[Charge]
    blocks: Sequence[Block]


def rate_arrears(count: UsageCount, *, period: BillingPeriod, prices: Prices) -> Rating:
    """Return what a period's usage costs, each charge with the period's service dates (BR-30, BR-40 to BR-43)."""
    service = Service(start=period.start, last_day=period.last_day)
    return _rating(
        [
            *_tier_above_agreement(count, prices, period.index),
            *license_charges(count, index=period.index, service=service, prices=prices),
            *resource_charges(count, index=period.index, service=service, prices=prices),
            *voice_charges(count.calls, service=service, currency=prices.terms.currency),
            *number_charges(
                count.numbers, index=period.index, service=service, period_days=period.whole_days, prices=prices
            ),
        ]
    )


def rate_advance(*, index: int, prices: Prices) -> Rating:
    """Return what falls due in advance at the start of period `index` (BR-10, BR-30)."""
    return _rating(prepay_charges(advances_due(prices.terms, index=index), index=index, prices=prices))


def _rating(found: Sequence[Charge | Block]) -> Rating:
    blocks = dict.fromkeys(entry for entry in found if isinstance(entry, Block))
    return Rating(
        charges=sorted((entry for entry in found if isinstance(entry, Charge)), key=line_order),
        blocks=sorted(blocks, key=lambda block: (BLOCK_ORDER[block.code], block.subject)),
    )


def _tier_above_agreement(count: UsageCount, prices: Prices, index: int) -> list[Block]:
    """Return the reason to hold a peak billed at a tier above the committed one (BR-21)."""
    if count.peak is None or count.peak.users == 0 or count.peak.tier is None:
        return []
    committed = [tier for tier in CONTACT_CENTER_TIERS if prices.terms.commitment(tier, index) > 0]
    if not committed or LICENSE_RANK[count.peak.tier] <= LICENSE_RANK[committed[-1]]:
        return []
    return [
        Block(
            code=BlockCode.TIER_ABOVE_AGREEMENT,
            subject=count.peak.tier,
            message=(
                f"Somebody in the pool held {count.peak.tier}, above the agreed {committed[-1]}: the whole peak of "
                f"{count.peak.users} would be billed at it. Accept the higher tier or bill the agreed one."
            ),
        )
    ]
