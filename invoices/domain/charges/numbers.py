"""Phone numbers: set-up once, and the month by days active: the one proration there is (BR-43)."""

from decimal import Decimal
from fractions import Fraction

from invoices.domain.block import Block
from invoices.domain.charge import Charge, ChargeKind, Service, charged_amount
from invoices.domain.charges.unpriced import unpriced
from invoices.domain.prices import Prices
from subscriptions.domain.catalog import ProductKind, tax_category
from subscriptions.domain.money import multiplied, round_money
from usage.domain.numbers import NumberUse, PhoneNumbers


def number_charges(
    numbers: PhoneNumbers, *, index: int, service: Service, period_days: int, prices: Prices
) -> list[Charge | Block]:
    """Return set-up charges and prorated monthly charges; `period_days` are those of the whole period (BR-43)."""
    charges: list[Charge | Block] = []
    for product, quantity in sorted(numbers.activated.items()):
        setup_price = prices.setup_price(product, index)
        if setup_price is not None:
            charges.append(_setup(product, quantity, setup_price, service, prices.terms.currency))
    for use in numbers.active:
        price = prices.price(use.product, index)
        charges.append(
            unpriced(use.product, service.start)
            if price is None
            else _month(use, price, service, period_days, prices.terms.currency)
        )
    return charges


def _setup(product: str, quantity: int, price: Decimal, service: Service, currency: str) -> Charge:
    return Charge(
        kind=ChargeKind.NUMBER_SETUP,
        product=product,
        quantity=Decimal(quantity),
        unit_price=price,
        amount=charged_amount(quantity=Decimal(quantity), unit_price=price, months=1, currency=currency),
        service=service,
        tax_category=tax_category(product, ProductKind.NUMBER),
    )


def _month(use: NumberUse, price: Decimal, service: Service, period_days: int, currency: str) -> Charge:
    return Charge(
        kind=ChargeKind.NUMBER,
        product=use.product,
        quantity=Decimal(use.quantity),
        unit_price=price,
        amount=round_money(multiplied(use.quantity, price, Fraction(use.days, period_days)), currency),
        service=service,
        tax_category=tax_category(use.product, ProductKind.NUMBER),
        days=use.days,
        period_days=period_days,
    )
