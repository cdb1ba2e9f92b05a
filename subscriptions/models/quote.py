"""Quotes: what was offered to an organization, and what became of the offer (BR-52)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _

from subscriptions.choices import (
    COMMERCIAL_MODELS,
    CURRENCY_CHOICES,
    EDITIONS,
    LICENSING_MODELS,
    QUOTE_STEPS,
    languages,
)
from subscriptions.domain.policy import Edition
from subscriptions.domain.quote import VALID_DAYS, QuoteStepKind
from subscriptions.models.agreed import AgreedAllowanceRow, AgreedPriceRow
from subscriptions.models.catalog import Product
from subscriptions.models.fields import PriceField, QuantityField, within_reason
from subscriptions.models.issuing_entity import IssuingEntity
from subscriptions.models.organization import Organization
from subscriptions.models.rendered import PdfRow
from subscriptions.models.voice import VoiceRateDeck


class Quote(models.Model):
    """
    An offer of one-time items, of a new agreement, or of both.

    It is a draft until it is issued; from then on the row is frozen, and what happens to it is recorded in its steps.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="quotes")
    issuing_entity = models.ForeignKey(IssuingEntity, on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.CharField(max_length=3, choices=CURRENCY_CHOICES)
    language = models.CharField(
        max_length=10, choices=languages, blank=True, help_text="Of the PDF; empty: the organization's."
    )
    time_zone = models.CharField(
        max_length=64,
        default="America/New_York",
        help_text="The billing time zone (IANA name): the quote expires, and billing periods begin, at its midnight.",
    )
    valid_days = models.PositiveSmallIntegerField(
        default=VALID_DAYS, help_text="How many days after the day of issue it can be accepted; the last one counts."
    )
    notes = models.TextField(blank=True, help_text="Printed on the quote, for the customer to read.")

    effective_date = models.DateField(
        null=True, blank=True, help_text="The first day of service. Billing periods start on this day of each month."
    )
    commercial_model = models.CharField(
        max_length=30,
        choices=COMMERCIAL_MODELS,
        blank=True,
        help_text="When commitments are invoiced; empty: the quote offers no new agreement.",
    )
    licensing_model = models.CharField(
        max_length=20, choices=LICENSING_MODELS, blank=True, help_text="How contact-center users are counted."
    )
    edition = models.CharField(
        max_length=4, choices=EDITIONS, default=Edition.E2019.value, help_text="Which version of the rules applies."
    )
    ramp_months = models.PositiveSmallIntegerField(default=0, help_text="Opening months without a commitment.")
    term_months = models.PositiveSmallIntegerField(
        default=12, help_text="Contracted months after the ramp; the term renews for the same length."
    )
    net_days = models.PositiveSmallIntegerField(default=30, help_text="Days from invoice date to due date.")
    rate_deck = models.ForeignKey(
        VoiceRateDeck,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="What calls cost; empty: no voice is sold.",
    )
    multi_shift = models.BooleanField(
        "works in shifts",
        default=False,
        help_text="Stated by the organization: shifts, not follow-the-sun. Concurrent licensing needs it.",
    )

    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    copy_of = models.ForeignKey(
        "self", null=True, editable=False, on_delete=models.PROTECT, related_name="copies", help_text="Made from this."
    )
    sequence = models.PositiveBigIntegerField(
        null=True, editable=False, help_text="Consecutive in its issuing entity's series, given when it is issued."
    )
    number = models.CharField(max_length=50, blank=True, editable=False)
    issued_at = models.DateTimeField(null=True, editable=False, help_text="None of a draft.")
    expires_at = models.DateTimeField(
        null=True, editable=False, help_text="The first instant at which it can no longer be accepted."
    )
    frozen = models.JSONField(null=True, editable=False, help_text="Everything on the PDF as it stood on issue.")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["issuing_entity", "sequence"], name="subscriptions_quote_sequence_once"),
            models.CheckConstraint(
                condition=models.Q(
                    issued_at__isnull=True,
                    expires_at__isnull=True,
                    sequence__isnull=True,
                    frozen__isnull=True,
                    number="",
                )
                | models.Q(
                    issued_at__isnull=False,
                    expires_at__isnull=False,
                    sequence__isnull=False,
                    frozen__isnull=False,
                ),
                name="subscriptions_quote_issued_or_not",
            ),
            models.CheckConstraint(
                condition=models.Q(effective_date__isnull=True, commercial_model="", licensing_model="")
                | (
                    models.Q(effective_date__isnull=False)
                    & ~models.Q(commercial_model="")
                    & ~models.Q(licensing_model="")
                ),
                name="subscriptions_quote_agreement_or_not",
            ),
            models.CheckConstraint(
                condition=models.Q(term_months__gte=1), name="subscriptions_quote_term_at_least_a_month"
            ),
        ]

    def __str__(self) -> str:
        """Show the number; a draft has none."""
        return self.number or _("Draft %(number)s") % {"number": self.pk}


class QuoteItem(models.Model):
    """A one-time purchase that is offered: a service, or hardware."""

    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="items")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    quantity = QuantityField()
    price = PriceField(help_text="Per unit, net of tax.")

    class Meta:
        ordering = ["quote_id", "id"]
        constraints = within_reason("quantity", "price")

    def __str__(self) -> str:
        """Show quantity and product."""
        return f"{self.quantity.normalize():f} × {self.product_id}"


class QuotePrice(AgreedPriceRow):
    """What a new agreement is offered at, for a product."""

    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="prices", db_index=False)

    class Meta(AgreedPriceRow.Meta):
        constraints = [
            models.UniqueConstraint(fields=["quote", "product"], name="subscriptions_quoteprice_once"),
            *AgreedPriceRow.Meta.constraints,
        ]


class QuoteAllowance(AgreedAllowanceRow):
    """What a seat of a new agreement is offered to bring."""

    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="allowances", db_index=False)

    class Meta(AgreedAllowanceRow.Meta):
        constraints = [
            models.UniqueConstraint(fields=["quote", "product", "resource"], name="subscriptions_quoteallowance_once"),
            *AgreedAllowanceRow.Meta.constraints,
        ]


class QuoteStep(models.Model):
    """Something that happened to a quote: it was issued, accepted or declined, processed; each at most once (BR-52)."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="steps", db_index=False)
    kind = models.CharField("what", max_length=20, choices=QUOTE_STEPS)
    recorded_at = models.DateTimeField(help_text="When it was recorded.")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", help_text="Who recorded it."
    )
    customer = models.CharField("who said so", max_length=200, blank=True, help_text="At the customer.")
    words = models.TextField("how, or why", blank=True, help_text="How it was accepted, or why it was declined.")
    po_number = models.CharField("purchase order", max_length=60, blank=True)

    class Meta:
        ordering = ["quote_id", "recorded_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["quote", "kind"], name="subscriptions_quotestep_once"),
            models.UniqueConstraint(
                fields=["quote"],
                condition=models.Q(kind__in=[QuoteStepKind.ACCEPTED.value, QuoteStepKind.DECLINED.value]),
                name="subscriptions_quotestep_one_answer",
            ),
        ]

    def __str__(self) -> str:
        """Show what happened."""
        return f"{self.quote}: {self.get_kind_display()}"


class QuotePdf(PdfRow):
    """The PDF of an issued quote: what the customer signs, byte for byte."""

    quote = models.OneToOneField(Quote, on_delete=models.PROTECT, related_name="pdf", primary_key=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
