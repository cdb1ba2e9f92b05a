"""People who were asked to join an organization and have not done so yet."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _

from subscriptions.models.organization import Organization


class Invitation(models.Model):
    """An address that may join an organization until a day; the link in its mail is signed, nothing secret is kept."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    billing_subscription = models.BooleanField(
        default=False, help_text="Will see the Subscription Admin view: licenses in use, people, history."
    )
    billing_contact = models.BooleanField(default=False, help_text="Will see and download invoices.")
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "email"],
                condition=models.Q(accepted_at__isnull=True),
                name="subscriptions_invitation_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at__isnull=True) | models.Q(accepted_by__isnull=False),
                name="subscriptions_invitation_accepted_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        """Show who was asked to join what."""
        return _("%(who)s to %(organization)s") % {"who": self.email, "organization": self.organization}
