"""Reminders that went out, what keeps them back, and what was promised (BR-82)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _

from invoices.choices import WITHDRAWALS
from invoices.models.invoice import Invoice
from subscriptions.models import Organization
from subscriptions.models.fields import AmountField, within_reason


class Reminder(models.Model):
    """
    That a billing contact was reminded of a past-due invoice, at a step of the schedule.

    Rows are added, and one whose mail was withdrawn before it was sent says so: that step counts as not sent.

    One mail may remind of several invoices: they share its key. The contact is named by its number alone, so that a
    person who is erased is not found here.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="reminders", db_index=False)
    contact_number = models.PositiveBigIntegerField(help_text="Of the billing contact; the mail has the address.")
    level = models.PositiveSmallIntegerField(help_text="Which reminder it was in the schedule of that day, from 1.")
    after_days = models.PositiveSmallIntegerField(help_text="After how many days past due the step was due.")
    days_past_due = models.PositiveIntegerField(help_text="How many it was when it went out.")
    open = AmountField(help_text="What was open then.")
    queued_at = models.DateTimeField()
    mail_key = models.CharField(max_length=200, help_text="Names the mail.")
    withdrawn_at = models.DateTimeField(
        null=True, blank=True, help_text="When the mail was withdrawn before it was sent; empty: it was not."
    )
    withdrawal = models.CharField(
        "why it was withdrawn",
        max_length=20,
        blank=True,
        choices=[(key.value, words) for key, words in WITHDRAWALS.items()],
    )

    class Meta:
        constraints = [
            # Its order is that of the question asked most: how far an invoice has come.
            models.UniqueConstraint(
                fields=["invoice", "after_days", "contact_number"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="invoices_reminder_once",
            ),
            models.CheckConstraint(
                condition=models.Q(withdrawn_at__isnull=True, withdrawal="")
                | models.Q(withdrawn_at__isnull=False, withdrawal__gt=""),
                name="invoices_reminder_withdrawn_with_a_reason",
            ),
            models.CheckConstraint(condition=models.Q(open__gt=0), name="invoices_reminder_of_something_open"),
            *within_reason("open"),
        ]

    def __str__(self) -> str:
        """Show the document and the level."""
        return _("%(document)s, reminder %(level)s") % {"document": self.invoice, "level": self.level}


class DunningStop(models.Model):
    """
    From when to when no reminder goes to an organization, and why; at most one is open.

    One with a last day ends by itself; the row says so only once somebody starts or stops reminders again.
    """

    # A trial may have one, and goes with all it has.
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="dunning_stops")
    reason = models.TextField(help_text="Why, for whoever asks later.")
    until = models.DateField("last day", null=True, blank=True, help_text="Empty: until somebody starts them again.")
    stopped_at = models.DateTimeField()
    stopped_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField("started again", null=True, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = "stop of reminders"
        verbose_name_plural = "stops of reminders"
        constraints = [
            models.UniqueConstraint(
                fields=["organization"],
                condition=models.Q(started_at__isnull=True),
                name="invoices_dunningstop_one_open",
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="invoices_dunningstop_with_a_reason"),
            models.CheckConstraint(
                condition=models.Q(started_at__isnull=True, started_by__isnull=True)
                | models.Q(started_at__isnull=False, started_by__isnull=False),
                name="invoices_dunningstop_ended_by_someone",
            ),
        ]

    def __str__(self) -> str:
        """Show whose reminders are stopped."""
        return _("%(organization)s, reminders stopped") % {"organization": self.organization}


class PaymentPromise(models.Model):
    """
    That an organization promised to pay on a day: how much, who said so, and to whom.

    Whether it was kept follows from what is open of its invoices.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="payment_promises")
    currency = models.CharField(max_length=3)
    amount = AmountField()
    promised_on = models.DateField("promised for", help_text="The day on which the money is to be there.")
    promised_by = models.CharField(max_length=200, help_text="Who said so, at the customer.")
    note = models.TextField(blank=True, help_text="For whoever asks later.")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField("taken back", null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawal_reason = models.TextField(blank=True)

    class Meta:
        verbose_name = "promise to pay"
        verbose_name_plural = "promises to pay"
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="invoices_promise_of_a_sum"),
            models.CheckConstraint(
                condition=models.Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawal_reason="")
                | models.Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False, withdrawal_reason__gt=""),
                name="invoices_promise_taken_back_by_someone",
            ),
            *within_reason("amount"),
        ]
        indexes = [models.Index(fields=["promised_on", "id"], name="invoices_promise_by_day")]

    def __str__(self) -> str:
        """Show whose promise it is."""
        return _("Promise of %(organization)s") % {"organization": self.organization}


class PromisedInvoice(models.Model):
    """
    What of an invoice was promised, and how much of it may remain open if that is kept.

    It stands until it is taken back, or a later promise takes its place; of each invoice at most one stands.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    promise = models.ForeignKey(PaymentPromise, on_delete=models.PROTECT, related_name="invoices", db_index=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="promises")
    amount = AmountField()
    remains = AmountField(help_text="What is still open of it once the promise is kept.")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["promise", "invoice"], name="invoices_promisedinvoice_once"),
            models.UniqueConstraint(
                fields=["invoice"],
                condition=models.Q(ended_at__isnull=True),
                name="invoices_promisedinvoice_one_stands",
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="invoices_promisedinvoice_of_a_sum"),
            *within_reason("amount", "remains"),
        ]

    def __str__(self) -> str:
        """Show the document."""
        return _("Promise to pay %(document)s") % {"document": self.invoice}
