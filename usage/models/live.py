"""What is kept of a running period, so that nobody waits for it to be counted: never authoritative."""

from django.db import models

from subscriptions.models import Organization


class LiveCount(models.Model):
    """
    The running period of an organization as a worker counted it last, and the worker's queue.

    Kept for organizations with too much use to count while a person waits, as long as somebody looks at it.
    """

    organization = models.OneToOneField(Organization, on_delete=models.CASCADE, related_name="+")
    watched_at = models.DateTimeField(help_text="When somebody last looked at it, to the hour.")
    claimed_at = models.DateTimeField(null=True, help_text="When a worker took it; one that died is replaced.")
    failed_at = models.DateTimeField(null=True, help_text="When it last could not be counted; the log says why.")
    counted_at = models.DateTimeField(null=True, help_text="Events received up to this instant were counted.")
    agreement = models.CharField(max_length=64, help_text="A digest of the terms and the period that were counted.")
    figures = models.JSONField(null=True, help_text="Everything counted but the people, and the days of the period.")
    add_on_holders = models.JSONField(null=True, help_text="Who counts for each add-on, logged in or not.")
    users = models.BinaryField(null=True, help_text="The users whose places the stretches refer to.")
    imports = models.PositiveBigIntegerField(
        default=0, help_text="Grows with each import of events received in the past: stretches may lack them."
    )

    class Meta:
        indexes = [models.Index(fields=["watched_at"], name="usage_livecount_watched")]

    def __str__(self) -> str:
        """Show whose it is."""
        return str(self.organization)


class LivePerson(models.Model):
    """One person behind a live count: the license counted, and why."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+", db_index=False)
    user = models.TextField(help_text="The platform's id of the person.")
    license = models.CharField(max_length=50, help_text="The highest license that counted; empty: none.")
    add_ons = models.TextField(help_text="The add-ons they count for, each between two commas.")
    first_login_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    seconds = models.BigIntegerField(help_text="Time logged in within the period, overlapping sessions once.")
    at_peak = models.BooleanField(help_text="Whether they were in when the concurrent peak was first reached.")

    class Meta:
        verbose_name_plural = "live people"
        constraints = [models.UniqueConstraint(fields=["organization", "user"], name="usage_liveperson_once")]

    def __str__(self) -> str:
        """Show the person and the license."""
        return f"{self.user}: {self.license}"


class LiveStretch(models.Model):
    """
    The sessions and calls that ended in some hours of a running period, packed, as they were known at its live count.

    What is reported for these hours later has them read again.
    """

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+", db_index=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    has_calls = models.BooleanField(help_text="Whether the calls were read: only some agreements count them.")
    packed = models.BinaryField()

    class Meta:
        verbose_name_plural = "live stretches"
        constraints = [models.UniqueConstraint(fields=["organization", "starts_at"], name="usage_livestretch_once")]

    def __str__(self) -> str:
        """Show since when."""
        return f"{self.organization_id}, {self.starts_at:%Y-%m-%d %H:%M}"
