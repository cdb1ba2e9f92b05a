"""From a period's count and the agreement to charges: a list of calls, no arithmetic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from invoices.domain.block import BLOCK_ORDER, Block, BlockCode
from invoices.domain.charge import Charge, Service, line_order
from invoices.domain.charges.licenses import license_charges
from invoices.domain.charges.numbers import number_charges
from invoices.domain.charges.prepay import prepay_charges
from invoices.domain.charges.resources import resource_charges
from invoices.domain.charges.voice import voice_charges
from invoices.domain.decision import Choice, Decision, choice_of
from invoices.domain.prices import Prices
from invoices.domain.schedule import advances_due
from subscriptions.domain.catalog import CONTACT_CENTER_TIERS, LICENSE_RANK
from subscriptions.domain.period import BillingPeriod
from subscriptions.domain.terms import ContractTerms
from usage.domain.snapshot import UsageCount

RULE_VERSION = 1
"""Raised whenever the same inputs would be rated differently; stored with every close (BR-77)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """The charges of a period, and whatever would make an invoice over them wrong (BR-72)."""

    charges: Sequence[Charge]
    blocks: Sequence[Block]
    left_out: Sequence[Block] = ()
    """What would be a block, had nobody decided to bill without it."""


def rate_arrears(
    count: UsageCount, *, period: BillingPeriod, prices: Prices, decisions: Sequence[Decision] = ()
) -> Rating:
    """Return what a period's usage costs, each charge with the period's service dates (BR-30, BR-40 to BR-43)."""
    service = Service(start=period.start, last_day=period.last_day)
    rating = _rating(
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
    return _as_decided(rating, decisions)


def rate_advance(*, index: int, prices: Prices, paid: Mapping[str, Decimal] | None = None) -> Rating:
    """Return what falls due in advance at the start of period `index`; `paid` as for `advances_due` (BR-10, BR-30)."""
    return _rating(prepay_charges(advances_due(prices.terms, index=index, paid=paid), index=index, prices=prices))


def _rating(found: Sequence[Charge | Block]) -> Rating:
    blocks = dict.fromkeys(entry for entry in found if isinstance(entry, Block))
    return Rating(
        charges=sorted((entry for entry in found if isinstance(entry, Charge)), key=line_order),
        blocks=sorted(blocks, key=lambda block: (BLOCK_ORDER[block.code], block.subject)),
    )


def agreed_tier(terms: ContractTerms, index: int) -> str | None:
    """Return the highest tier with a commitment in force in a period, None if there is none (BR-21)."""
    committed = [tier for tier in CONTACT_CENTER_TIERS if terms.commitment(tier, index) > 0]
    return committed[-1] if committed else None


def _as_decided(rating: Rating, decisions: Sequence[Decision]) -> Rating:
    """Take out the blocks that a person has decided about, with the charges to be left out (BR-72)."""
    choices = {block: choice_of(decisions, block.code) for block in rating.blocks}
    left_out = [block for block, choice in choices.items() if choice is Choice.LEAVE_OUT]
    doubtful = {block.subject for block in left_out if block.code is BlockCode.TIER_ABOVE_AGREEMENT}
    return Rating(
        charges=[charge for charge in rating.charges if charge.product not in doubtful],
        blocks=[block for block, choice in choices.items() if choice is None],
        left_out=left_out,
    )


def _tier_above_agreement(count: UsageCount, prices: Prices, index: int) -> list[Block]:
    """Return the reason to hold a peak billed at a tier above the committed one (BR-21)."""
    if count.peak is None or count.peak.users == 0 or count.peak.tier is None:
        return []
    agreed = agreed_tier(prices.terms, index)
    if agreed is None or LICENSE_RANK[count.peak.tier] <= LICENSE_RANK[agreed]:
        return []
    return [
        Block(
            code=BlockCode.TIER_ABOVE_AGREEMENT,
            subject=count.peak.tier,
            words=(("agreed", agreed), ("users", str(count.peak.users))),
        )
    ]
