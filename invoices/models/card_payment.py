"""Tries to pay an invoice online, and what the gateway reported of each (BR-81)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _

from invoices.choices import ATTEMPT_STATES, DOUBTS, GATEWAYS, HAPPENINGS, PAYMENT_WAYS
from invoices.domain.card_payments import CURRENCY, STILL_OPEN, AttemptState
from invoices.models.invoice import Invoice
from invoices.models.payment import Payment
from subscriptions.models import Organization
from subscriptions.models.fields import AmountField, within_reason

PAID_STATES = [AttemptState.PAID.value, AttemptState.REVERSED.value]


class CardPayment(models.Model):
    """
    One try to pay all that is open of an invoice online; at most one of an invoice is open.

    What is asked for never changes; `state` follows from what the gateway reports. No card number ever gets here.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="card_payments")
    gateway = models.CharField(max_length=10, choices=GATEWAYS)
    way = models.CharField(max_length=10, choices=PAYMENT_WAYS)
    token = models.CharField(max_length=32, unique=True, help_text="By which the gateway and its page name this try.")
    currency = models.CharField(max_length=3)
    amount = AmountField(help_text="All that was open of the invoice.")
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField(help_text="When the gateway stops taking the payment.")
    session = models.CharField(max_length=255, blank=True, help_text="How the gateway calls it.")
    url = models.TextField(blank=True, help_text="The gateway's page.")
    state = models.CharField(max_length=10, choices=ATTEMPT_STATES, default=AttemptState.STARTED.value)
    ask_at = models.DateTimeField(help_text="When the gateway is asked, if it has not reported until then.")
    payment = models.OneToOneField(
        Payment, null=True, blank=True, on_delete=models.PROTECT, related_name="card_payment"
    )

    class Meta:
        ordering = ["-started_at", "-id"]
        verbose_name = "online payment"
        constraints = [
            models.UniqueConstraint(
                fields=["invoice"],
                condition=models.Q(state__in=[state.value for state in STILL_OPEN]),
                name="invoices_cardpayment_one_open",
            ),
            models.UniqueConstraint(
                fields=["gateway", "session"], condition=~models.Q(session=""), name="invoices_cardpayment_session"
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="invoices_cardpayment_is_a_sum"),
            models.CheckConstraint(condition=models.Q(currency=CURRENCY), name="invoices_cardpayment_in_usd"),
            models.CheckConstraint(
                condition=models.Q(payment__isnull=False, state__in=PAID_STATES)
                | (models.Q(payment__isnull=True) & ~models.Q(state__in=PAID_STATES)),
                name="invoices_cardpayment_paid_by_a_payment",
            ),
            *within_reason("amount"),
        ]
        indexes = [
            models.Index(
                fields=["ask_at", "id"],
                condition=models.Q(state__in=[AttemptState.STARTED.value, AttemptState.PROCESSING.value]),
                name="invoices_cardpayment_to_ask",
            ),
            models.Index(fields=["-started_at", "-id"], name="invoices_cardpayment_newest"),
        ]

    def __str__(self) -> str:
        """Show what is to be paid."""
        return _("%(document)s, online") % {"document": self.invoice}


class GatewayNotice(models.Model):
    """
    What a gateway reported, once per event; what does not fit waits for a person, and is settled once.

    `counts`: whether the payment stands as this says.
    """

    gateway = models.CharField(max_length=10, choices=GATEWAYS)
    event = models.CharField(max_length=255, help_text="How the gateway calls what happened; each is taken once.")
    happening = models.CharField(max_length=20, choices=HAPPENINGS)
    attempt = models.ForeignKey(CardPayment, null=True, blank=True, on_delete=models.PROTECT, related_name="notices")
    organization = models.ForeignKey(Organization, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    counts = models.BooleanField(help_text="Whether the payment stands as this says.")
    session = models.CharField(max_length=255, blank=True)
    reference = models.CharField(max_length=100, blank=True, help_text="How the gateway calls the payment.")
    currency = models.CharField(max_length=3, blank=True)
    amount = AmountField(null=True, blank=True)
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField()
    doubt = models.CharField(max_length=20, blank=True, choices=DOUBTS, help_text="Why it waits for a person.")
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(blank=True, help_text="What was done about it, for whoever asks later.")

    class Meta:
        ordering = ["-received_at", "-id"]
        verbose_name = "notice of a gateway"
        verbose_name_plural = "notices of gateways"
        constraints = [
            models.UniqueConstraint(fields=["gateway", "event"], name="invoices_gatewaynotice_once"),
            models.CheckConstraint(
                condition=models.Q(settled_at__isnull=True, settled_by__isnull=True, reason="")
                | (models.Q(settled_at__isnull=False, settled_by__isnull=False, reason__gt="") & ~models.Q(doubt="")),
                name="invoices_gatewaynotice_settled_by_someone",
            ),
            *within_reason("amount"),
        ]
        indexes = [
            models.Index(fields=["-received_at", "-id"], name="invoices_notice_newest"),
            models.Index(
                fields=["organization"],
                condition=models.Q(settled_at__isnull=True) & ~models.Q(doubt=""),
                name="invoices_notice_waits",
            ),
            models.Index(fields=["gateway", "reference"], name="invoices_notice_of_payment"),
        ]

    def __str__(self) -> str:
        """Show what happened."""
        return self.get_happening_display()
