"""Double entry per organization and currency; balances come from here."""

from django.db import models

from invoices.choices import LEDGER_ACCOUNTS
from invoices.models.invoice import Invoice
from invoices.models.payment import Payment
from subscriptions.models import Organization
from subscriptions.models.fields import AmountField, within_reason


class LedgerTransaction(models.Model):
    """One movement of money owed: its entries sum to zero."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.CharField(max_length=3)
    posted_at = models.DateTimeField()
    invoice = models.OneToOneField(
        Invoice, null=True, on_delete=models.PROTECT, related_name="ledger_transaction", help_text="What was issued."
    )
    payment = models.ForeignKey(
        Payment,
        null=True,
        on_delete=models.PROTECT,
        related_name="ledger_transactions",
        help_text="What came in.",
        db_index=False,
    )
    is_reversal = models.BooleanField(default=False, help_text="Whether the payment was taken back.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payment", "is_reversal"], name="invoices_ledger_payment_once"),
            models.CheckConstraint(
                condition=models.Q(invoice__isnull=False, payment__isnull=True, is_reversal=False)
                | models.Q(invoice__isnull=True, payment__isnull=False),
                name="invoices_ledger_one_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "currency", "posted_at"], name="invoices_ledger_by_time"),
            models.Index(fields=["posted_at", "id"], name="invoices_ledger_in_order"),
        ]

    def __str__(self) -> str:
        """Show the document or the payment."""
        return f"{self.invoice or self.payment}"


class LedgerEntry(models.Model):
    """One side of a movement: a debit is positive, a credit negative."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    transaction = models.ForeignKey(LedgerTransaction, on_delete=models.PROTECT, related_name="entries", db_index=False)
    account = models.CharField(max_length=20, choices=LEDGER_ACCOUNTS)
    currency = models.CharField(max_length=3)
    amount = AmountField()

    class Meta:
        verbose_name_plural = "ledger entries"
        constraints = [
            models.UniqueConstraint(fields=["transaction", "account"], name="invoices_ledgerentry_once"),
            *within_reason("amount", negative=True),
        ]
        indexes = [models.Index(fields=["organization", "currency", "account"], name="invoices_ledger_by_account")]

    def __str__(self) -> str:
        """Show account and amount."""
        return f"{self.get_account_display()} {self.amount} {self.currency}"
