"""An absurd invoice that two people have looked at and found right."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _

from invoices.models.cycle import BillingCycle
from subscriptions.models import Organization


class BoundRelease(models.Model):
    """
    Lets exactly one invoice of a cycle pass the safety bounds it goes beyond; rows are only ever added.

    If the invoice would say anything else by then, its cycle is held again.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    cycle = models.ForeignKey(BillingCycle, on_delete=models.PROTECT, related_name="releases", db_index=False)
    fingerprint = models.CharField(max_length=64, help_text="Of the invoice that was looked at: a SHA-256.")
    reasons = models.JSONField(help_text="The bounds that it goes beyond, with the figures.")
    reason = models.TextField(help_text="Why it is right, for whoever asks later.")
    released_at = models.DateTimeField()
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["cycle_id", "id"]
        constraints = [
            models.UniqueConstraint(fields=["cycle", "fingerprint"], name="invoices_boundrelease_once"),
            models.CheckConstraint(
                condition=~models.Q(approved_by=models.F("released_by")), name="invoices_boundrelease_by_two"
            ),
        ]

    def __str__(self) -> str:
        """Show the beginning of the fingerprint."""
        return _("released: %(fingerprint)s") % {"fingerprint": self.fingerprint[:12]}
