"""Who asked for another billing contact, and every change that was made (BR-84)."""

from django.conf import settings
from django.db import models

from subscriptions.choices import ContactAction, RequestState, languages
from subscriptions.models.organization import BillingContact, Organization


class ContactRequest(models.Model):
    """What somebody of an organization asked their CSM to change about its billing contacts, and what became of it."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="contact_requests", db_index=False
    )
    action = models.CharField(max_length=10, choices=ContactAction)
    contact = models.ForeignKey(
        BillingContact, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", help_text="The one meant."
    )
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(help_text="The new address; of a contact to be removed, theirs.")
    language = models.CharField(max_length=10, choices=languages, default="en")
    note = models.TextField(blank=True, help_text="In the words of whoever asks.")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=RequestState, default=RequestState.OPEN)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True, help_text="The reason; whoever asked reads it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "action", "email"],
                condition=models.Q(state="open"),
                name="subscriptions_contactrequest_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", decided_at__isnull=True, decided_by__isnull=True)
                | models.Q(state__in=["done", "declined"], decided_at__isnull=False, decided_by__isnull=False),
                name="subscriptions_contactrequest_decided_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["organization", "-asked_at"], name="contactrequest_newest")]

    def __str__(self) -> str:
        """Show what is asked, and for whom."""
        return f"{self.get_action_display()}: {self.email}"


class ContactChange(models.Model):
    """One change of a billing contact: who it was, who it is, who changed it, when and why; never changed itself."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="contact_changes", db_index=False
    )
    action = models.CharField(max_length=10, choices=ContactAction)
    old_name = models.CharField(max_length=200, blank=True)
    old_email = models.CharField(max_length=254, blank=True, help_text="Empty: there was none before.")
    old_language = models.CharField(max_length=10, choices=languages, blank=True)
    new_name = models.CharField(max_length=200, blank=True)
    new_email = models.CharField(max_length=254, blank=True, help_text="Empty: there is none any more.")
    new_language = models.CharField(max_length=10, choices=languages, blank=True)
    request = models.ForeignKey(
        ContactRequest, null=True, on_delete=models.RESTRICT, related_name="+", help_text="What asked for it."
    )
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()
    reason = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["organization", "-changed_at"], name="contactchange_newest")]

    def __str__(self) -> str:
        """Show the addresses before and after."""
        return f"{self.old_email or '–'} → {self.new_email or '–'}"
