"""Issued documents: inserted once, numbered, and never changed (BR-75, BR-76)."""

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext as _

from invoices.choices import CHARGE_KINDS, DocumentType
from invoices.domain.charge import ChargeKind
from invoices.models.cycle import BillingCycle, TermsSnapshot
from subscriptions.models import IssuingEntity, Organization, PdfRow, Subscription
from subscriptions.models.fields import AmountField, PriceField, QuantityField, within_reason
from subscriptions.models.shown import shown_product


class Invoice(models.Model):
    """
    An invoice or credit note as it was issued.

    Names, addresses, texts and prices are copied onto it on purpose: the law forbids it to change when they do. What
    happens to it afterwards (paid, past due, rendered, mailed) is derived from the ledger and side tables.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="invoices", db_index=False)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="invoices")
    cycle = models.ForeignKey(
        BillingCycle,
        null=True,
        on_delete=models.PROTECT,
        related_name="invoices",
        help_text="The cycle whose opening or close issued it; empty for orders and credits by hand.",
    )
    terms_snapshot = models.ForeignKey(
        TermsSnapshot, on_delete=models.PROTECT, related_name="+", help_text="What it was computed from."
    )
    issuing_entity = models.ForeignKey(IssuingEntity, on_delete=models.PROTECT, related_name="+", db_index=False)
    document_type = models.CharField(max_length=20, choices=DocumentType)
    sequence = models.PositiveBigIntegerField(help_text="Consecutive in its issuing entity's series.")
    number = models.CharField(max_length=50)
    issued_at = models.DateTimeField()
    invoice_date = models.DateField()
    due_date = models.DateField()
    currency = models.CharField(max_length=3)
    subtotal = AmountField()
    tax = AmountField()
    total = AmountField()
    frozen = models.JSONField(
        help_text="Parties, addresses, bank details, language, time zone, terms and texts as they stood on issue."
    )

    class Meta:
        ordering = ["-issued_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["issuing_entity", "document_type", "sequence"], name="invoices_invoice_sequence_once"
            ),
            models.UniqueConstraint(fields=["issuing_entity", "number"], name="invoices_invoice_number_once"),
            models.CheckConstraint(
                # To less than half a minor unit: SQLite adds decimals as floats, where 0.1 + 0.2 is not 0.3.
                condition=models.Q(
                    total__gt=models.F("subtotal") + models.F("tax") - Decimal("0.005"),
                    total__lt=models.F("subtotal") + models.F("tax") + Decimal("0.005"),
                ),
                name="invoices_invoice_total_adds_up",
            ),
            *within_reason("subtotal", "tax", "total", negative=True),
        ]
        indexes = [
            models.Index(fields=["organization", "-issued_at", "-id"], name="invoices_invoice_newest"),
            models.Index(fields=["due_date", "id"], name="invoices_invoice_by_due_date"),
            models.Index(fields=["sequence"], name="invoices_invoice_by_sequence"),
            models.Index(fields=["invoice_date", "id"], name="invoices_invoice_by_date"),
        ]

    def __str__(self) -> str:
        """Show the number."""
        return self.number


class LineColumns(models.Model):
    """What a line says, on a document or on a shadow bill."""

    position = models.PositiveIntegerField(help_text="Order on the document, from 0.")
    kind = models.CharField(max_length=20, choices=CHARGE_KINDS)
    corrects = models.CharField(
        max_length=20,
        choices=CHARGE_KINDS,
        blank=True,
        help_text="The kind an adjustment corrects or a credit gives back.",
    )
    product = models.CharField(max_length=50)
    description = models.CharField(max_length=300, help_text="The product's name as it was printed.")
    quantity = QuantityField()
    unit_price = PriceField()
    months = models.PositiveSmallIntegerField(default=1, help_text="Periods of an advance charge, 1 on any other line.")
    amount = AmountField()
    service_start = models.DateField()
    service_end = models.DateField(help_text="Inclusive last day.")
    tax_category = models.CharField(max_length=20)
    destination = models.CharField(max_length=200, blank=True)
    direction = models.CharField(max_length=20, blank=True)
    days = models.PositiveSmallIntegerField(null=True, help_text="Days a number was active.")
    period_days = models.PositiveSmallIntegerField(null=True, help_text="Days of the whole period.")
    charge_key = models.CharField(
        max_length=400, help_text="What makes the charge this one: kind, product, discriminators, start, revision."
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        """Show kind and product."""
        return f"{self.get_kind_display()} {shown_product(self.product, self.description)}"


class InvoiceLine(LineColumns):
    """A charge as shown; its unique key sees to it that no charge is invoiced twice, over all documents (BR-70)."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="+", db_index=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines", db_index=False)

    class Meta:
        ordering = ["invoice_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["subscription", "charge_key"], name="invoices_invoiceline_charged_once"),
            models.UniqueConstraint(fields=["invoice", "position"], name="invoices_invoiceline_position_once"),
            *within_reason("quantity", "unit_price", "amount", negative=True),
        ]
        indexes = [
            models.Index(
                fields=["service_start", "subscription"],
                condition=models.Q(kind=ChargeKind.OVERAGE.value),
                name="invoices_line_overage",
            ),
            models.Index(
                fields=["service_end"],
                condition=models.Q(kind=ChargeKind.PREPAY.value) | models.Q(corrects=ChargeKind.PREPAY.value),
                name="invoices_line_prepaid",
            ),
        ]


class InvoiceTax(models.Model):
    """What one authority charges on a document (BR-78)."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="taxes", db_index=False)
    position = models.PositiveSmallIntegerField()
    authority = models.CharField(max_length=200)
    rate = models.DecimalField(max_digits=9, decimal_places=6, help_text="Percent.")
    taxable = models.DecimalField(max_digits=9, decimal_places=6, help_text="Percent of the revenue that is taxed.")
    revenue = AmountField(null=True, help_text="Of the authority's categories; empty: issued before it was kept.")
    amount = AmountField()

    class Meta:
        ordering = ["invoice_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["invoice", "position"], name="invoices_invoicetax_position_once"),
            *within_reason("revenue", negative=True),
        ]

    def __str__(self) -> str:
        """Show the authority."""
        return self.authority


class RenderedPdf(PdfRow):
    """The PDF of an issued document."""

    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, related_name="pdf", primary_key=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        """Show the document."""
        return _("PDF of %(document)s") % {"document": self.invoice}
