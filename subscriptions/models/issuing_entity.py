"""Who invoices (BR-79)."""

from django.db import models

from subscriptions.choices import CURRENCY_CHOICES
from subscriptions.domain.reminders import usual_reminder_days


class IssuingEntity(models.Model):
    """A legal entity that issues documents; its data is copied onto each of them."""

    code = models.SlugField(unique=True, help_text="Short name used in imports and commands.")
    legal_name = models.CharField(max_length=200)
    address = models.TextField(help_text="Street, city and postal code, as they are printed.")
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2 code, such as US or JP.")
    tax_ids = models.JSONField(
        default=list, blank=True, help_text='Printed in this order, e.g. ["EIN 12-3456789", "VAT DE123456789"].'
    )
    invoice_prefix = models.CharField(
        max_length=20, default="INV-", help_text="Stands before the consecutive number of an invoice."
    )
    credit_note_prefix = models.CharField(
        max_length=20, default="CN-", help_text="Stands before the consecutive number of a credit note."
    )
    quote_prefix = models.CharField(
        max_length=20, default="Q-", help_text="Stands before the consecutive number of a quote."
    )
    logo_svg = models.TextField(blank=True, help_text="The logo as SVG source; printed at the top of each document.")
    sales_email = models.EmailField(blank=True)
    hardware_email = models.EmailField(blank=True)
    invoicing_email = models.EmailField(blank=True, help_text="Where a customer asks about an invoice.")
    collections_email = models.EmailField(blank=True)
    reminder_days = models.JSONField(
        default=usual_reminder_days,
        blank=True,
        help_text="After how many days past due its customers are reminded, e.g. [3, 14, 30]; empty: never.",
    )
    terms_url = models.URLField(blank=True)
    service_level_url = models.URLField(blank=True, help_text="Applies to paid subscriptions only.")

    class Meta:
        verbose_name_plural = "issuing entities"

    def __str__(self) -> str:
        """Show the legal name."""
        return self.legal_name


class BankAccount(models.Model):
    """Where an issuing entity is paid in one currency."""

    issuing_entity = models.ForeignKey(
        IssuingEntity, on_delete=models.CASCADE, related_name="bank_accounts", db_index=False
    )
    currency = models.CharField(max_length=3, choices=CURRENCY_CHOICES)
    bank_name = models.CharField(max_length=200)
    details = models.JSONField(
        default=list,
        help_text='Label and value pairs, printed in this order, e.g. [["Routing (ACH)", "021000021"]].',
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["issuing_entity", "currency"], name="subscriptions_bankaccount_one_per_currency"
            ),
        ]

    def __str__(self) -> str:
        """Show the bank and the currency."""
        return f"{self.bank_name} ({self.currency})"
