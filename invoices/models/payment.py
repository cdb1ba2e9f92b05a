"""Money that came in, what it pays, and what is still open of each document (BR-80)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _

from invoices.choices import PAYMENT_METHODS
from invoices.models.invoice import Invoice
from subscriptions.choices import CURRENCY_CHOICES
from subscriptions.models import Organization
from subscriptions.models.fields import AmountField, within_reason
from subscriptions.models.shown import shown_quantity


class Payment(models.Model):
    """A sum received from an organization, recorded once per reference; a bounced one is reversed, never deleted."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="payments", db_index=False)
    currency = models.CharField(max_length=3, choices=CURRENCY_CHOICES)
    amount = AmountField()
    method = models.CharField(max_length=10, choices=PAYMENT_METHODS)
    reference = models.CharField(max_length=100, help_text="As the bank or the check names it; each is recorded once.")
    received_on = models.DateField(help_text="The day on which the money was there.")
    note = models.TextField(blank=True, help_text="For whoever asks later.")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reversed_at = models.DateTimeField(null=True, blank=True)
    reversed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reversal_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-received_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "reference"],
                condition=models.Q(reversed_at__isnull=True),
                name="invoices_payment_recorded_once",
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="invoices_payment_is_a_sum"),
            models.CheckConstraint(
                condition=models.Q(reversed_at__isnull=True) | ~models.Q(reversal_reason=""),
                name="invoices_payment_reversed_with_a_reason",
            ),
            *within_reason("amount"),
        ]
        indexes = [
            models.Index(fields=["organization", "-received_on", "-id"], name="invoices_payment_newest"),
            models.Index(fields=["-received_on", "-id"], name="invoices_payment_newest_of_all"),
        ]

    def __str__(self) -> str:
        """Show the reference."""
        return self.reference


class Allocation(models.Model):
    """
    A part of a payment, or of a credit note, that pays an invoice; rows are only ever added.

    A negative amount takes an allocation back, when its payment is reversed.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="allocations")
    payment = models.ForeignKey(Payment, null=True, on_delete=models.PROTECT, related_name="allocations")
    credit_note = models.ForeignKey(Invoice, null=True, on_delete=models.PROTECT, related_name="applied")
    amount = AmountField()
    allocated_at = models.DateTimeField()
    allocated_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(payment__isnull=True, credit_note__isnull=False)
                | models.Q(payment__isnull=False, credit_note__isnull=True),
                name="invoices_allocation_of_one_sum",
            ),
            *within_reason("amount", negative=True),
        ]
        # What was paid since a day: so a balance of any day is read from that of today.
        indexes = [models.Index(fields=["allocated_at"], name="invoices_allocation_by_time")]

    def __str__(self) -> str:
        """Show how much pays what."""
        return _("%(amount)s of %(document)s") % {"amount": shown_quantity(self.amount), "document": self.invoice}


class Withholding(models.Model):
    """
    What the payer of a payment kept back as tax and pays to their authority; it settles invoices as the money does.

    Frozen like the payment; the certificate that proves it may follow, once.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="withholding")
    amount = AmountField("withheld tax", help_text="In the currency of the payment, beside what came in.")
    certificate_number = models.CharField(max_length=100, blank=True)
    certificate_date = models.DateField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True, help_text="Empty: the certificate is awaited.")
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    file_name = models.CharField(max_length=200, blank=True)
    content = models.BinaryField(default=bytes, help_text="The certificate itself, where it was handed in.")

    class Meta:
        verbose_name_plural = "withheld taxes"
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="invoices_withholding_is_a_sum"),
            models.CheckConstraint(
                condition=models.Q(received_at__isnull=True, certificate_number="", certificate_date__isnull=True)
                | models.Q(received_at__isnull=False, certificate_date__isnull=False)
                & ~models.Q(certificate_number=""),
                name="invoices_withholding_certified_whole",
            ),
            *within_reason("amount"),
        ]
        indexes = [
            models.Index(
                fields=["organization"],
                condition=models.Q(received_at__isnull=True),
                name="invoices_withholding_awaited",
            ),
        ]

    def __str__(self) -> str:
        """Show how much of which payment."""
        return _("%(amount)s of %(document)s") % {"amount": shown_quantity(self.amount), "document": self.payment}


class DocumentBalance(models.Model):
    """
    What is still to be paid of an invoice, or still to be used of a credit note.

    It follows from the document and the allocations, and is kept beside them so that lists need not add up.
    """

    document = models.OneToOneField(Invoice, on_delete=models.PROTECT, related_name="balance", primary_key=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    open = AmountField()

    class Meta:
        constraints = within_reason("open")
        indexes = [
            # With the document, so that all that is open is found without reading the rows.
            models.Index(
                fields=["organization", "document"], condition=models.Q(open__gt=0), name="invoices_balance_open"
            ),
        ]

    def __str__(self) -> str:
        """Show what is open."""
        return _("%(amount)s of %(document)s") % {"amount": shown_quantity(self.open), "document": self.document}
