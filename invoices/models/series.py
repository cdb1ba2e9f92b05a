"""Consecutive document numbers (BR-75)."""

from django.conf import settings
from django.db import models

from invoices.choices import DocumentType
from subscriptions.models import IssuingEntity


class NumberSeries(models.Model):
    """The last number issued in a series of an issuing entity; locked only while a document is inserted."""

    issuing_entity = models.ForeignKey(IssuingEntity, on_delete=models.PROTECT, related_name="+", db_index=False)
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


class SeriesStart(models.Model):
    """
    A series that goes on where the old system's ended: the numbers before it are left out on purpose, once (ADR 43).

    From `first_left_out` up to the one before `next_number` no document bears a number, and none ever will.
    """

    series = models.OneToOneField(NumberSeries, on_delete=models.PROTECT, related_name="start", primary_key=True)
    first_left_out = models.PositiveBigIntegerField()
    next_number = models.PositiveBigIntegerField()
    reason = models.TextField(help_text="Why, for whoever asks later.")
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(next_number__gt=models.F("first_left_out"), first_left_out__gte=1),
                name="invoices_seriesstart_goes_forward",
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="invoices_seriesstart_says_why"),
        ]

    def __str__(self) -> str:
        """Show where the series goes on."""
        return f"{self.next_number}"
