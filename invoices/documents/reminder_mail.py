"""What a reminder says: which invoices are past due, by how much and how long, and how to pay them (BR-82)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from moneyed import Money

from invoices.documents.document import BankDetails
from invoices.domain.reminders import Tone
from subscriptions.documents import Fact, printable
from subscriptions.domain.formatting import currency_name, format_day, format_money
from subscriptions.models import BankAccount, IssuingEntity

LINES_SHOWN = 50
"""So many invoices are listed in a mail; the statement of account has them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDue:
    """An invoice that is past due on the day of the mail; `open` is in the currency of the mail."""

    number: str
    due_date: date
    open: Decimal
    days: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderLine:
    """An invoice as the mail tells it."""

    number: str
    due_date: str
    open: str
    days: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderMail:
    """
    A reminder in its reader's language.

    Without a bank account of the issuing entity in the currency `payment_note` says whom to ask.
    """

    is_friendly: bool
    is_final: bool
    issuer: str
    organization: str
    lines: Sequence[ReminderLine]
    more: int
    count: int
    total: str
    statement_url: str
    remit_to: BankDetails | None
    payment_note: str
    reference: str
    ask: str


def reminder_mail(
    found: Sequence[PastDue],
    *,
    tone: Tone,
    currency: str,
    organization: str,
    issuer: IssuingEntity,
    statement_url: str,
    language: str,
) -> ReminderMail:
    """Return what a reminder of some invoices says, in the language that is switched on; the oldest due come first."""
    lines = sorted(found, key=lambda line: (line.due_date, line.number))
    total = sum((line.open for line in lines), start=Decimal(0))
    account = next((bank for bank in issuer.bank_accounts.all() if bank.currency == currency), None)
    ask = printable(issuer.collections_email or issuer.invoicing_email)
    return ReminderMail(
        is_friendly=tone is Tone.FRIENDLY,
        is_final=tone is Tone.FINAL,
        issuer=printable(issuer.legal_name),
        organization=printable(organization),
        lines=[
            ReminderLine(
                number=printable(line.number),
                due_date=format_day(line.due_date, language),
                open=format_money(Money(line.open, currency), language),
                days=line.days,
                url=line.url,
            )
            for line in lines[:LINES_SHOWN]
        ],
        more=max(0, len(lines) - LINES_SHOWN),
        count=len(lines),
        total=format_money(Money(total, currency), language),
        statement_url=statement_url,
        remit_to=None if account is None else _bank(account),
        payment_note="" if account is not None else _payment_note(ask, currency_name(currency, language)),
        reference=", ".join(printable(line.number) for line in lines[:LINES_SHOWN]),
        ask=ask,
    )


def _bank(account: BankAccount) -> BankDetails:
    return BankDetails(
        bank_name=printable(account.bank_name),
        details=tuple(Fact(label=printable(label), value=printable(value)) for label, value in account.details),
    )


def _payment_note(address: str, currency: str) -> str:
    if not address:
        return _("Please ask us for our bank account in %(currency)s.") % {"currency": currency}
    words = _("Please ask %(address)s for our bank account in %(currency)s.")
    return words % {"address": address, "currency": currency}
