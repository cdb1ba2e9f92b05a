"""Keys that let a platform report usage."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models

from subscriptions.models import Organization


class IngestionKey(models.Model):
    """
    A key for the ingestion API, of one organization, or of a platform that reports for all (organization empty).

    The secret is shown once when the key is made; only its hash is stored.
    """

    organization = models.ForeignKey(
        Organization,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="ingestion_keys",
        help_text="Empty: a platform key; each event then names its organization.",
    )
    name = models.CharField(max_length=100, help_text="What uses it, so that it can be found again.")
    prefix = models.CharField(max_length=12, unique=True, help_text="The part that may be shown.")
    secret_hash = models.CharField(max_length=64)
    events_per_second = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="How many events a second it may report in the long run; empty: as many as keys usually may.",
    )
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        """Show name and prefix."""
        return f"{self.name} ({self.prefix}…)"
