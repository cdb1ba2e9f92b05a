"""Where programs of customers are told what happened, and each message on its way: the row's state is the queue."""

from django.conf import settings
from django.db import models

from subscriptions.choices import DELIVERY_FAULTS, WEBHOOK_EVENTS
from subscriptions.domain.web_address import LONGEST
from subscriptions.domain.webhook import DeliveryState, EndpointState, delivery_state, endpoint_state
from subscriptions.models.organization import Organization


class WebhookEndpoint(models.Model):
    """
    An address of an organization's own program, and what it is told.

    The secret is shown once when it is made; it is stored encrypted, since every message is signed with it.
    """

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="webhook_endpoints")
    name = models.CharField(max_length=100, help_text="What listens there, so that it can be found again.")
    url = models.CharField("address", max_length=LONGEST)
    event_types = models.JSONField(help_text="What it is told.")
    secret = models.TextField(help_text="Signs what is sent; encrypted.")
    previous_secret = models.TextField(blank=True, help_text="The one before it; encrypted.")
    previous_until = models.DateTimeField(null=True, blank=True, help_text="Until then both secrets sign what is sent.")
    rotations = models.PositiveIntegerField(default=0, help_text="How often its secret was replaced.")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)
    switched_off_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was switched off, as nothing arrived any more."
    )
    last_delivered_at = models.DateTimeField(null=True, blank=True, help_text="When it last took a message.")
    failures = models.PositiveIntegerField(default=0, help_text="How many attempts in a row did not arrive.")
    free_at = models.DateTimeField(
        help_text="Nothing is sent to it before this instant: a worker is at it, or it has just failed."
    )
    use_looked_at = models.DateTimeField(
        null=True, blank=True, help_text="When the use of its organization was last compared with the commitment."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "url"],
                condition=models.Q(revoked_at__isnull=True),
                name="subscriptions_webhook_address_once",
            ),
            models.CheckConstraint(
                condition=models.Q(previous_secret="", previous_until__isnull=True)
                | (~models.Q(previous_secret="") & models.Q(previous_until__isnull=False)),
                name="subscriptions_webhook_previous_secret_ends",
            ),
        ]
        indexes = [
            models.Index(
                fields=["free_at"],
                condition=models.Q(revoked_at__isnull=True, switched_off_at__isnull=True),
                name="subscriptions_webhook_free",
            ),
        ]

    def __str__(self) -> str:
        """Show the name."""
        return self.name

    @property
    def state(self) -> EndpointState:
        """Return whether it is sent anything."""
        return endpoint_state(revoked_at=self.revoked_at, switched_off_at=self.switched_off_at, failures=self.failures)


class WebhookDelivery(models.Model):
    """
    One message to one endpoint: written in the transaction that is its reason or by a sweep, and sent by another.

    It waits as long as `next_attempt_at` is set. What names its reason is unique: of one reason one message is written.
    """

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+", db_index=False)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    message_id = models.CharField(max_length=40, help_text="Names the message to whoever receives it, each time.")
    event_type = models.CharField(max_length=40, choices=WEBHOOK_EVENTS)
    subject = models.BigIntegerField(help_text="The key of the row that it is about.")
    occasion = models.CharField(max_length=100, blank=True, help_text="Tells several messages about one row apart.")
    body = models.TextField(help_text="What is sent, to the letter.")
    queued_at = models.DateTimeField()
    due_since = models.DateTimeField(help_text="When it was queued, or somebody last had it sent again.")
    next_attempt_at = models.DateTimeField(
        null=True, blank=True, help_text="Not tried again before this instant; empty: done with."
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    first_attempt_at = models.DateTimeField(
        null=True, blank=True, help_text="It is tried for three days from then, whatever the receiver asks for."
    )
    asked_until = models.DateTimeField(
        "receiver asks to wait until", null=True, blank=True, help_text="By Retry-After in the last answer."
    )
    last_attempt_at = models.DateTimeField(null=True, blank=True)
    milliseconds = models.PositiveIntegerField(null=True, blank=True, help_text="How long the last attempt took.")
    status = models.PositiveSmallIntegerField("HTTP status", null=True, blank=True, help_text="Of the last answer.")
    fault = models.CharField(
        max_length=20, blank=True, choices=DELIVERY_FAULTS, help_text="Why the last attempt did not arrive."
    )
    response = models.TextField(blank=True, help_text="The beginning of the last answer.")
    delivered_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)
    times_again = models.PositiveSmallIntegerField(default=0, help_text="How often somebody had it sent again.")

    class Meta:
        verbose_name_plural = "webhook deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "event_type", "subject", "occasion"], name="subscriptions_webhook_told_once"
            ),
            models.CheckConstraint(
                condition=models.Q(next_attempt_at__isnull=False, delivered_at__isnull=True, given_up_at__isnull=True)
                | models.Q(next_attempt_at__isnull=True, delivered_at__isnull=False, given_up_at__isnull=True)
                | models.Q(next_attempt_at__isnull=True, delivered_at__isnull=True, given_up_at__isnull=False),
                name="subscriptions_webhook_waits_or_is_done",
            ),
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "next_attempt_at"],
                condition=models.Q(next_attempt_at__isnull=False),
                name="subscriptions_webhook_pending",
            ),
            models.Index(
                fields=["organization"],
                condition=models.Q(given_up_at__isnull=False),
                name="subscriptions_webhook_given_up",
            ),
            models.Index(fields=["endpoint", "-id"], name="subscriptions_webhook_newest"),
            models.Index(fields=["queued_at"], name="subscriptions_webhook_oldest"),
        ]

    def __str__(self) -> str:
        """Show what it is about."""
        return f"{self.event_type} ({self.message_id})"

    @property
    def state(self) -> DeliveryState:
        """Return where it stands."""
        return delivery_state(delivered_at=self.delivered_at, given_up_at=self.given_up_at, attempts=self.attempts)
