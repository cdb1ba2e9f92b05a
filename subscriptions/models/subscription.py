"""An organization's agreement over time: its terms, its prices, and every change of them."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _

from subscriptions.choices import COMMERCIAL_MODELS, CURRENCY_CHOICES, EDITIONS, LICENSING_MODELS
from subscriptions.domain.policy import Edition
from subscriptions.models.agreed import AgreedAllowanceRow, AgreedPriceRow
from subscriptions.models.catalog import Product
from subscriptions.models.fields import PriceField, QuantityField, within_reason
from subscriptions.models.issuing_entity import IssuingEntity
from subscriptions.models.organization import Organization
from subscriptions.models.quote import Quote
from subscriptions.models.shown import shown_day
from subscriptions.models.voice import VoiceRateDeck


class Subscription(models.Model):
    """What was agreed; billing periods count from its effective date (BR-01, BR-10)."""

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="subscriptions", db_index=False
    )
    issuing_entity = models.ForeignKey(IssuingEntity, on_delete=models.PROTECT, related_name="subscriptions")
    effective_date = models.DateField(help_text="The order date. Billing periods start on this day of each month.")
    currency = models.CharField(max_length=3, choices=CURRENCY_CHOICES)
    commercial_model = models.CharField(
        max_length=30, choices=COMMERCIAL_MODELS, help_text="When commitments are invoiced."
    )
    licensing_model = models.CharField(
        max_length=20, choices=LICENSING_MODELS, help_text="How contact-center users are counted."
    )
    edition = models.CharField(
        max_length=4, choices=EDITIONS, default=Edition.E2019.value, help_text="Which version of the rules applies."
    )
    time_zone = models.CharField(
        max_length=64,
        default="America/New_York",
        help_text="The billing time zone (IANA name): periods begin and end at its midnight.",
    )
    ramp_months = models.PositiveSmallIntegerField(default=0, help_text="Opening months without a commitment.")
    term_months = models.PositiveSmallIntegerField(
        default=12, help_text="Contracted months after the ramp; the term renews for the same length."
    )
    net_days = models.PositiveSmallIntegerField(default=30, help_text="Days from invoice date to due date.")
    cutoff_hours = models.PositiveSmallIntegerField(
        default=6, help_text="Hours after a period's end during which its usage is still awaited."
    )
    rate_deck = models.ForeignKey(
        VoiceRateDeck,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="What calls cost; empty: the organization buys no voice and its calls are not rated.",
    )
    po_number = models.CharField(
        "purchase order", max_length=60, blank=True, help_text="Printed on each invoice, as the customer asked."
    )
    multi_shift = models.BooleanField(
        "works in shifts",
        default=False,
        help_text="Stated by the organization: shifts, not follow-the-sun. Concurrent licensing needs it.",
    )
    quote = models.OneToOneField(
        Quote,
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="subscription",
        help_text="The accepted quote that it was made of.",
    )
    last_service_date = models.DateField(null=True, blank=True, help_text="Last day of service after a cancellation.")
    cancelled_on = models.DateField(null=True, blank=True, help_text="The day the cancellation was recorded.")

    class Meta:
        ordering = ["organization_id", "-effective_date"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "effective_date"], name="subscriptions_subscription_one_a_day"
            ),
            models.CheckConstraint(
                condition=models.Q(term_months__gte=1), name="subscriptions_subscription_term_at_least_a_month"
            ),
            models.CheckConstraint(
                condition=models.Q(last_service_date__isnull=True)
                | models.Q(last_service_date__gte=models.F("effective_date")),
                name="subscriptions_subscription_ends_after_it_begins",
            ),
        ]
        indexes = [models.Index(fields=["-effective_date", "-id"], name="subscription_newest")]

    def __str__(self) -> str:
        """Show whose agreement it is and since when."""
        words = _("%(organization)s since %(day)s")
        return words % {"organization": self.organization, "day": shown_day(self.effective_date)}


class SubscriptionPrice(AgreedPriceRow):
    """What was agreed for a product when the subscription was made."""

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="prices", db_index=False)

    class Meta(AgreedPriceRow.Meta):
        constraints = [
            models.UniqueConstraint(fields=["subscription", "product"], name="subscriptions_subscriptionprice_once"),
            *AgreedPriceRow.Meta.constraints,
        ]


class SubscriptionChange(models.Model):
    """One recorded change of a commitment or a price; rows are only ever added (BR-15)."""

    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="changes")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    effective_date = models.DateField(help_text="Takes effect at the first period start on or after this day.")
    commitment = QuantityField(null=True, blank=True, help_text="Empty: unchanged.")
    price = PriceField(null=True, blank=True, help_text="Empty: unchanged.")
    overage_price = PriceField(null=True, blank=True, help_text="Empty: unchanged.")
    recorded_at = models.DateTimeField(help_text="When it was recorded.")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", help_text="Who recorded it."
    )
    reason = models.TextField(help_text="Why, for whoever asks later.")

    class Meta:
        ordering = ["subscription_id", "recorded_at", "id"]
        constraints = within_reason("commitment", "price", "overage_price")

    def __str__(self) -> str:
        """Show the product and the day."""
        return _("%(what)s from %(day)s") % {"what": self.product_id, "day": shown_day(self.effective_date)}


class SubscriptionAllowance(AgreedAllowanceRow):
    """An agreed fair-use allowance per license and month, instead of the catalog's (BR-40)."""

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="allowances", db_index=False)

    class Meta(AgreedAllowanceRow.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "product", "resource"], name="subscriptions_subscriptionallowance_once"
            ),
            *AgreedAllowanceRow.Meta.constraints,
        ]


class SubscriptionCancellation(models.Model):
    """A cancellation, or the taking back of one, as it was recorded; rows are only ever added (BR-16)."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="cancellations")
    last_service_date = models.DateField(null=True, help_text="Empty: the cancellation was taken back.")
    recorded_at = models.DateTimeField(help_text="When it was recorded.")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", help_text="Who recorded it."
    )
    reason = models.TextField(help_text="Why, for whoever asks later.")

    class Meta:
        ordering = ["subscription_id", "recorded_at", "id"]

    def __str__(self) -> str:
        """Show the last day of service."""
        return f"{self.subscription_id}: {self.last_service_date or 'goes on'}"
