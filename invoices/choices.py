"""States and kinds of cycles, documents, lines and ledger accounts, as labelled choices."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from invoices.domain.ageing import Age, Standing
from invoices.domain.block import BlockCode
from invoices.domain.card_payments import AttemptState, Doubt, Happening, Way
from invoices.domain.charge import ChargeKind
from invoices.domain.decision import Choice
from invoices.domain.ledger import Account
from invoices.domain.moving_in.side_by_side import Billed, Verdict
from invoices.domain.payments import PaymentMethod
from invoices.domain.promises import PromiseState
from usage.domain.snapshot import ExceptionCode


class CycleState(models.TextChoices):
    """The life of a billing cycle: its advance, its usage, its close."""

    OPENING = "opening", _("Opening")
    OPEN = "open", pgettext_lazy("cycle", "Open")
    CLOSED = "closed", _("Closed")


class DocumentType(models.TextChoices):
    """What an issued document is."""

    INVOICE = "invoice", _("Invoice")
    CREDIT_NOTE = "credit_note", _("Credit note")


LEDGER_ACCOUNTS = [
    (Account.RECEIVABLE.value, _("Receivable")),
    (Account.REVENUE.value, _("Revenue")),
    (Account.TAX.value, _("Tax")),
    (Account.CASH.value, _("Cash")),
]

PAYMENT_METHODS = [
    (PaymentMethod.ACH.value, _("ACH or EFT")),
    (PaymentMethod.WIRE.value, _("Wire")),
    (PaymentMethod.CHECK.value, _("Check")),
    (PaymentMethod.CARD.value, pgettext_lazy("payment", "Card")),
]

PAYMENT_WAYS = [
    (Way.CARD.value, pgettext_lazy("payment", "Card")),
    (Way.BANK_DEBIT.value, _("Bank debit (ACH)")),
]

GATEWAYS = [("stripe", "Stripe"), ("test", _("Built-in test gateway"))]

ATTEMPT_STATES = [
    (AttemptState.STARTED.value, pgettext_lazy("online payment", "Started")),
    (AttemptState.PROCESSING.value, pgettext_lazy("online payment", "On its way")),
    (AttemptState.PAID.value, _("Paid")),
    (AttemptState.DECLINED.value, pgettext_lazy("online payment", "Declined")),
    (AttemptState.EXPIRED.value, pgettext_lazy("online payment", "Expired")),
    (AttemptState.REVERSED.value, pgettext_lazy("online payment", "Taken back")),
    (AttemptState.DOUBTFUL.value, _("Waits for a person")),
    (AttemptState.SETTLED.value, _("Dealt with")),
]

HAPPENINGS = [
    (Happening.PAID.value, _("Paid")),
    (Happening.PROCESSING.value, pgettext_lazy("online payment", "On its way")),
    (Happening.DECLINED.value, pgettext_lazy("online payment", "Declined")),
    (Happening.EXPIRED.value, pgettext_lazy("online payment", "Expired")),
    (Happening.REFUNDED.value, _("Refunded")),
    (Happening.REFUNDED_IN_PART.value, _("Refunded in part")),
    (Happening.DISPUTED.value, _("Disputed, and the money withdrawn")),
    (Happening.DISPUTE_WON.value, _("Dispute won, and the money back")),
]

DOUBTS = [
    (Doubt.UNKNOWN.value, _("Money moved for a payment that nobody started here")),
    (Doubt.OTHER_AMOUNT.value, _("Another amount or currency than was asked for")),
    (Doubt.RECORDED_BEFORE.value, _("Its reference is recorded by hand already")),
    (Doubt.PAID_OTHERWISE.value, _("The invoice was paid otherwise meanwhile: the rest is credit")),
    (Doubt.REFUNDED_IN_PART.value, _("A part was refunded: the payment still stands in full")),
    (Doubt.DISPUTED.value, _("The payer disputes it, and the bank has taken the money")),
    (Doubt.DISPUTE_WON.value, _("The dispute is won and the money is back: record it once more")),
]

STANDINGS = {
    Standing.PAID: _("Paid"),
    Standing.OPEN: pgettext_lazy("amount", "Open"),
    Standing.PAST_DUE: _("Past due"),
    Standing.CREDIT: _("Credit left"),
    Standing.USED: _("Used up"),
}

AGES = {
    Age.CURRENT: _("Not due yet"),
    Age.UP_TO_30: _("1–30 days past due"),
    Age.UP_TO_60: _("31–60 days"),
    Age.UP_TO_90: _("61–90 days"),
    Age.OVER_90: _("Over 90 days"),
}

PROMISE_STATES = {
    PromiseState.WAITING: _("Waiting for the day"),
    PromiseState.KEPT: _("Kept"),
    PromiseState.BROKEN: _("Broken"),
    PromiseState.OVER: _("Taken back or replaced"),
}

CHARGE_KINDS = [
    (ChargeKind.PREPAY.value, _("Prepay")),
    (ChargeKind.USAGE.value, pgettext_lazy("charge", "Usage")),
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

BOUND_CODES = [
    (BlockCode.WRONG_CURRENCY.value, _("Another currency than the agreement’s")),
    (BlockCode.PERIOD_APART.value, _("A period apart from the last one")),
    (BlockCode.ADVANCE_OFF.value, _("An advance that is not commitment × price")),
    (BlockCode.SEATS_UNSEEN.value, _("More seats than anybody was seen on")),
    (BlockCode.ARREARS_JUMP.value, _("Arrears many times the usual ones")),
    (BlockCode.CREDIT_OF_NOTHING.value, _("Money given back for no correction")),
    (BlockCode.TOO_MANY_LINES.value, _("Too many lines")),
]

BLOCK_LABELS = dict([*BLOCK_CODES, *BOUND_CODES])
"""Every reason to hold a cycle; about those of `BLOCK_CODES` a person decides, the others are safety bounds."""

EXCEPTIONS = {
    ExceptionCode.MIXED_TIERS.value: _("More than one of PureCloud 1, 2 and 3 was assigned"),
    ExceptionCode.UNLICENSED_USER.value: _("Logged in without a license, and not counted"),
    ExceptionCode.UNENDED_SESSION.value: _("A session without a logout, taken to end after 24 hours"),
}

HOLD_CHOICES = [
    (Choice.ACCEPT_TIER.value, _("Accept the higher tier: bill the peak at it")),
    (Choice.BILL_AGREED_TIER.value, _("Bill the peak at the agreed tier")),
    (Choice.LEAVE_OUT.value, _("Close without the doubtful charges; they follow once mended")),
]


class EstimateKind(models.TextChoices):
    """What may be worked out in the background."""

    PREVIEW = "preview", _("Preview")
    WHAT_IF = "what_if", _("What-if")


OLD_KINDS = [
    (Billed.ADVANCE.value, _("In advance")),
    (Billed.ARREARS.value, _("In arrears")),
]

VERDICTS = [
    (Verdict.OURS.value, _("We are right")),
    (Verdict.OLD.value, _("The old system was right")),
    (Verdict.UNCLEAR.value, _("To clear up")),
]
