"""How the accounting names what the ledger holds, and which periods of the ledger were handed to it (ADR 41)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _

from invoices.choices import CHARGE_KINDS, JOURNAL_ACCOUNTS
from invoices.domain.ledger import Account
from subscriptions.models import IssuingEntity
from subscriptions.models.shown import shown_day


class AccountCode(models.Model):
    """
    The code under which the accounting keeps an account of the ledger or the journal, or a part of one.

    What has no row is kept under the code that the product proposes.
    """

    account = models.CharField(max_length=20, choices=JOURNAL_ACCOUNTS)
    part = models.CharField(
        max_length=200, blank=True, help_text="The tax category of revenue, or the authority of a tax; empty: any."
    )
    kind = models.CharField(
        max_length=20, choices=CHARGE_KINDS, blank=True, help_text="The kind of charge of revenue; empty: any."
    )
    code = models.CharField(max_length=40, help_text="As the accounting writes it.")

    class Meta:
        ordering = ["account", "part", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["account", "part", "kind"], name="invoices_accountcode_once"),
            models.CheckConstraint(condition=~models.Q(code=""), name="invoices_accountcode_is_a_code"),
            models.CheckConstraint(
                condition=models.Q(kind="") | models.Q(account=Account.REVENUE.value),
                name="invoices_accountcode_kind_of_revenue",
            ),
        ]

    def __str__(self) -> str:
        """Show the code."""
        return self.code


class JournalExport(models.Model):
    """
    A period of the ledger that was handed to the accounting: by whom, when, and with which codes.

    What it says can be made again, to the last byte. Rows are only ever added.
    """

    issuing_entity = models.ForeignKey(
        IssuingEntity,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty: all of them.",
        db_index=False,
    )
    first_day = models.DateField(help_text="Of booking, in the time zone of each agreement.")
    last_day = models.DateField(help_text="Inclusive.")
    codes = models.JSONField(help_text="Account, part, kind and code, as they were.")
    entities = models.JSONField(help_text="What issuing entities were called, by their keys.")
    entries = models.PositiveIntegerField(
        help_text="Movements of the ledger, and what was earned of documents by month."
    )
    lines = models.PositiveIntegerField()
    totals = models.JSONField(help_text="Debit and credit by currency; the two are equal.")
    sha256 = models.CharField(max_length=64, help_text="Digest of the file.")
    exported_at = models.DateTimeField()
    exported_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")), name="invoices_journalexport_of_days"
            ),
            # The same file is noted once, however often the button is pressed.
            models.UniqueConstraint(
                fields=["issuing_entity", "first_day", "last_day", "sha256"], name="invoices_journalexport_once"
            ),
            models.UniqueConstraint(
                fields=["first_day", "last_day", "sha256"],
                condition=models.Q(issuing_entity=None),
                name="invoices_journalexport_of_all_once",
            ),
        ]

    def __str__(self) -> str:
        """Show the period."""
        days = {"first": shown_day(self.first_day), "last": shown_day(self.last_day)}
        return _("Journal of %(first)s to %(last)s") % days
