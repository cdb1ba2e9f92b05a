"""What is expected to be billed next, worked out ahead so that lists of what is due need not."""

from django.db import models

from subscriptions.models import Organization, Subscription
from subscriptions.models.fields import AmountField, within_reason


class ExpectedBill(models.Model):
    """
    What the next cycle of an agreement would bill, and how unusual that is beside those before it.

    It is worked out again as its day draws near and is never authoritative; the row is the worker's queue, too.
    """

    subscription = models.OneToOneField(
        Subscription, on_delete=models.CASCADE, related_name="expected_bill", primary_key=True
    )
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+", db_index=False)
    index = models.PositiveIntegerField(null=True, help_text="The period whose cycle it is of.")
    as_of = models.DateTimeField(null=True, help_text="The instant it is as of; empty: it was never worked out.")
    currency = models.CharField(max_length=3, blank=True)
    advance = AmountField(default=0, help_text="Net, as the others.")
    arrears = AmountField(default=0, help_text="What the period itself is charged.")
    corrections = AmountField(default=0, help_text="What earlier periods are corrected by.")
    total = AmountField(default=0, help_text="Tax included; negative: it would be a credit note.")
    findings = models.JSONField(default=list, help_text="What is unusual about it, the most unusual first.")
    unusualness = models.PositiveIntegerField(default=0, help_text="What to rank by, in hundredths; 100 is as usual.")
    claimed_at = models.DateTimeField(null=True, help_text="When a worker took it; one that died is replaced.")
    failed_at = models.DateTimeField(null=True, help_text="When it last could not be worked out; the log says why.")

    class Meta:
        constraints = within_reason("advance", "arrears", "corrections", "total", negative=True)

    def __str__(self) -> str:
        """Show whose it is."""
        return str(self.subscription)
