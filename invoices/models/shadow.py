"""A company that moves in: who is in shadow, what we would have billed, and what its old system billed."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _

from invoices.choices import OLD_FILES, OLD_KINDS, VERDICTS, DocumentType
from invoices.domain.moving_in.opening_balances import OldFile
from invoices.models.cycle import BillingCycle, TermsSnapshot
from invoices.models.invoice import LineColumns
from subscriptions.choices import CURRENCY_CHOICES
from subscriptions.models import Organization, Subscription
from subscriptions.models.fields import AmountField, PriceField, QuantityField, within_reason
from subscriptions.models.shown import shown_day


class Shadow(models.Model):
    """
    An organization that its old system bills: its cycles close, and nothing is issued for it, until it goes live.

    Each is in shadow once at most. What becomes due for periods from `live_from` on is issued.
    """

    organization = models.OneToOneField(Organization, on_delete=models.PROTECT, related_name="shadow")
    reason = models.TextField(help_text="Why it is in shadow, for whoever asks later.")
    begun_at = models.DateTimeField()
    begun_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    live_from = models.DateField(
        null=True, blank=True, help_text="First day of the first period that is really billed; empty: still in shadow."
    )
    ahead_is_billed = models.BooleanField(
        null=True,
        help_text="Whether the old system has billed the advance for the periods from that day on.",
    )
    live_reason = models.TextField(blank=True, help_text="Why it goes live, for whoever asks later.")
    live_at = models.DateTimeField(null=True, blank=True, help_text="When that was decided.")
    live_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-id"]
        verbose_name = "organization in shadow"
        verbose_name_plural = "organizations in shadow"
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="invoices_shadow_says_why"),
            models.CheckConstraint(
                condition=models.Q(
                    live_from__isnull=True,
                    ahead_is_billed__isnull=True,
                    live_at__isnull=True,
                    live_by__isnull=True,
                    live_reason="",
                )
                | models.Q(
                    live_from__isnull=False,
                    ahead_is_billed__isnull=False,
                    live_at__isnull=False,
                    live_by__isnull=False,
                    live_reason__gt="",
                ),
                name="invoices_shadow_goes_live_whole",
            ),
        ]

    def __str__(self) -> str:
        """Show whose it is."""
        return _("%(organization)s, in shadow") % {"organization": self.organization}


class ShadowBill(models.Model):
    """
    What the opening or the close of a cycle would have issued, had its organization not been in shadow.

    It has no number and nothing is owed on it. A close without anything due has one without lines.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="shadow_bills")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="+")
    cycle = models.ForeignKey(BillingCycle, on_delete=models.PROTECT, related_name="shadow_bills", db_index=False)
    is_opening = models.BooleanField(help_text="Whether the cycle opened, and did not close.")
    terms_snapshot = models.ForeignKey(
        TermsSnapshot, on_delete=models.PROTECT, related_name="+", help_text="What it was computed from."
    )
    document_type = models.CharField(max_length=20, choices=DocumentType)
    kept_at = models.DateTimeField(help_text="When it would have been issued.")
    invoice_date = models.DateField()
    due_date = models.DateField()
    currency = models.CharField(max_length=3)
    subtotal = AmountField()
    tax = AmountField()
    total = AmountField()
    taxes = models.JSONField(default=list, help_text="What each authority would have charged.")
    left_out = models.JSONField(default=list, help_text="Doubtful charges that it is without.")
    frozen = models.JSONField(default=dict, help_text="Parties, language, time zone, terms and texts as they stood.")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["cycle", "is_opening"], name="invoices_shadowbill_once"),
            *within_reason("subtotal", "tax", "total", negative=True),
        ]

    def __str__(self) -> str:
        """Show the period."""
        return shown_day(self.cycle.period_start)


