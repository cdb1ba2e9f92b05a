"""States and kinds of cycles, documents, lines and ledger accounts, as labelled choices."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from invoices.domain.block import BlockCode
from invoices.domain.charge import ChargeKind
from invoices.domain.decision import Choice
from invoices.domain.ledger import Account


class CycleState(models.TextChoices):
    """The life of a billing cycle: its advance, its usage, its close."""

    OPENING = "opening", _("Opening")
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")


class DocumentType(models.TextChoices):
    """What an issued document is."""

    INVOICE = "invoice", _("Invoice")
    CREDIT_NOTE = "credit_note", _("Credit note")


LEDGER_ACCOUNTS = [
    (Account.RECEIVABLE.value, _("Receivable")),
    (Account.REVENUE.value, _("Revenue")),
    (Account.TAX.value, _("Tax")),
]

CHARGE_KINDS = [
    (ChargeKind.PREPAY.value, _("Prepay")),
    (ChargeKind.USAGE.value, _("Usage")),
    (ChargeKind.OVERAGE.value, _("Overage")),
    (ChargeKind.FAIR_USE.value, _("Fair use")),
    (ChargeKind.CALL_PORTS.value, _("Excess call usage")),
    (ChargeKind.VOICE.value, _("Voice")),
    (ChargeKind.NUMBER_SETUP.value, _("Number setup")),
    (ChargeKind.NUMBER.value, _("Phone number")),
    (ChargeKind.ONE_TIME.value, _("One-time")),
    (ChargeKind.HARDWARE.value, _("Hardware")),
    (ChargeKind.ADJUSTMENT.value, _("Adjustment")),
    (ChargeKind.CREDIT.value, _("Credit")),
]

BLOCK_CODES = [
    (BlockCode.TIER_ABOVE_AGREEMENT.value, _("A tier above the agreement")),
    (BlockCode.UNPRICED_PRODUCT.value, _("A product without a price")),
    (BlockCode.UNRATED_CALL.value, _("A call without a rate")),
]

HOLD_CHOICES = [
    (Choice.ACCEPT_TIER.value, _("Accept the higher tier: bill the peak at it")),
    (Choice.BILL_AGREED_TIER.value, _("Bill the peak at the agreed tier")),
    (Choice.LEAVE_OUT.value, _("Close without the doubtful charges; they follow once mended")),
]
