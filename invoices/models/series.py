"""Consecutive document numbers (BR-75)."""

from django.db import models

from invoices.choices import DocumentType
from subscriptions.models import IssuingEntity


class NumberSeries(models.Model):
    """The last number issued in a series of an issuing entity; locked only while a document is inserted."""

    issuing_entity = models.ForeignKey(IssuingEntity, on_delete=models.PROTECT, related_name="+")
    document_type = models.CharField(max_length=20, choices=DocumentType)
    last_number = models.PositiveBigIntegerField(default=0)
    last_issued_at = models.DateTimeField(help_text="When the latest document was issued; no later number is older.")

    class Meta:
        verbose_name_plural = "number series"
        constraints = [
            models.UniqueConstraint(fields=["issuing_entity", "document_type"], name="invoices_numberseries_once"),
        ]

    def __str__(self) -> str:
        """Show the series and how far it has come."""
        return f"{self.issuing_entity} {self.get_document_type_display()}: {self.last_number}"