class ShadowLine(LineColumns):
    """A charge of a shadow bill; no charge stands on two of them."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="+", db_index=False)
    bill = models.ForeignKey(ShadowBill, on_delete=models.PROTECT, related_name="lines", db_index=False)

    class Meta:
        ordering = ["bill_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["subscription", "charge_key"], name="invoices_shadowline_charged_once"),
            models.UniqueConstraint(fields=["bill", "position"], name="invoices_shadowline_position_once"),
            *within_reason("quantity", "unit_price", "amount", negative=True),
        ]
        indexes = [
            models.Index(fields=["organization", "service_start"], name="invoices_shadowline_by_service"),
        ]


class OldInvoiceFile(models.Model):
    """
    A file of the old system, its invoices or what is open of them: uploaded, checked, and then kept.

    The same file is kept once, unless it was withdrawn.
    """

    holds = models.CharField(max_length=10, choices=OLD_FILES, default=OldFile.INVOICES.value)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kept_at = models.DateTimeField(null=True, blank=True, help_text="When its invoices were kept; empty: only checked.")
    kept_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True, help_text="When it was found to be a mistake.")
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawal_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["sha256", "holds"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="invoices_oldinvoicefile_once",
            ),
            models.CheckConstraint(
                condition=models.Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawal_reason="")
                | models.Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False, withdrawal_reason__gt=""),
                name="invoices_oldinvoicefile_withdrawn_whole",
            ),
        ]

    def __str__(self) -> str:
        """Show the name of the file."""
        return self.file_name


class OldInvoice(models.Model):
    """An invoice of the old system; nothing is owed to us on it, it is only compared with, unless it is withdrawn."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="old_invoices")
    file = models.ForeignKey(OldInvoiceFile, on_delete=models.PROTECT, related_name="invoices")
    number = models.CharField(max_length=50, help_text="As the old system numbered it.")
    currency = models.CharField(max_length=3, choices=CURRENCY_CHOICES)
    withdrawn_at = models.DateTimeField(null=True, blank=True, help_text="When its file was withdrawn.")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "number"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="invoices_oldinvoice_once",
            ),
        ]

    def __str__(self) -> str:
        """Show the number."""
        return self.number


class OldLine(models.Model):
    """A line of an invoice of the old system."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    invoice = models.ForeignKey(OldInvoice, on_delete=models.PROTECT, related_name="lines", db_index=False)
    position = models.PositiveIntegerField(help_text="Order on the invoice, from 0.")
    kind = models.CharField(max_length=10, choices=OLD_KINDS, blank=True, help_text="Empty: the file does not say.")
    product = models.CharField(max_length=50, blank=True, help_text="A product of the catalog; empty: described only.")
    description = models.CharField(max_length=300, blank=True)
    quantity = QuantityField()
    unit_price = PriceField()
    amount = AmountField(help_text="Net.")
    tax = AmountField()
    service_start = models.DateField()
    service_end = models.DateField(help_text="Inclusive last day.")

    class Meta:
        ordering = ["invoice_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["invoice", "position"], name="invoices_oldline_position_once"),
            models.CheckConstraint(
                condition=models.Q(service_end__gte=models.F("service_start")), name="invoices_oldline_has_days"
            ),
            *within_reason("quantity", "unit_price", "amount", "tax", negative=True),
        ]
        indexes = [
            models.Index(fields=["organization", "service_start"], name="invoices_oldline_by_service"),
        ]

    def __str__(self) -> str:
        """Show what was billed."""
        return self.product or self.description


class DifferenceVerdict(models.Model):
    """What a person decided about a difference between two lines, one of which may be missing; the latest counts."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    our_line = models.ForeignKey(ShadowLine, null=True, on_delete=models.PROTECT, related_name="+")
    old_line = models.ForeignKey(OldLine, null=True, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=10, choices=VERDICTS)
    note = models.TextField(blank=True)
    judged_at = models.DateTimeField()
    judged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(our_line__isnull=False) | models.Q(old_line__isnull=False),
                name="invoices_differenceverdict_of_a_line",
            ),
        ]
        indexes = [models.Index(fields=["organization", "id"], name="invoices_verdict_by_id")]

    def __str__(self) -> str:
        """Show the verdict."""
        return str(self.get_verdict_display())
