"""Tax by authority, over the document, rounded once (BR-78)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from moneyed import Money

from invoices.domain.charge import Charge
from subscriptions.domain.catalog import TaxCategory
from subscriptions.domain.money import multiplied, round_money

PERCENT = 100

_BOTH_IN_PERCENT = Fraction(1, PERCENT * PERCENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRate:
    """What one authority charges: a rate and a taxable share in percent, on some categories of revenue."""

    authority: str
    rate: Decimal
    taxable: Decimal
    categories: frozenset[TaxCategory]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxAmount:
    """The tax of one authority on a document, and the revenue of its categories, before the taxable share."""

    rate: TaxRate
    revenue: Money
    amount: Money


def taxes_on(charges: Sequence[Charge], *, rates: Iterable[TaxRate], currency: str) -> list[TaxAmount]:
    """
    Return the tax of every authority with a line of its categories, also where it is 0 (BR-78).

    Who is exempt or under reverse charge has no rates.
    """
    taxes = []
    for rate in rates:
        taxed = [charge.amount.amount for charge in charges if charge.tax_category in rate.categories]
        if taxed:
            revenue = sum(taxed, start=Decimal(0))
            exact = multiplied(revenue, rate.rate, rate.taxable, _BOTH_IN_PERCENT)
            taxes.append(
                TaxAmount(rate=rate, revenue=round_money(revenue, currency), amount=round_money(exact, currency))
            )
    return taxes
