"""The tax of each authority follows from the lines that it taxes, by the rates stored with the document (BR-78)."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec

from invoices.domain.tax import TaxRate
from invoices.models import Invoice, InvoiceTax
from subscriptions.domain.money import exponent, plain, round_money

PERCENT = 100


def find_tax_faults(document: Invoice, *, stored_rates: Any) -> Iterator[str]:
    """
    Yield where a document's taxes are not its revenue by authority x rate x taxable share, rounded once.

    `stored_rates` are those stored with its terms. What is credited by hand takes off what the tax of the rest falls
    by, which may be a minor unit away (BR-76).
    """
    lines, taxes = list(document.lines.all()), list(document.taxes.all())
    rates = msgspec.convert(stored_rates or [], list[TaxRate])
    charged = [rate for rate in rates if any(line.tax_category in rate.categories for line in lines)]
    if [_of(tax) for tax in taxes] != [(rate.authority, rate.rate, rate.taxable) for rate in charged]:
        yield "its taxes are not those of the rates stored with it"
        return
    away = Decimal(1).scaleb(-exponent(document.currency)) if hasattr(document, "credit") else Decimal(0)
    for tax, rate in zip(taxes, charged, strict=True):
        revenue = sum((line.amount for line in lines if line.tax_category in rate.categories), start=Decimal(0))
        exact = Fraction(revenue) * Fraction(rate.rate) / PERCENT * Fraction(rate.taxable) / PERCENT
        expected = round_money(exact, document.currency).amount
        if abs(tax.amount - expected) > away:
            yield f"its tax of {rate.authority} is {tax.amount}, {revenue} at {plain(rate.rate)} % makes {expected}"
        # Documents issued before it was kept have none.
        if tax.revenue is not None and tax.revenue != revenue:
            yield f"its revenue taxed by {rate.authority} is {tax.revenue}, its lines come to {revenue}"


def _of(tax: InvoiceTax) -> tuple[str, Decimal, Decimal]:
    return tax.authority, tax.rate, tax.taxable
