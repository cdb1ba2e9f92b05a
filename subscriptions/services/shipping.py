"""Ships a part of a hardware order; its invoice follows on the day of the shipment (BR-51)."""

from decimal import Decimal
from enum import StrEnum

from django.db import transaction

from subscriptions.domain.catalog import ProductKind
from subscriptions.domain.shipping import Parcel
from subscriptions.domain.violations import Violation, refuse
from subscriptions.models import Order, Shipment


class ShippingError(StrEnum):
    """Why a shipment is refused."""

    NOT_HARDWARE = "not_hardware"
    NOTHING = "nothing"
    TOO_MUCH = "too_much"
    SHIPPED_MEANWHILE = "shipped_meanwhile"


def shipped_of(order: Order) -> Decimal:
    """Return how much of an order has shipped, invoiced or not."""
    return sum(order.shipments.values_list("quantity", flat=True), start=Decimal(0))


def find_shipping_violations(order: Order, parcel: Parcel) -> list[Violation]:
    """Return everything that forbids a shipment; no more may ship than was ordered (BR-51)."""
    shipped, found = shipped_of(order), []
    if order.product.kind != ProductKind.HARDWARE:
        message = "Only hardware ships; a service is invoiced on the day it is processed."
        found.append(Violation(code=ShippingError.NOT_HARDWARE, field="quantity", message=message))
    if parcel.quantity <= 0:
        found.append(Violation(code=ShippingError.NOTHING, field="quantity", message="Enter more than 0."))
    if shipped + parcel.quantity > order.quantity:
        message = "This is more than is left to ship: lower it, or quote the rest."
        found.append(Violation(code=ShippingError.TOO_MUCH, field="quantity", message=message))
    if shipped != parcel.shipped_before:
        # A button was pressed twice, or somebody else was quicker.
        message = "Something of this order has shipped meanwhile: look at what is left, and ask again."
        found.append(Violation(code=ShippingError.SHIPPED_MEANWHILE, field="", message=message))
    return found


def ship(order_id: int, parcel: Parcel) -> Shipment:
    """
    Record that a part of an order has left the warehouse.

    :raises Refused: with everything that forbids it
    """
    with transaction.atomic():
        # Whoever ships a part of it meanwhile waits.
        order = Order.objects.select_for_update(of=("self",)).select_related("product").get(pk=order_id)
        refuse(find_shipping_violations(order, parcel))
        return Shipment.objects.create(
            organization_id=order.organization_id,
            order=order,
            shipped_on=parcel.shipped_on,
            quantity=parcel.quantity,
        )
