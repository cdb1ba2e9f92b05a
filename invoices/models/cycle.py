"""The row and process that closes one billing period (BR-70 to BR-73)."""

from django.db import models
from django.utils.translation import gettext as _

from invoices.choices import EXCEPTIONS, CycleState
from subscriptions.models import Organization, Subscription
from subscriptions.models.fields import AmountField, within_reason
from subscriptions.models.shown import shown_day
from usage.models import UsageSnapshot


class TermsSnapshot(models.Model):
    """The agreement as a close used it: terms, prices, allowances, tax and rule version (BR-77)."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    rule_version = models.PositiveSmallIntegerField(help_text="Version of the rating code's meaning.")
    terms = models.JSONField()

    def __str__(self) -> str:
        """Show whose terms they are."""
        return _("%(organization)s, rules %(version)s") % {
            "organization": self.organization,
            "version": self.rule_version,
        }


class BillingCycle(models.Model):
    """
    One billing period of a subscription, from its advance charge to its close.

    A cycle is `opening` until what is due in advance for it is issued, `open` until its usage is closed, then
    `closed`. It is held, in either of the first two states, as long as `held_reasons` is not empty.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="cycles", db_index=False)
    index = models.PositiveIntegerField(help_text="Counts the periods of the subscription from 0.")
    period_start = models.DateField()
    period_end = models.DateField(help_text="Exclusive: the first day after the period.")
    # Stored when the cycle is opened: a later change of the zone's rules does not move a running period.
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    cutoff_at = models.DateTimeField(help_text="Events received up to this instant are in time.")
    state = models.CharField(max_length=10, choices=CycleState, default=CycleState.OPENING)
    held_reasons = models.JSONField(
        default=list, blank=True, help_text="Why it waits for a person: code, subject and what to mend."
    )
    left_out = models.JSONField(
        default=list,
        blank=True,
        help_text="Doubtful charges it was closed without; they follow as adjustments once they are mended.",
    )
    held_at = models.DateTimeField(null=True, blank=True, help_text="When it was first held.")
    tried_at = models.DateTimeField(null=True, blank=True, help_text="When it was last tried.")
    first_rated_at = models.DateTimeField(
        null=True, blank=True, help_text="When its usage was first rated; its exceptions are those found then."
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    arrears = AmountField(
        null=True,
        blank=True,
        help_text="What its close charged for the period itself, net: the next ones are compared with it.",
    )
    usage_snapshot = models.OneToOneField(UsageSnapshot, null=True, on_delete=models.PROTECT, related_name="cycle")
    terms_snapshot = models.ForeignKey(TermsSnapshot, null=True, on_delete=models.PROTECT, related_name="cycles")

    class Meta:
        ordering = ["subscription_id", "period_start"]
        constraints = [
            models.UniqueConstraint(fields=["subscription", "period_start"], name="invoices_billingcycle_once"),
            models.UniqueConstraint(fields=["subscription", "index"], name="invoices_billingcycle_index_once"),
            models.CheckConstraint(
                condition=models.Q(period_end__gt=models.F("period_start")), name="invoices_billingcycle_not_empty"
            ),
            models.CheckConstraint(
                condition=~models.Q(state=CycleState.CLOSED)
                | models.Q(closed_at__isnull=False, usage_snapshot__isnull=False, terms_snapshot__isnull=False),
                name="invoices_billingcycle_closed_keeps_inputs",
            ),
            *within_reason("arrears", negative=True),
        ]
        indexes = [
            models.Index(
                fields=["cutoff_at"],
                condition=~models.Q(state=CycleState.CLOSED),
                name="invoices_cycle_not_closed",
            ),
            models.Index(fields=["organization", "-period_start"], name="invoices_cycle_by_period"),
            models.Index(
                fields=["held_at"],
                condition=~models.Q(state=CycleState.CLOSED) & models.Q(held_at__isnull=False),
                name="invoices_cycle_held",
            ),
            models.Index(fields=["-period_start", "-id"], name="invoices_cycle_newest_of_all"),
        ]

    def __str__(self) -> str:
        """Show the period."""
        return shown_day(self.period_start)


class CycleException(models.Model):
    """Something in a period's usage that the CSM should look at; found when the period is first rated."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    cycle = models.ForeignKey(BillingCycle, on_delete=models.CASCADE, related_name="exceptions", db_index=False)
    code = models.CharField(max_length=30)
    subject = models.TextField(help_text="The user, session or tiers.")

    class Meta:
        ordering = ["cycle_id", "code", "subject"]
        constraints = [
            models.UniqueConstraint(fields=["cycle", "code", "subject"], name="invoices_cycleexception_once"),
        ]

    def __str__(self) -> str:
        """Show code and subject."""
        return f"{EXCEPTIONS.get(self.code, self.code)}: {self.subject}"
