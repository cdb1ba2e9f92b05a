"""What banks say has moved on our accounts, on its way to payments (BR-80)."""

from django.conf import settings
from django.db import models

from invoices.choices import (
    DATE_FORMAT_CHOICES,
    DECIMAL_MARKS,
    DELIMITER_CHOICES,
    DIRECTIONS_OF_MONEY,
    ENCODING_CHOICES,
    SIGNS_CHOICES,
    BankFileState,
    BankLineState,
)
from invoices.models.payment import Payment
from subscriptions.choices import CURRENCY_CHOICES
from subscriptions.models import Organization
from subscriptions.models.fields import AmountField, within_reason


class BankFormat(models.Model):
    """How one bank writes its CSV files; camt.053 needs none."""

    COLUMN = "The heading of the column, or its number counted from 1."

    name = models.CharField(max_length=100, unique=True, help_text="How it is chosen at the upload: bank and account.")
    account = models.CharField(
        max_length=34, help_text="IBAN or number of our account: what tells its movements from another account’s."
    )
    delimiter = models.CharField(max_length=1, choices=DELIMITER_CHOICES, default=",")
    encoding = models.CharField(max_length=20, choices=ENCODING_CHOICES, default="utf-8-sig")
    header_lines = models.PositiveSmallIntegerField(
        default=1, help_text="Lines above the movements, the last of them names the columns; 0: there are none."
    )
    date_column = models.CharField(max_length=100, help_text=COLUMN)
    date_format = models.CharField(max_length=20, choices=DATE_FORMAT_CHOICES, default="%Y-%m-%d")
    signs = models.CharField("which way money went", max_length=10, choices=SIGNS_CHOICES, default="signed")
    decimal_mark = models.CharField(max_length=1, choices=DECIMAL_MARKS, default=".")
    amount_column = models.CharField(max_length=100, blank=True, help_text=COLUMN)
    credit_column = models.CharField(max_length=100, blank=True, help_text="Of what came in, where that has its own.")
    debit_column = models.CharField(max_length=100, blank=True, help_text="Of what went out, where that has its own.")
    indicator_column = models.CharField(max_length=100, blank=True, help_text="Where a word says which way money went.")
    credit_word = models.CharField(max_length=20, blank=True, help_text="What stands there for money in: C, H.")
    currency = models.CharField(
        max_length=3, choices=CURRENCY_CHOICES, blank=True, help_text="Of the account, where no column says it."
    )
    currency_column = models.CharField(max_length=100, blank=True, help_text=COLUMN)
    payer_column = models.CharField("payer’s name column", max_length=100, blank=True, help_text=COLUMN)
    payer_account_column = models.CharField("payer’s account column", max_length=100, blank=True, help_text=COLUMN)
    text_column = models.CharField(
        max_length=300,
        blank=True,
        help_text="What the payer wrote; several columns are joined: Purpose 1 + Purpose 2.",
    )
    reference_column = models.CharField(
        "bank’s reference column", max_length=100, blank=True, help_text="What the bank calls the movement, unique."
    )

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        """Show the name."""
        return self.name


class BankFile(models.Model):
    """
    A bank statement that was uploaded: the row is the worker's queue, and afterwards the record of it.

    The file itself is kept until it is read. The same bytes are never taken twice.
    """

    bank_format = models.ForeignKey(
        BankFormat,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="format",
        help_text="How this bank writes its CSV files; camt.053 needs none.",
    )
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64, unique=True, editable=False)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=BankFileState, default=BankFileState.UPLOADED, editable=False)
    claimed_at = models.DateTimeField(null=True, editable=False, help_text="When a worker last took it on.")
    lines_in_file = models.PositiveIntegerField(default=0, editable=False)
    lines_known = models.PositiveIntegerField(
        default=0, editable=False, help_text="How many of them an earlier file has brought."
    )
    faults = models.JSONField(default=list, editable=False)
    # Last, and large: a list of files does not read it.
    content = models.BinaryField(default=bytes)

    class Meta:
        ordering = ["-uploaded_at", "-pk"]
        indexes = [
            models.Index(fields=["-uploaded_at", "-id"], name="invoices_bankfile_newest"),
            models.Index(
                fields=["uploaded_at"], condition=models.Q(state="uploaded"), name="invoices_bankfile_to_read"
            ),
        ]

    def __str__(self) -> str:
        """Show the name of the file."""
        return self.file_name


class BankLine(models.Model):
    """
    One movement on an account of ours, kept once however many files bring it, and what became of it.

    `organization` is whose it seems to be, or is; empty as long as nobody knows. Staff see the lines of the
    organizations they work on; what belongs to none, who uploaded the file and leads.
    """

    file = models.ForeignKey(BankFile, on_delete=models.PROTECT, related_name="lines", db_index=False)
    identity = models.CharField(max_length=64, unique=True, editable=False)
    place = models.PositiveIntegerField(help_text="Line or entry of the file.")
    account = models.CharField("our account", max_length=90)
    booked_on = models.DateField()
    direction = models.CharField(max_length=10, choices=DIRECTIONS_OF_MONEY)
    currency = models.CharField(max_length=3)
    amount = AmountField()
    payer_name = models.CharField("payer", max_length=200, blank=True)
    payer_key = models.CharField(max_length=200, blank=True, editable=False)
    payer_account = models.CharField(max_length=90, blank=True)
    text = models.TextField("what the payer wrote", blank=True)
    creditor_reference = models.CharField(max_length=90, blank=True)
    bank_reference = models.CharField(max_length=90, blank=True)
    organization = models.ForeignKey(
        Organization, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    state = models.CharField(max_length=10, choices=BankLineState, default=BankLineState.WAITING)
    finding = models.CharField(max_length=30, help_text="What was found about it, as a code.")
    shares = models.JSONField(default=list, help_text="What it would pay: document, number and amount of each.")
    payment = models.OneToOneField(
        Payment, null=True, blank=True, on_delete=models.PROTECT, related_name="bank_line", editable=False
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField("why it was set aside", blank=True)

    class Meta:
        verbose_name = "bank movement"
        ordering = ["-booked_on", "-id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="invoices_bankline_is_a_sum"),
            models.CheckConstraint(
                condition=models.Q(state="recorded", payment__isnull=False, organization__isnull=False)
                | ~models.Q(state="recorded") & models.Q(payment__isnull=True),
                name="invoices_bankline_recorded_is_paid",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="aside") | ~models.Q(reason=""), name="invoices_bankline_aside_says_why"
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["proposed", "confirmed"])
                | models.Q(organization__isnull=False, direction="in"),
                name="invoices_bankline_proposed_is_somebodys",
            ),
            *within_reason("amount"),
        ]
        indexes = [
            models.Index(fields=["-booked_on", "-id"], name="invoices_bankline_newest"),
            models.Index(fields=["organization", "-booked_on", "-id"], name="invoices_bankline_of_org"),
            models.Index(fields=["file", "state", "id"], name="invoices_bankline_of_file"),
            models.Index(
                fields=["booked_on", "id"], condition=models.Q(state="waiting"), name="invoices_bankline_waiting"
            ),
            models.Index(
                fields=["payer_account"],
                condition=models.Q(state="recorded") & ~models.Q(payer_account=""),
                name="invoices_bankline_by_account",
            ),
            models.Index(
                fields=["payer_key"],
                condition=models.Q(state="recorded") & ~models.Q(payer_key=""),
                name="invoices_bankline_by_name",
            ),
        ]

    def __str__(self) -> str:
        """Show the reference of the bank, or who paid."""
        return self.bank_reference or self.payer_name or self.account
