"""What is worked out in the background because it would take longer than a page may wait for."""

from django.db import models

from invoices.choices import EstimateKind
from subscriptions.models import Organization, Subscription


class Estimate(models.Model):
    """
    A question about a subscription and the latest answer, never authoritative: the worker's queue and its shelf.

    It waits for the worker as long as `wanted_at` is set. An older answer stays until a newer one replaces it.
    """

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=20, choices=EstimateKind)
    question = models.JSONField(default=dict, help_text="What is asked, beside the subscription.")
    digest = models.CharField(max_length=64, help_text="Of the question: each is worked out once for all who ask it.")
    wanted_at = models.DateTimeField(null=True, help_text="Since when somebody waits; empty: nobody does.")
    claimed_at = models.DateTimeField(null=True, help_text="When a worker took it; one that died is replaced.")
    answered_at = models.DateTimeField(null=True, help_text="The instant the answer is as of.")
    answer = models.JSONField(null=True)
    failed_at = models.DateTimeField(null=True, help_text="When it last could not be worked out; the log says why.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "kind", "digest"], name="invoices_estimate_once"),
            models.CheckConstraint(
                condition=models.Q(answered_at__isnull=True, answer__isnull=True)
                | models.Q(answered_at__isnull=False, answer__isnull=False),
                name="invoices_estimate_answer_has_an_instant",
            ),
        ]
        indexes = [
            models.Index(
                fields=["wanted_at"], condition=models.Q(wanted_at__isnull=False), name="invoices_estimate_wanted"
            ),
        ]

    def __str__(self) -> str:
        """Show what is asked of which agreement."""
        return f"{self.get_kind_display()}: {self.subscription}"
