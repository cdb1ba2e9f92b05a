"""What was answered to a write under its idempotency key, so that the same sent again does nothing twice."""

from django.db import models

from subscriptions.models.organization import Organization


class KeptAnswer(models.Model):
    """
    An answer that is given again to whoever sends the same under the same key; forgotten after some days.

    It is claimed before anything is done, and filled in by the transaction that does it.
    """

    caller = models.CharField(max_length=50, help_text="Whose idempotency key it is.")
    key = models.CharField(max_length=255, help_text="As the caller chose it.")
    organization = models.ForeignKey(Organization, null=True, on_delete=models.CASCADE, related_name="+")
    fingerprint = models.CharField(max_length=64, help_text="What was asked for, as a digest.")
    claimed_at = models.DateTimeField(help_text="When it was begun; by this an attempt knows that it is its own.")
    status = models.PositiveSmallIntegerField(null=True, help_text="Empty: it is still being done.")
    body = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["caller", "key"], name="subscriptions_keptanswer_once")]
        indexes = [models.Index(fields=["claimed_at"], name="subscriptions_kept_by_age")]

    def __str__(self) -> str:
        """Show the key."""
        return self.key
