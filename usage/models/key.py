"""Keys with which programs report usage and read what is billed."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models

from subscriptions.models import Organization
from usage.domain.key_scopes import KeyScope


def only_events() -> list[str]:
    """Return what a key may that was given nothing else: report events."""
    return [KeyScope.EVENTS_WRITE.value]


class IngestionKey(models.Model):
    """
    A key for the API, of one organization, or of a platform for all of them (organization empty).

    The secret is shown once when the key is made; only its hash is stored.
    """

    organization = models.ForeignKey(
        Organization,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="ingestion_keys",
        help_text="Empty: a platform key, for every organization; each event then names its own.",
    )
    name = models.CharField(max_length=100, help_text="What uses it, so that it can be found again.")
    prefix = models.CharField(max_length=12, unique=True, help_text="The part that may be shown.")
    secret_hash = models.CharField(max_length=64)
    scopes = models.JSONField(default=only_events, help_text="What it may be used for; fixed when it is made.")
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

    class Meta:
        verbose_name = "API key"
        constraints = [
            models.CheckConstraint(condition=~models.Q(scopes=[]), name="usage_ingestionkey_may_something"),
        ]

    def __str__(self) -> str:
        """Show name and prefix."""
        return f"{self.name} ({self.prefix}…)"
