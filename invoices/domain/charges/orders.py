"""One-time charges: services when their order is processed, hardware when it ships (BR-50, BR-51)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from invoices.domain.charge import Charge, ChargeKind, Service, charged_amount
from subscriptions.domain.catalog import ProductKind, tax_category


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """
    What was sold: `key` names the order or shipment, which is charged once (BR-70).

    `product_kind` is what the product is when it is not ordered: an add-on, say, bought once.
    """

    key: str
    product: str
    hardware: bool
    quantity: Decimal
    price: Decimal
    on: date
    currency: str
    product_kind: ProductKind = ProductKind.ONE_TIME


def sale_charge(sale: Sale) -> Charge:
    """Return the charge of a service on the day its order is processed, or of hardware on the day it ships."""
    kind = ChargeKind.HARDWARE if sale.hardware else ChargeKind.ONE_TIME
    return Charge(
        kind=kind,
        product=sale.product,
        quantity=sale.quantity,
        unit_price=sale.price,
        amount=charged_amount(quantity=sale.quantity, unit_price=sale.price, months=1, currency=sale.currency),
        service=Service(start=sale.on, last_day=sale.on),
        tax_category=tax_category(sale.product, ProductKind.HARDWARE if sale.hardware else sale.product_kind),
        order_key=sale.key,
    )
