"""Mail that has been sent or is to be sent: the row's state is the queue."""

from django.db import models

from subscriptions.choices import MailKind, languages
from subscriptions.models.organization import Organization

SENDING_BEGAN = "Sending began and did not end."
"""What a mail says while it is sent, and until it is tried again if that came to nothing."""


class OutgoingMail(models.Model):
    """One message to one address; it is written in the transaction that is its reason, and sent by a sweep."""

    organization = models.ForeignKey(
        Organization,
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        help_text="Empty: there is none yet.",
    )
    kind = models.CharField(max_length=20, choices=MailKind)
    key = models.CharField(max_length=200, unique=True, help_text="Names its reason: of one reason one mail is sent.")
    recipient = models.EmailField()
    language = models.CharField(max_length=10, choices=languages)
    subject = models.CharField("subject line", max_length=300)
    body = models.TextField()
    attachment_name = models.CharField(max_length=200, blank=True)
    attachment = models.BinaryField(null=True, help_text="Kept until the mail is sent.")
    queued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(
        null=True, blank=True, help_text="When it turned out, before it was sent, that its reason was gone."
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(help_text="Not tried again before this instant.")
    last_error = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "outgoing mail"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(sent_at__isnull=True) | models.Q(withdrawn_at__isnull=True),
                name="subscriptions_mail_sent_or_withdrawn",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(sent_at__isnull=True, withdrawn_at__isnull=True),
                name="subscriptions_mail_pending",
            ),
            models.Index(fields=["organization", "-queued_at"], name="subscriptions_mail_newest"),
        ]

    def __str__(self) -> str:
        """Show subject and address."""
        return f"{self.subject} → {self.recipient}"

    @property
    def has_failed(self) -> bool:
        """Tell whether it could not be sent yet, as `list_failed_mail` does for many: not while it is first tried."""
        is_pending = self.sent_at is None and self.withdrawn_at is None
        is_first_try = self.attempts == 1 and self.last_error == SENDING_BEGAN
        return is_pending and self.attempts > 0 and not is_first_try
