"""States and kinds of cycles, documents, lines and ledger accounts, as labelled choices."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from invoices.domain.ageing import Age, Standing
from invoices.domain.bank.layout import DATE_FORMATS, ENCODINGS, Signs
from invoices.domain.bank.matching import Finding
from invoices.domain.bank.statement import Direction, StatementProblem
from invoices.domain.block import BlockCode
from invoices.domain.card_payments import AttemptState, Doubt, Happening, Way
from invoices.domain.charge import ChargeKind
from invoices.domain.decision import Choice
from invoices.domain.finance.journal import JournalAccount
from invoices.domain.ledger import Account
from invoices.domain.moving_in.opening_balances import OldFile, OpeningKind
from invoices.domain.moving_in.side_by_side import Billed, Verdict
from invoices.domain.payments import PaymentMethod
from invoices.domain.promises import PromiseState
from invoices.domain.reminders import Withdrawal
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
    OPENING_ITEM = "opening_item", _("Invoice of the previous system")


PAYABLE = (DocumentType.INVOICE.value, DocumentType.OPENING_ITEM.value)
"""What is owed on until it is paid: our invoices, and what was carried over open from an old system (ADR 43)."""


LEDGER_ACCOUNTS = [
    (Account.RECEIVABLE.value, _("Receivable")),
    (Account.REVENUE.value, _("Revenue")),
    (Account.TAX.value, _("Tax")),
    (Account.CASH.value, _("Cash")),
    (Account.WITHHOLDING_TAX.value, _("Withholding tax receivable")),
    (Account.OPENING_BALANCE.value, _("Opening balances")),
]

JOURNAL_ACCOUNTS = [*LEDGER_ACCOUNTS, (JournalAccount.DEFERRED_REVENUE.value, _("Deferred revenue"))]

METHODS_OF_MONEY = [
    (PaymentMethod.ACH.value, _("ACH or EFT")),
    (PaymentMethod.WIRE.value, _("Wire")),
    (PaymentMethod.CHECK.value, _("Check")),
    (PaymentMethod.CARD.value, pgettext_lazy("payment", "Card")),
]
"""How money comes in; the rest moves what was carried over from an old system."""

PAYMENT_METHODS = [
    *METHODS_OF_MONEY,
    (PaymentMethod.CARRIED.value, _("Carried over")),
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

WITHDRAWALS = {
    Withdrawal.SETTLED: _("nothing is open any more"),
    Withdrawal.CHANGED: _("another amount is open"),
    Withdrawal.PROMISED: _("it was promised"),
    Withdrawal.STOPPED: _("reminders were stopped"),
    Withdrawal.PARKED: _("the organization is parked"),
    Withdrawal.TOGETHER: _("another invoice in the same mail was settled or kept back"),
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

OLD_FILES = [
    (OldFile.INVOICES.value, _("Invoices")),
    (OldFile.BALANCES.value, _("Opening balances")),
]

OPENING_KINDS = [
    (OpeningKind.INVOICE.value, _("Open invoice")),
    (OpeningKind.CREDIT.value, _("Credit left")),
]

VERDICTS = [
    (Verdict.OURS.value, _("We are right")),
    (Verdict.OLD.value, _("The old system was right")),
    (Verdict.UNCLEAR.value, _("To clear up")),
]


class BankFileState(models.TextChoices):
    """How far a bank file has come."""

    UPLOADED = "uploaded", _("Being read")
    FAULTY = "faulty", _("Cannot be read")
    READ = "read", pgettext_lazy("bank file", "Read")


class BankLineState(models.TextChoices):
    """What has become of a movement on an account of ours."""

    PROPOSED = "proposed", _("Ready to record")
    WAITING = "waiting", _("Waits for a person")
    CONFIRMED = "confirmed", _("Being recorded")
    RECORDED = "recorded", pgettext_lazy("bank line", "Recorded")
    ASIDE = "aside", pgettext_lazy("bank line", "Set aside")
    OUT = "out", _("Money out")


DIRECTIONS_OF_MONEY = [
    (Direction.IN.value, _("In")),
    (Direction.OUT.value, _("Out")),
    (Direction.BOUNCED.value, _("Taken back by the bank")),
    (Direction.RETURNED.value, _("Came back")),
    (Direction.BATCH.value, _("Several payments in one sum")),
]

BANK_FINDINGS = {
    Finding.NAMES_ONE: _("Names invoice %(numbers)s and pays it exactly"),
    Finding.NAMES_SEVERAL: _("Names invoices %(numbers)s and pays them exactly"),
    Finding.NAMES_AND_MORE: _("Names %(numbers)s and pays more than is open; the rest stays as credit"),
    Finding.PAYER_ONE: _("Known payer; exactly what is open of %(numbers)s"),
    Finding.PAYER_SEVERAL: _("Known payer; exactly %(numbers)s together"),
    Finding.NAMES_AND_LESS: _("Names %(numbers)s and pays less: part payment, or tax withheld?"),
    Finding.NAMES_PAID: _("Names an invoice of which nothing is open any more"),
    Finding.NAMES_OTHER_CURRENCY: _("Names an invoice in another currency"),
    Finding.NAMES_TWO_CUSTOMERS: _("The numbers it names belong to several customers"),
    Finding.NAMES_ANOTHERS: _("Names %(numbers)s, but this payer has paid for another customer so far"),
    Finding.PAYER_SEVERAL_WAYS: _("Known payer; the amount fits its open invoices in several ways"),
    Finding.PAYER_ONLY: _("Known payer; the amount fits none of its open invoices"),
    Finding.PAYER_OF_TWO: _("This payer has paid for several customers"),
    Finding.AMOUNT_ONLY: _("Only the amount fits: of all open invoices that of %(numbers)s"),
    Finding.AMOUNT_OF_SEVERAL: _("Several invoices are open over this amount; nothing else says which"),
    Finding.NOTHING: _("Nothing says what it pays"),
    Finding.BATCH: _("Several payments in one sum; the file does not say how much each is"),
    Finding.OTHER_CURRENCY: _("Nothing is ever invoiced in this currency"),
    Finding.BOUNCED: _("The bank took a payment back: reverse the payment, then set this aside"),
    Finding.RETURNED: _("What was paid out came back: no payment of a customer"),
    Finding.OUT: _("Money that went out: nothing to record"),
    Finding.RECORDED_BEFORE: _("A payment of this customer with this reference is recorded already"),
    Finding.CHANGED_SINCE: _("What it was to pay has been paid meanwhile"),
}
"""What was found about a line; the numbers are those of the invoices it would pay."""

STATEMENT_PROBLEMS = {
    StatementProblem.TOO_LARGE: _("The file is larger than %(found)s: ask the bank for shorter periods."),
    StatementProblem.TOO_MANY_LINES: _("The file has more than %(found)s movements: ask the bank for shorter periods."),
    StatementProblem.EMPTY: _("There are no booked movements in this file."),
    StatementProblem.NEEDS_FORMAT: _("This is no camt.053: choose the format of the bank that wrote it."),
    StatementProblem.ENCODING: _("The text is not in the encoding of its format: choose another one there."),
    StatementProblem.BROKEN_QUOTES: _("A quotation mark is never closed."),
    StatementProblem.NO_COLUMN: _("There is no column “%(column)s”: compare the format with the file’s headings."),
    StatementProblem.NO_DATE: _("“%(found)s” is no date as the format describes it."),
    StatementProblem.NO_AMOUNT: _("“%(found)s” is no amount as the format describes it."),
    StatementProblem.NO_CURRENCY: _("“%(found)s” is no currency: name a column for it, or the account’s currency."),
    StatementProblem.FRACTIONS: _("“%(found)s” has smaller parts than its currency."),
    StatementProblem.NO_DIRECTION: _("Nothing says whether the money came in or went out."),
    StatementProblem.DECLARES: _("The file declares a document type or entities; a bank statement needs neither."),
    StatementProblem.BROKEN_XML: _("This is no well-formed XML: download it from the bank again."),
    StatementProblem.OTHER_MESSAGE: _("This is “%(found)s”; of the bank’s messages only camt.053 is read."),
    StatementProblem.NO_ACCOUNT: _("The statement does not name its account."),
    StatementProblem.FAILED: _("Something went wrong while it was read; the log says what."),
}

SIGNS_CHOICES = [
    (Signs.SIGNED.value, _("One column of amounts; money out is negative")),
    (Signs.REVERSED.value, _("One column of amounts; money in is negative")),
    (Signs.COLUMNS.value, _("One column for money in, one for money out")),
    (Signs.INDICATOR.value, _("One column of amounts, another one says which way")),
]

DATE_FORMAT_CHOICES = list(DATE_FORMATS.items())
ENCODING_CHOICES = list(ENCODINGS.items())
DELIMITER_CHOICES = [(",", _("Comma")), (";", _("Semicolon")), ("\t", _("Tab")), ("|", _("Vertical bar"))]
DECIMAL_MARKS = [(".", _("Point: 1,234.56")), (",", _("Comma: 1.234,56"))]
