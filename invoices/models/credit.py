"""Which invoice a credit note by hand gives back, line by line, who issued it and why (BR-76)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _

from invoices.models.invoice import Invoice, InvoiceLine
from subscriptions.models import Organization


class Credit(models.Model):
    """
    What makes a document a credit note by hand; one that a close issued has none (BR-74).

    What it gave back stands on the document, what was asked for in the terms stored with it.
    """

    invoice = models.OneToOneField(
        Invoice, on_delete=models.PROTECT, related_name="credit", primary_key=True, help_text="The credit note."
    )
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    original = models.ForeignKey(
        Invoice,
        on_delete=models.PROTECT,
        related_name="credits",
        help_text="The invoice that is credited.",
        db_index=False,
    )
    place = models.PositiveSmallIntegerField(help_text="Counts the credit notes of the invoice from 1.")
    reason = models.TextField(help_text="Why, for whoever asks later; it is not printed.")
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["original_id", "place"]
        constraints = [
            # Of two that were worked out from the same remainder the second is refused.
            models.UniqueConstraint(fields=["original", "place"], name="invoices_credit_in_turn"),
            models.CheckConstraint(condition=models.Q(place__gte=1), name="invoices_credit_counted_from_1"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="invoices_credit_says_why"),
            models.CheckConstraint(
                condition=~models.Q(original=models.F("invoice")), name="invoices_credit_of_another_document"
            ),
        ]

    def __str__(self) -> str:
        """Show what is credited by what."""
        return _("%(credit_note)s for %(invoice)s") % {"credit_note": self.invoice, "invoice": self.original}


class CreditedLine(models.Model):
    """Which line of the invoice a line of a credit note by hand gives back."""

    line = models.OneToOneField(InvoiceLine, on_delete=models.PROTECT, related_name="credited", primary_key=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    original_line = models.ForeignKey(InvoiceLine, on_delete=models.PROTECT, related_name="credited_by")

    def __str__(self) -> str:
        """Show the line that was credited."""
        return f"{self.original_line}"
