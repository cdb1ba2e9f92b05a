"""The file for programs that stands in a document's PDF (BR-76)."""

from django.db import models
from django.utils.translation import gettext as _

from invoices.models.invoice import Invoice
from subscriptions.models import Organization


class EInvoiceFile(models.Model):
    """
    What programs read of an issued document, the same bytes as in its PDF (Factur-X and ZUGFeRD).

    It is stored with the PDF, in one transaction, and never changes; a document that goes without one has none.
    """

    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, related_name="e_invoice", primary_key=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    stored_at = models.DateTimeField()

    def __str__(self) -> str:
        """Show the document."""
        return _("E-invoice of %(document)s") % {"document": self.invoice}
