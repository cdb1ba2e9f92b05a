"""What is agreed for a product, in a quote and in the subscription made of it: prices, commitments, allowances."""

from django.db import models

from subscriptions.models.catalog import Product
from subscriptions.models.fields import PriceField, QuantityField, within_reason


class AgreedPriceRow(models.Model):
    """A product's commitment and prices."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    commitment = QuantityField(default=0, help_text="Contracted quantity, invoiced in advance.")
    price = PriceField(
        null=True, blank=True, help_text="Per unit and month; empty: the price book's at the start of the period."
    )
    overage_price = PriceField(null=True, blank=True, help_text="Above the commitment; empty: the price.")
    setup_price = PriceField(null=True, blank=True, help_text="Of a phone number: charged once when it is activated.")

    class Meta:
        abstract = True
        constraints = within_reason("commitment", "price", "overage_price", "setup_price")

    def __str__(self) -> str:
        """Show the product."""
        return self.product_id


class AgreedAllowanceRow(models.Model):
    """A fair-use allowance per license and month, instead of the catalog's (BR-40)."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", help_text="License or add-on.")
    resource = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    quantity = QuantityField(help_text="Minutes, gigabytes or requests that one seat brings.")

    class Meta:
        abstract = True
        constraints = within_reason("quantity")

    def __str__(self) -> str:
        """Show license and resource."""
        return f"{self.product_id}: {self.resource_id}"
