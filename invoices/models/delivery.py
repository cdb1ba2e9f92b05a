"""Whether an issued document was mailed to the billing contacts: the row's state is the queue (BR-84)."""

from django.db import models
from django.utils.translation import gettext as _

from invoices.models.invoice import Invoice
from subscriptions.models import Organization


class InvoiceDelivery(models.Model):
    """
    A document's way to the billing contacts; it is inserted with the document, in the same transaction.

    It waits for the PDF, then for somebody to send it to, and is done once the mail is queued, one for each contact.
    """

    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, related_name="delivery", primary_key=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    queued_at = models.DateTimeField(
        null=True,
        help_text="When the mail was queued; of a document from before there was any, when it was issued.",
    )
    times_again = models.PositiveSmallIntegerField(default=0, help_text="How often somebody had it sent again.")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(help_text="Not tried again before this instant.")
    last_error = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=models.Q(queued_at__isnull=True), name="invoices_delivery_pending"
            ),
        ]

    def __str__(self) -> str:
        """Show the document."""
        return _("Delivery of %(document)s") % {"document": self.invoice}
