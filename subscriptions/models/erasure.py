"""What was erased for good, by whom and why; the record stays when its subject is gone (BR-19)."""

from django.conf import settings
from django.db import models

from subscriptions.choices import ErasureKind
from subscriptions.models.trial import Trial


class Erasure(models.Model):
    """One deletion by the audited procedure; rows are only ever added, and hold nothing of what was erased."""

    kind = models.CharField(max_length=10, choices=ErasureKind)
    trial = models.OneToOneField(Trial, null=True, on_delete=models.PROTECT, related_name="erasure")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The emptied account of the person who was erased.",
    )
    erased_at = models.DateTimeField()
    erased_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty: the sweep, after its warning.",
    )
    reason = models.TextField(help_text="Why, for whoever asks later.")
    rows = models.JSONField(help_text="How many rows of each table were deleted.")

    class Meta:
        ordering = ["-erased_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(trial__isnull=False, person__isnull=True)
                | models.Q(trial__isnull=True, person__isnull=False),
                name="subscriptions_erasure_of_one_subject",
            ),
        ]

    def __str__(self) -> str:
        """Show what was erased."""
        return str(self.trial or self.person)
