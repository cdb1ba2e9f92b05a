"""One-time purchases: services when their order is processed, hardware when it ships (BR-50 to BR-52)."""

from django.db import models

from subscriptions.models.catalog import Product
from subscriptions.models.fields import PriceField, QuantityField, within_reason
from subscriptions.models.organization import Organization
from subscriptions.models.quote import QuoteItem
from subscriptions.models.shown import shown_day, shown_quantity
from subscriptions.models.subscription import Subscription


class Order(models.Model):
    """An accepted purchase of one product, in the subscription's currency."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="orders")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    quantity = QuantityField()
    price = PriceField(help_text="Per unit, net of tax.")
    processed_on = models.DateField(
        null=True, blank=True, help_text="Services are invoiced on this day; hardware is when it ships."
    )
    quote_item = models.OneToOneField(
        QuoteItem,
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="order",
        help_text="What was accepted.",
    )
    charged = models.BooleanField(default=False, editable=False, help_text="Whether its invoice is issued.")

    class Meta:
        constraints = within_reason("quantity", "price")
        indexes = [
            models.Index(
                fields=["processed_on"],
                condition=models.Q(charged=False, processed_on__isnull=False),
                name="order_to_charge",
            ),
        ]

    def __str__(self) -> str:
        """Show quantity and product."""
        return f"{shown_quantity(self.quantity)} × {self.product_id}"


class Shipment(models.Model):
    """A part of a hardware order that has left the warehouse; each is invoiced by itself (BR-51)."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="shipments")
    shipped_on = models.DateField()
    quantity = QuantityField()
    charged = models.BooleanField(default=False, editable=False, help_text="Whether its invoice is issued.")

    class Meta:
        constraints = within_reason("quantity")
        indexes = [
            models.Index(fields=["shipped_on"], condition=models.Q(charged=False), name="shipment_to_charge"),
        ]

    def __str__(self) -> str:
        """Show what shipped when."""
        return f"{shown_quantity(self.quantity)} × {self.order.product_id}, {shown_day(self.shipped_on)}"
