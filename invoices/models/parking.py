"""Organizations for which nothing is issued, because their books are wrong."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _

from subscriptions.models import Organization


class Parking(models.Model):
    """
    From when to when nothing was issued for an organization, what was wrong with its books, and who let it go on.

    At most one is open. `faults` are the first that were found, in words; `fault_count` is how many there were.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="parkings")
    parked_at = models.DateTimeField()
    faults = models.JSONField(help_text="What was found wrong, a sentence for each.")
    fault_count = models.PositiveIntegerField()
    looked_at = models.DateTimeField(help_text="When its books were last looked through and found wrong.")
    unparked_at = models.DateTimeField(null=True, blank=True, help_text="When its books were found right again.")
    unparked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(blank=True, help_text="What was mended, for whoever asks later.")

    class Meta:
        ordering = ["-id"]
        verbose_name = "parked organization"
        constraints = [
            models.UniqueConstraint(
                fields=["organization"], condition=models.Q(unparked_at__isnull=True), name="invoices_parking_one_open"
            ),
            models.CheckConstraint(
                condition=models.Q(unparked_at__isnull=True, unparked_by__isnull=True, reason="")
                | models.Q(unparked_at__isnull=False, unparked_by__isnull=False, reason__gt=""),
                name="invoices_parking_ended_by_someone",
            ),
        ]

    def __str__(self) -> str:
        """Show whose books are wrong."""
        return _("%(organization)s, parked") % {"organization": self.organization}
