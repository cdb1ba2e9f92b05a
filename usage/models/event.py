"""Accepted events, their identities, and what was rejected."""

from django.db import models

from subscriptions.models import Organization
from usage.choices import CLIENTS, DIRECTIONS, EVENT_KINDS, REJECTION_REASONS
from usage.domain.events import PERSON_KINDS, EventKind

OF_A_PERSON = [kind.value for kind in PERSON_KINDS]
ENDS_OR_BEGINS_ON_QUEUE = [kind.value for kind in (EventKind.DELETED, EventKind.QUEUE_JOINED, EventKind.QUEUE_LEFT)]


class EventIdentity(models.Model):
    """
    The one place that makes an event count once, for ever: its identity and a digest of its content.

    It stands apart from the event because events are partitioned by month on PostgreSQL, where a unique key would
    have to contain the time: the same identity with another time could then be taken twice (ADR 5).
    """

    # The organization leads the key, so that the table may be distributed by it.
    pk = models.CompositePrimaryKey("organization_id", "identity")
    # The event that is written beside it says the same of its organization, and is checked for both (ADR 5).
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    identity = models.BinaryField(max_length=16, help_text="128-bit digest of source and id.")
    content = models.BinaryField(max_length=16, help_text="128-bit digest of type, subject, time and data.")

    class Meta:
        verbose_name_plural = "event identities"

    def __str__(self) -> str:
        """Show the digest."""
        return bytes(self.identity).hex()


class UsageEvent(models.Model):
    """One immutable fact reported to us, typed; columns that its type does not use are empty."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.PositiveSmallIntegerField(choices=EVENT_KINDS)
    occurred_at = models.DateTimeField(help_text="When it happened, as reported.")
    received_at = models.DateTimeField(help_text="When we stored it, by the database's clock.")
    subject = models.TextField(help_text="The user, call or number.")
    session = models.TextField(null=True)  # noqa: DJ001  (empty and absent differ in what was reported)
    client = models.PositiveSmallIntegerField(null=True, choices=CLIENTS)
    product = models.TextField(null=True)  # noqa: DJ001
    direction = models.PositiveSmallIntegerField(null=True, choices=DIRECTIONS)
    remote = models.TextField(null=True)  # noqa: DJ001
    amount = models.BigIntegerField(null=True, help_text="Seconds or requests.")
    gigabytes = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    target = models.BinaryField(max_length=16, null=True, help_text="The identity that a retraction voids.")
    identity = models.BinaryField(max_length=16, help_text="128-bit digest of source and id.")
    source = models.TextField()
    event_id = models.TextField()

    class Meta:
        indexes = [
            # PostgreSQL holds in it all that is read of sessions and calls (usage.0005), and in another one, of those
            # kinds only, all that is read of what lasts (usage.0006).
            models.Index(fields=["organization", "kind", "occurred_at"], name="usage_event_by_occurrence"),
            # Tells what came late without reading the events.
            models.Index(fields=["organization", "received_at", "kind", "occurred_at"], name="usage_event_received"),
            models.Index(
                fields=["organization", "target", "received_at"],
                condition=models.Q(kind=EventKind.RETRACTED.value),
                name="usage_event_retraction",
            ),
            models.Index(
                fields=["organization", "subject", "occurred_at"],
                condition=models.Q(kind__in=ENDS_OR_BEGINS_ON_QUEUE),
                name="usage_event_on_queue",
            ),
            # Without a time: PostgreSQL keeps one entry for all that a person did in a month, a few bytes an event.
            models.Index(
                fields=["organization", "subject"],
                condition=models.Q(kind__in=OF_A_PERSON),
                name="usage_event_of_a_person",
            ),
        ]

    def __str__(self) -> str:
        """Show what happened to whom."""
        return f"{self.get_kind_display()} {self.subject}"


class RejectedEvent(models.Model):
    """An event that was not accepted, as it came, kept for a person to look at and send again (BR-23)."""

    organization = models.ForeignKey(
        Organization,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty: it named none we know.",
        db_index=False,
    )
    received_at = models.DateTimeField()
    reason = models.CharField(max_length=30, choices=REJECTION_REASONS)
    message = models.TextField(help_text="What is wrong, naming the field.")
    source = models.TextField(blank=True)
    event_id = models.TextField(blank=True)
    payload = models.TextField(help_text="The event as it came.")
    digest = models.BinaryField(max_length=16, unique=True, help_text="Of organization and payload: kept once.")
    replayed_at = models.DateTimeField(null=True, help_text="When it was sent again and accepted.")

    class Meta:
        ordering = ["-received_at", "-id"]
        indexes = [
            models.Index(fields=["organization", "-received_at"], name="usage_rejected_by_receipt"),
            models.Index(
                fields=["organization"], condition=models.Q(replayed_at__isnull=True), name="usage_rejected_waiting"
            ),
        ]

    def __str__(self) -> str:
        """Show the identity and the reason."""
        return f"{self.source} {self.event_id}: {self.get_reason_display()}"
