"""Trials, and the requests for one that nobody has confirmed yet (BR-19)."""

import uuid

from django.conf import settings
from django.db import models

from subscriptions.choices import WARNING_CAUSES, languages
from subscriptions.models.fields import QuantityField, within_reason
from subscriptions.models.mail import OutgoingMail
from subscriptions.models.organization import Organization


class Trial(models.Model):
    """
    An organization's time to try things out, for nothing.

    What it is now (running, suspended, converted) follows from these facts and is not stored. After its removal this
    row is all that is left of it, and belongs to nobody.
    """

    organization = models.OneToOneField(
        Organization, null=True, on_delete=models.PROTECT, related_name="trial", help_text="Empty: removed."
    )
    code = models.SlugField(help_text="The organization's code when it started; of a removed one, its last.")
    country = models.CharField(max_length=2, help_text="For which it was requested; ISO 3166-1 alpha-2.")
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True, help_text="Empty: the free service, without a limit.")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When a person ended it before its time.")
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    stored_gigabytes = QuantityField(null=True, help_text="The latest reading that was looked at.")
    storage_reported_at = models.DateTimeField(
        null=True, help_text="When going past the included storage was reported; it is reported once."
    )
    warned_at = models.DateTimeField(null=True, help_text="When its contact was warned of the removal.")
    warned_because = models.CharField(max_length=10, choices=WARNING_CAUSES, blank=True)
    removal_asked_at = models.DateTimeField(null=True, help_text="When a person asked to have it removed at once.")
    removal_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    removal_reason = models.TextField(blank=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(organization__isnull=True, removed_at__isnull=False)
                | models.Q(organization__isnull=False, removed_at__isnull=True),
                name="subscriptions_trial_removed_belongs_to_nobody",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__isnull=True) | models.Q(ends_at__gt=models.F("started_at")),
                name="subscriptions_trial_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=models.Q(warned_at__isnull=True, warned_because="")
                | (models.Q(warned_at__isnull=False) & ~models.Q(warned_because="")),
                name="subscriptions_trial_warned_for_a_cause",
            ),
            models.CheckConstraint(
                condition=models.Q(removal_asked_at__isnull=True)
                | (models.Q(removal_asked_by__isnull=False) & ~models.Q(removal_reason="")),
                name="subscriptions_trial_removal_asked_with_reason",
            ),
            *within_reason("stored_gigabytes"),
        ]

    def __str__(self) -> str:
        """Show the code."""
        return self.code


class TrialRequest(models.Model):
    """
    A request that waits for the click in its mail; it is dropped with the click, or when nobody clicks.

    One waits for each address: asking again mends it, and cannot fill a stranger's mailbox.
    """

    token = models.UUIDField(default=uuid.uuid4, unique=True, help_text="Names the request in the link.")
    company = models.CharField(max_length=200)
    contact_name = models.CharField(max_length=200)
    # As long as the name of an account, which it becomes.
    email = models.EmailField(max_length=150, unique=True, help_text="In lower case.")
    country = models.CharField(max_length=2)
    region = models.CharField(max_length=60)
    language = models.CharField(max_length=10, choices=languages, default="en")
    requested_at = models.DateTimeField()
    mail = models.OneToOneField(OutgoingMail, null=True, on_delete=models.SET_NULL, related_name="trial_request")

    def __str__(self) -> str:
        """Show the company."""
        return self.company
