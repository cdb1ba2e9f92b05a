"""Mail that waits to be sent: the row's state is the queue."""

from django.db import models

from subscriptions.choices import MailKind
from subscriptions.models.organization import Organization


class OutgoingMail(models.Model):
    """
    One mail to one address, written with what it tells of, in the same transaction, and sent later by the sweep.

    It is sent at least once: a crash between sending it and noting that sends it again.
    """

    organization = models.ForeignKey(
        Organization, null=True, on_delete=models.CASCADE, related_name="+", help_text="Empty: there is none yet."
    )
    kind = models.CharField(max_length=20, choices=MailKind)
    recipient = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    written_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(help_text="Not tried again before this instant.")
    last_error = models.TextField(blank=True)

    class Meta:
        ordering = ["-written_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "kind", "recipient", "written_at"], name="subscriptions_outgoingmail_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(sent_at__isnull=True),
                name="subscriptions_mail_to_send",
            ),
        ]

    def __str__(self) -> str:
        """Show the subject."""
        return self.subject
