"""
What Japan asks of a qualified invoice (適格請求書): amounts and tax by rate, the tax rounded once for each (BR-78).

With a registration number, a buyer's name, the dates of the service and what it was, these make the tax deductible.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from subscriptions.domain.money import round_money

PERCENT = 100
WHOLE = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxedAt:
    """What is taxed at a rate in percent, without the tax, and the tax."""

    rate: Decimal
    revenue: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargedTax:
    """One tax of a document: its rate, the share of the revenue that it is charged on, that revenue, the tax."""

    rate: Decimal
    taxable: Decimal
    revenue: Decimal | None
    tax: Decimal


def taxed_by_rate(charged: Iterable[ChargedTax], *, currency: str, slack: Decimal) -> Sequence[TaxedAt] | None:
    """
    Return a document's amounts by rate, the highest first; None if they are not those of a qualified invoice.

    That is: a tax on a share of the revenue, a revenue that was not kept, or a tax of a rate that is further than
    `slack` from being rounded once.
    """
    by_rate: dict[Decimal, TaxedAt] = {}
    for one in charged:
        if one.revenue is None or one.taxable != WHOLE:
            return None
        so_far = by_rate.get(one.rate, TaxedAt(rate=one.rate, revenue=Decimal(0), tax=Decimal(0)))
        by_rate[one.rate] = TaxedAt(rate=one.rate, revenue=so_far.revenue + one.revenue, tax=so_far.tax + one.tax)
    for each in by_rate.values():
        once = round_money(Fraction(each.revenue) * Fraction(each.rate) / PERCENT, currency).amount
        if abs(each.tax - once) > slack:
            return None
    return sorted(by_rate.values(), key=lambda each: -each.rate)
