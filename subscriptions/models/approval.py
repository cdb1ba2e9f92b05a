"""A grave change that was typed, and waits for a second person."""

from django.conf import settings
from django.db import models

from subscriptions.choices import ApprovalDecision


class Approval(models.Model):
    """
    What one person has typed and another approves, declines or lets expire.

    The form is kept as it was sent, beside what it would change in words: it is carried out only while it would still
    change exactly that.
    """

    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(help_text="When it was typed; it may be approved for 24 hours from then.")
    subject = models.TextField(help_text="What would be changed.")
    points = models.JSONField(help_text="What it would change, a sentence for each.")
    language = models.CharField(max_length=10, help_text="Of these sentences.")
    reason = models.TextField(blank=True, help_text="Why, for who approves; empty: it has not been asked for yet.")
    path = models.TextField(help_text="The page on which it was typed, with its query.")
    body = models.TextField(help_text="The form as it was sent.")
    decision = models.CharField(max_length=10, blank=True, choices=ApprovalDecision)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True, help_text="Why it was declined; whoever asked reads it.")

    led_to = models.TextField(blank=True, help_text="Where its page led once it was carried out.")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decision="", decided_by__isnull=True, decided_at__isnull=True)
                | models.Q(decision__gt="", decided_by__isnull=False, decided_at__isnull=False),
                name="subscriptions_approval_decided_by_someone",
            ),
            models.CheckConstraint(
                condition=~models.Q(decision="approved") | ~models.Q(decided_by=models.F("asked_by")),
                name="subscriptions_approval_by_another",
            ),
        ]
        indexes = [
            models.Index(fields=["asked_at"], condition=models.Q(decision=""), name="subscriptions_approval_waiting"),
        ]

    def __str__(self) -> str:
        """Show what would be changed."""
        return self.subject
