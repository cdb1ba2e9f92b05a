"""What was owed to an old system, or left in it, and is carried over when an organization goes live (ADR 43)."""

from django.db import models

from invoices.choices import OPENING_KINDS
from invoices.domain.moving_in.opening_balances import OpeningKind
from invoices.models.invoice import Invoice
from invoices.models.payment import Payment
from invoices.models.shadow import OldInvoiceFile
from subscriptions.choices import CURRENCY_CHOICES
from subscriptions.models import Organization
from subscriptions.models.fields import AmountField, within_reason


class OpeningBalance(models.Model):
    """
    What is open of an invoice of the old system, or a credit that is left there; nothing before it is carried over.

    Then the open invoice has a document, the credit a payment. Rows are only ever added, and withdrawn before that.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="opening_balances")
    file = models.ForeignKey(OldInvoiceFile, on_delete=models.PROTECT, related_name="balances")
    kind = models.CharField(max_length=10, choices=OPENING_KINDS)
    number = models.CharField(max_length=50, help_text="As the old system numbered it.")
    document_date = models.DateField(help_text="Of the old invoice, or from when the credit is.")
    due_date = models.DateField(null=True, blank=True, help_text="Empty: a credit, which falls due never.")
    currency = models.CharField(max_length=3, choices=CURRENCY_CHOICES)
    amount = AmountField(help_text="What is open, or left, with tax.")
    withdrawn_at = models.DateTimeField(null=True, blank=True, help_text="When its file was withdrawn.")
    document = models.OneToOneField(
        Invoice, null=True, blank=True, on_delete=models.PROTECT, related_name="opening", help_text="The opening item."
    )
    payment = models.OneToOneField(
        Payment, null=True, blank=True, on_delete=models.PROTECT, related_name="opening", help_text="The credit."
    )
    days_past_due = models.PositiveIntegerField(
        default=0, help_text="When it was carried over: nobody is reminded of what was due until then."
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "kind", "number"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="invoices_openingbalance_once",
            ),
            models.CheckConstraint(
                condition=models.Q(kind=OpeningKind.INVOICE.value, due_date__isnull=False, payment__isnull=True)
                | models.Q(kind=OpeningKind.CREDIT.value, due_date__isnull=True, document__isnull=True),
                name="invoices_openingbalance_of_its_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(withdrawn_at__isnull=True) | models.Q(document__isnull=True, payment__isnull=True),
                name="invoices_openingbalance_withdrawn_before",
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="invoices_openingbalance_is_a_sum"),
            *within_reason("amount"),
        ]

    def __str__(self) -> str:
        """Show the number."""
        return self.number
