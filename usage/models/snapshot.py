"""A period's frozen quantities and the evidence behind them (BR-77)."""

from django.db import models
from django.utils.formats import date_format

from subscriptions.models import Organization


class UsageSnapshot(models.Model):
    """What one organization used in one period, as a close counted it; later counts are new rows."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    starts_at = models.DateTimeField(help_text="First instant of the period.")
    ends_at = models.DateTimeField(help_text="First instant after the period.")
    cutoff_at = models.DateTimeField(help_text="Events received up to this instant were counted.")
    quantities = models.JSONField(help_text="Every metered figure, the peak with its times, readings and calls.")

    class Meta:
        indexes = [models.Index(fields=["organization", "starts_at"], name="usage_snapshot_by_period")]

    def __str__(self) -> str:
        """Show when the period begins: an instant, since its day depends on where one is."""
        return f"{self.organization}, {date_format(self.starts_at, 'DATETIME_FORMAT')}"


class SnapshotUser(models.Model):
    """One person behind a snapshot's numbers: the license counted, and why."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    snapshot = models.ForeignKey(UsageSnapshot, on_delete=models.PROTECT, related_name="users", db_index=False)
    user = models.TextField(help_text="The platform's id of the person.")
    license = models.CharField(max_length=50, help_text="The highest license that counted; empty: none.")
    first_login_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    seconds = models.BigIntegerField(help_text="Time logged in within the period, overlapping sessions once.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["snapshot", "user"], name="usage_snapshotuser_once")]
        indexes = [models.Index(fields=["organization", "user"], name="usage_snapshotuser_by_user")]

    def __str__(self) -> str:
        """Show the person and the license."""
        return f"{self.user}: {self.license}"
