"""Charges and tax rates for the tests of documents."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from moneyed import Money

from invoices.domain.charge import Charge, ChargeKind, Service
from invoices.domain.tax import TaxRate
from subscriptions.domain.catalog import TaxCategory

JANUARY = Service(start=date(2026, 1, 15), last_day=date(2026, 2, 14))
EVERY_CATEGORY = frozenset(TaxCategory)


def a_charge(**changes: object) -> Charge:
    """Return an overage of three PureCloud 1 for January, changed as named."""
    return replace(
        Charge(
            kind=ChargeKind.OVERAGE,
            product="purecloud-1",
            quantity=Decimal(3),
            unit_price=Decimal("150.00"),
            amount=Money("450.00", "USD"),
            service=JANUARY,
            tax_category=TaxCategory.SOFTWARE,
        ),
        **changes,
    )


def authority(
    rate: str, taxable: str = "100", categories: frozenset[TaxCategory] = EVERY_CATEGORY, name: str = "State sales"
) -> TaxRate:
    """Return what an authority charges, figures as text."""
    return TaxRate(authority=name, rate=Decimal(rate), taxable=Decimal(taxable), categories=categories)
