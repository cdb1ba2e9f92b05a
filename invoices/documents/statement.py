"""What an organization owes and how it came about: a statement of account in one currency (BR-82, BR-83)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from moneyed import Money

from invoices.choices import AGES, DocumentType
from invoices.documents.addresses import invoice_url
from invoices.domain.payments import PaymentMethod
from invoices.models import Invoice, LedgerEntry
from invoices.selectors.accounts import AccountStanding, get_withheld
from subscriptions.documents import printable
from subscriptions.domain.formatting import currency_name, format_day, format_money
from subscriptions.domain.period import local_date


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One change of what is owed, by a document or, if that is None, by a payment. Amounts are in `currency`."""

    on: date
    what: str
    document: Invoice | None
    charged: Decimal | None
    paid: Decimal | None
    balance: Decimal
    currency: str

    @property
    def number(self) -> str:
        """Return the number of the document as it is shown; empty for a payment."""
        return printable(self.document.number) if self.document else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementRow:
    """A movement as it is shown; `url` is where its document is."""

    day: str
    what: str
    number: str
    url: str
    charged: str
    paid: str
    balance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What is owed in one currency, in words and figures; `ages` are label and amount, past due or not."""

    currency: str
    name: str
    balance: str
    past_due: str
    is_past_due: bool
    credit: str
    ages: tuple[tuple[str, str], ...]


def movements(entries: Iterable[LedgerEntry], *, time_zone: str, before: Decimal = Decimal(0)) -> Iterator[Movement]:
    """
    Yield movements of the receivable in one currency with the balance after each, `before` being that before the first.

    What bears no day of its own has that of a wall clock on which it was booked.
    """
    balance = before
    for entry in entries:
        balance += entry.amount
        what, on = _reason(entry, time_zone)
        yield Movement(
            on=on,
            what=what,
            document=entry.transaction.invoice,
            charged=entry.amount if entry.amount > 0 else None,
            paid=-entry.amount if entry.amount < 0 else None,
            balance=balance,
            currency=entry.currency,
        )


def movement_rows(found: Iterable[Movement], *, code: str, several_issuers: bool, language: str) -> list[MovementRow]:
    """Return movements of the organization with this code as they are shown."""
    return [
        MovementRow(
            day=format_day(movement.on, language),
            what=movement.what,
            number=movement.number,
            url=_url(movement.document, code=code, several_issuers=several_issuers),
            charged=_money(movement.charged, movement.currency, language),
            paid=_money(movement.paid, movement.currency, language),
            balance=_money(movement.balance, movement.currency, language),
        )
        for movement in found
    ]


def summary(account: AccountStanding, *, language: str) -> Summary:
    """Return what is owed in one currency as it is shown; nothing is added across currencies (BR-83)."""
    return Summary(
        currency=account.currency,
        name=currency_name(account.currency, language),
        balance=_money(account.balance, account.currency, language),
        past_due=_money(account.aged.past_due, account.currency, language),
        is_past_due=account.aged.past_due > 0,
        credit=_money(account.credit or None, account.currency, language),
        ages=tuple(
            (str(AGES[age]), _money(amount, account.currency, language)) for age, amount in account.aged.amounts.items()
        ),
    )


def statement_columns() -> list[str]:
    """Return the names of a statement's columns."""
    return [_("Date"), _("What"), _("Document"), _("Charged"), _("Paid or credited"), _("Balance"), _("Currency")]


def statement_table(found: Iterable[Movement]) -> Iterator[list[str | Money | None]]:
    """Yield a statement row by row, figures so that a program reads them back."""
    for movement in found:
        figures = [
            None if amount is None else Money(amount, movement.currency)
            for amount in (movement.charged, movement.paid, movement.balance)
        ]
        yield [movement.on.isoformat(), movement.what, movement.number, *figures, movement.currency]


def ages_table(accounts: Iterable[AccountStanding], *, on: date) -> Iterator[list[str | Money | None]]:
    """Yield what was open in each currency by age on a day, below the movements and in their columns."""
    for account in accounts:
        for age, amount in account.aged.amounts.items():
            words = _("Open: %(age)s") % {"age": AGES[age]}
            yield [on.isoformat(), words, "", None, None, Money(amount, account.currency), account.currency]


def _url(document: Invoice | None, *, code: str, several_issuers: bool) -> str:
    if document is None:
        return ""
    return invoice_url("invoice_detail", document, code=code, several_issuers=several_issuers)


def _reason(entry: LedgerEntry, time_zone: str) -> tuple[str, date]:
    """Return what moved the receivable in words, and the day it bears."""
    moved = entry.transaction
    booked_on = local_date(moved.posted_at, time_zone=time_zone)
    if moved.invoice is not None:
        if moved.invoice.document_type == DocumentType.OPENING_ITEM:
            # The day is that from which it is owed here; its own is that of the old invoice.
            return _("Carried over from the previous system"), booked_on
        return str(DocumentType(moved.invoice.document_type).label), moved.invoice.invoice_date
    assert moved.payment is not None
    reference = {"reference": printable(moved.payment.reference)}
    if moved.payment.method == PaymentMethod.CARRIED:
        if moved.is_reversal:
            return _("Carried over from the previous system, %(reference)s: taken back") % reference, booked_on
        if hasattr(moved.payment, "opening"):
            return _("Carried over from the previous system: credit %(reference)s") % reference, booked_on
        words = _("Carried over from the previous system, less is open: correction %(reference)s")
        return words % reference, booked_on
    is_card = moved.payment.method == PaymentMethod.CARD
    if moved.is_reversal:
        words = _("Card payment %(reference)s taken back") if is_card else _("Payment %(reference)s taken back")
        return words % reference, booked_on
    if withheld := get_withheld(moved.payment):
        amount = {"withheld": format_money(Money(withheld, entry.currency), get_language() or "en")}
        words = _("Payment %(reference)s, %(withheld)s of it as withheld tax") % {**reference, **amount}
        return words, moved.payment.received_on
    words = _("Card payment %(reference)s") if is_card else _("Payment %(reference)s")
    return words % reference, moved.payment.received_on


def _money(amount: Decimal | None, currency: str, language: str) -> str:
    return "" if amount is None else format_money(Money(amount, currency), language)
