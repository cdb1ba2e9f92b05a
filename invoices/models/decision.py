"""What was decided about a held cycle, by whom and why (BR-21, BR-72)."""

from django.conf import settings
from django.db import models

from invoices.choices import BLOCK_CODES, HOLD_CHOICES
from invoices.models.cycle import BillingCycle
from subscriptions.models import Organization


class HoldDecision(models.Model):
    """One decision about a reason to hold a cycle; rows are only ever added, the latest of a code counts."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    cycle = models.ForeignKey(BillingCycle, on_delete=models.PROTECT, related_name="decisions")
    code = models.CharField(max_length=30, choices=BLOCK_CODES, help_text="The reason that was decided about.")
    choice = models.CharField(max_length=30, choices=HOLD_CHOICES)
    reason = models.TextField(help_text="Why, for whoever asks later.")
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["cycle_id", "decided_at", "id"]

    def __str__(self) -> str:
        """Show the choice."""
        return f"{self.get_code_display()}: {self.get_choice_display()}"
