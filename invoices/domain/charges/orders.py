"""One-time charges: services when their order is processed, hardware when it ships (BR-50, BR-51)."""

from datetime import date
from decimal import Decimal

from invoices.domain.charge import Charge, ChargeKind, Service, charged_amount
from subscriptions.domain.catalog import ProductKind, tax_category


def order_charge(*, product: str, quantity: Decimal, price: Decimal, on: date, currency: str) -> Charge:
    """Return the charge of a one-time product on the day its order is processed (BR-50)."""
    return _charge(ChargeKind.ONE_TIME, ProductKind.ONE_TIME, product, quantity, price, on, currency)


def shipment_charge(*, product: str, quantity: Decimal, price: Decimal, on: date, currency: str) -> Charge:
    """Return the charge of the hardware in one shipment, on the day it ships (BR-51)."""
    return _charge(ChargeKind.HARDWARE, ProductKind.HARDWARE, product, quantity, price, on, currency)


def _charge(
    kind: ChargeKind,
    product_kind: ProductKind,
    product: str,
    quantity: Decimal,
    price: Decimal,
    on: date,
    currency: str,
) -> Charge:
    return Charge(
        kind=kind,
        product=product,
        quantity=quantity,
        unit_price=price,
        amount=charged_amount(quantity=quantity, unit_price=price, months=1, currency=currency),
        service=Service(start=on, last_day=on),
        tax_category=tax_category(product, product_kind),
    )
