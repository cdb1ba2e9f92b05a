"""Commitments charged in advance (BR-30)."""

from collections.abc import Iterable

from invoices.domain.block import Block
from invoices.domain.charge import Charge, ChargeKind, charged_amount
from invoices.domain.charges.unpriced import unpriced
from invoices.domain.prices import Prices
from invoices.domain.schedule import Advance
from subscriptions.domain.catalog import ProductKind, tax_category


def prepay_charges(advances: Iterable[Advance], *, index: int, prices: Prices) -> list[Charge | Block]:
    """Return commitment x price x months for each advance, at the price in force at the start of period `index`."""
    return [_charge(advance, index, prices) for advance in advances]


def _charge(advance: Advance, index: int, prices: Prices) -> Charge | Block:
    price = prices.price(advance.product, index)
    if price is None:
        return unpriced(advance.product, advance.service.start)
    return Charge(
        kind=ChargeKind.PREPAY,
        product=advance.product,
        quantity=advance.quantity,
        unit_price=price,
        months=advance.months,
        amount=charged_amount(
            quantity=advance.quantity, unit_price=price, months=advance.months, currency=prices.terms.currency
        ),
        service=advance.service,
        tax_category=tax_category(advance.product, ProductKind.LICENSE),
    )
