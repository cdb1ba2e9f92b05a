"""Usage that no close will bill any more, listed for a person (BR-74)."""

from django.conf import settings
from django.db import models

from invoices.models.cycle import BillingCycle
from subscriptions.models import Organization, Subscription
from usage.choices import EVENT_KINDS


class TooLateUsage(models.Model):
    """The events of a kind that came too late for a period, counted; counted anew whenever another one comes."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    cycle = models.ForeignKey(
        BillingCycle,
        on_delete=models.PROTECT,
        related_name="too_late",
        help_text="The first period they bear on.",
        db_index=False,
    )
    kind = models.PositiveSmallIntegerField(choices=EVENT_KINDS)
    events = models.PositiveIntegerField(help_text="How many; those that were retracted since do not count.")
    first_occurred_at = models.DateTimeField()
    last_occurred_at = models.DateTimeField()
    first_received_at = models.DateTimeField()
    last_received_at = models.DateTimeField()

    class Meta:
        verbose_name = "usage that came too late"
        verbose_name_plural = "usage that came too late"
        ordering = ["-last_received_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["cycle", "kind"], name="invoices_toolateusage_once"),
            models.CheckConstraint(condition=models.Q(events__gte=1), name="invoices_toolateusage_not_empty"),
        ]
        indexes = [
            models.Index(fields=["organization", "-last_received_at"], name="invoices_toolate_newest"),
            models.Index(fields=["-last_received_at", "-id"], name="invoices_toolate_newest_of_all"),
        ]

    def __str__(self) -> str:
        """Show what came too late for which period."""
        return f"{self.get_kind_display()}, {self.cycle}"


class TooLateSettlement(models.Model):
    """What a person did about usage that came too late; rows are only ever added."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    cycle = models.ForeignKey(
        BillingCycle, on_delete=models.PROTECT, related_name="too_late_settlements", db_index=False
    )
    kind = models.PositiveSmallIntegerField(choices=EVENT_KINDS)
    received_until = models.DateTimeField(help_text="What was received up to here has been dealt with.")
    reason = models.TextField(help_text="What was done about it, or why nothing was.")
    settled_at = models.DateTimeField()
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["cycle_id", "settled_at", "id"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="invoices_toolatesettlement_says_why"),
        ]
        indexes = [models.Index(fields=["cycle", "kind", "received_until"], name="invoices_toolate_settled")]

    def __str__(self) -> str:
        """Show what was dealt with."""
        return f"{self.get_kind_display()}, {self.cycle}"


class TooLateCheck(models.Model):
    """How far a subscription's events have been looked through for what came too late; the sweep goes on from there."""

    subscription = models.OneToOneField(
        Subscription, on_delete=models.PROTECT, related_name="too_late_check", primary_key=True
    )
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    received_until = models.DateTimeField()

    def __str__(self) -> str:
        """Show whose events and how far."""
        return f"{self.subscription}, {self.received_until}"
