"""Products and effective-dated list prices."""

from django.db import models
from django.utils.translation import gettext as _

from subscriptions.choices import CURRENCY_CHOICES, PRODUCT_KINDS
from subscriptions.models.fields import PriceField, within_reason
from subscriptions.models.shown import shown_day, shown_product, shown_quantity


class Product(models.Model):
    """Something that can be agreed, used and charged."""

    code = models.SlugField(primary_key=True, help_text="How events, prices and imports name it.")
    name = models.CharField(max_length=200, help_text="As it is printed on an invoice.")
    kind = models.CharField(max_length=20, choices=PRODUCT_KINDS)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        """Show the name."""
        return shown_product(self.code, self.name)


class PriceBook(models.Model):
    """The list prices of one currency from a day on, until a later book takes over (BR-31)."""

    currency = models.CharField(max_length=3, choices=CURRENCY_CHOICES)
    effective_date = models.DateField(help_text="In force for service periods that start on this day or later.")
    name = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["currency", "-effective_date"]
        constraints = [
            models.UniqueConstraint(fields=["currency", "effective_date"], name="subscriptions_pricebook_one_a_day"),
        ]

    def __str__(self) -> str:
        """Show currency and first day."""
        return _("%(what)s from %(day)s") % {"what": self.currency, "day": shown_day(self.effective_date)}


class PriceBookEntry(models.Model):
    """A product's list price; a product that a book does not name has none."""

    price_book = models.ForeignKey(PriceBook, on_delete=models.CASCADE, related_name="entries", db_index=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    price = PriceField(help_text="Per unit and month, net of tax.")
    setup_price = PriceField(null=True, blank=True, help_text="Of a phone number: charged once when it is activated.")

    class Meta:
        verbose_name_plural = "price book entries"
        constraints = [
            models.UniqueConstraint(fields=["price_book", "product"], name="subscriptions_pricebookentry_once"),
            *within_reason("price", "setup_price"),
        ]

    def __str__(self) -> str:
        """Show product and price."""
        return f"{self.product_id}: {shown_quantity(self.price)}"
