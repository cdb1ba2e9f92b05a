"""What calls cost: decks of rates by prefix, in effective-dated versions (BR-42)."""

from uuid import uuid4

from django.db import models
from django.utils.translation import gettext as _

from subscriptions.choices import CALL_DIRECTIONS, CURRENCY_CHOICES
from subscriptions.domain.rate_deck import DEFAULT_INCREMENT_SECONDS
from subscriptions.models.fields import PriceField, within_reason
from subscriptions.models.shown import shown_day


class VoiceRateDeck(models.Model):
    """A named series of voice rates in one currency; a subscription without one buys no voice."""

    name = models.CharField(max_length=100, unique=True)
    currency = models.CharField(max_length=3, choices=CURRENCY_CHOICES)

    def __str__(self) -> str:
        """Show the name."""
        return self.name


class VoiceRateDeckVersion(models.Model):
    """The rates of a deck from a day on, until a later version takes over; a change of rates is a new version."""

    deck = models.ForeignKey(VoiceRateDeck, on_delete=models.CASCADE, related_name="versions", db_index=False)
    effective_date = models.DateField(help_text="In force for service periods that start on this day or later.")
    token = models.UUIDField(default=uuid4, unique=True, editable=False, help_text="Names these rates for ever.")
    increment_seconds = models.PositiveSmallIntegerField(
        default=DEFAULT_INCREMENT_SECONDS, help_text="Calls are rounded up to this many seconds."
    )

    class Meta:
        ordering = ["deck_id", "-effective_date"]
        constraints = [
            models.UniqueConstraint(fields=["deck", "effective_date"], name="subscriptions_voicedeckversion_one_a_day"),
            models.CheckConstraint(
                condition=models.Q(increment_seconds__gte=1), name="subscriptions_voicedeckversion_increment"
            ),
        ]

    def __str__(self) -> str:
        """Show deck and first day."""
        return _("%(what)s from %(day)s") % {"what": self.deck, "day": shown_day(self.effective_date)}


class VoiceRate(models.Model):
    """The price per minute of calls in one direction with numbers that begin with a prefix."""

    version = models.ForeignKey(VoiceRateDeckVersion, on_delete=models.CASCADE, related_name="rates", db_index=False)
    direction = models.CharField(max_length=20, choices=CALL_DIRECTIONS)
    prefix = models.CharField(max_length=20, help_text="E.164, such as +33 or +336; the longest that matches counts.")
    destination = models.CharField(max_length=200, help_text="As it is printed on an invoice.")
    per_minute = PriceField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "direction", "prefix"], name="subscriptions_voicerate_once"),
            *within_reason("per_minute"),
        ]

    def __str__(self) -> str:
        """Show direction and prefix."""
        return f"{self.get_direction_display()} {self.prefix}"
