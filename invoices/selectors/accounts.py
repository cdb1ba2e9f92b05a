"""Reads what an organization owes: its balance, its open invoices, what of a payment is left (BR-82, BR-83)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.models import QuerySet, Sum
from moneyed import Money

from invoices.choices import PAYABLE
from invoices.domain.ageing import Aged, aged
from invoices.domain.ledger import Account
from invoices.domain.payments import OpenItem
from invoices.models import (
    DocumentBalance,
    LedgerEntry,
    Payment,
    Withholding,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStanding:
    """
    What an organization owes in one currency: the ledger's balance, open invoices by age, credit that pays none yet.

    The balance is what is open less that credit; it is negative where the credit is greater.
    """

    currency: str
    balance: Decimal
    aged: Aged
    credit: Decimal


def get_open_balance(organization_id: int, currency: str) -> Money:
    """Return what an organization owes in a currency, from the ledger; negative if it has money left with us."""
    entries = LedgerEntry.objects.filter(
        organization_id=organization_id, currency=currency, account=Account.RECEIVABLE.value
    )
    return Money(add_up(entries).get(currency, Decimal(0)), currency)


def add_up(entries: QuerySet[LedgerEntry]) -> dict[str, Decimal]:
    """Return what entries of the ledger come to by currency, in the order of the currencies."""
    if connection.vendor == "postgresql":
        added = entries.order_by("currency").values("currency").annotate(sum=Sum("amount"))
        return dict(added.values_list("currency", "sum"))
    balances: dict[str, Decimal] = {}
    # Added here: SQLite adds decimals as floats.
    for currency, amount in entries.values_list("currency", "amount").order_by("currency").iterator():
        balances[currency] = balances.get(currency, Decimal(0)) + amount
    return balances


def list_open_items(organization_id: int, *, currency: str) -> list[OpenItem]:
    """Return the invoices of an organization in one currency of which something is to be paid, oldest due first."""
    return list_open_items_of({organization_id}, currency=currency).get((organization_id, currency), [])


def list_open_items_of(
    organization_ids: Collection[int], *, currency: str = ""
) -> dict[tuple[int, str], list[OpenItem]]:
    """Return, by organization and currency, what `list_open_items` returns for each, in one statement."""
    open_ones = DocumentBalance.objects.filter(
        organization_id__in=organization_ids, open__gt=0, document__document_type__in=PAYABLE
    ).order_by("document__due_date", "document_id")
    if currency:
        open_ones = open_ones.filter(document__currency=currency)
    rows = open_ones.values_list(
        "organization_id", "document__currency", "document_id", "document__number", "document__due_date", "open"
    )
    found: dict[tuple[int, str], list[OpenItem]] = {}
    for owner, code, pk, number, due, left in rows:
        item = OpenItem(document_id=pk, number=number, due_date=due, open=left)
        found.setdefault((owner, code), []).append(item)
    return found


def get_withheld(payment: Payment) -> Decimal:
    """Return what the payer of a payment withheld as tax; 0 in most cases."""
    withheld: Withholding | None = getattr(payment, "withholding", None)
    return Decimal(0) if withheld is None else withheld.amount


def get_unallocated(payment: Payment) -> Decimal:
    """Return what of a payment pays no invoice yet; nothing of one that was reversed."""
    if payment.reversed_at is not None:
        return Decimal(0)
    spread: Decimal = sum(payment.allocations.values_list("amount", flat=True), start=Decimal(0))
    left: Decimal = payment.amount + get_withheld(payment) - spread
    return left


def get_accounts(organization_id: int, *, on: date) -> list[AccountStanding]:
    """Return what an organization owes, one standing per currency in which anything ever moved (BR-82, BR-83)."""
    entries = LedgerEntry.objects.filter(organization_id=organization_id, account=Account.RECEIVABLE.value)
    return [
        AccountStanding(
            currency=currency,
            balance=balance,
            aged=aged(items := list_open_items(organization_id, currency=currency), on=on),
            credit=sum((item.open for item in items), start=Decimal(0)) - balance,
        )
        for currency, balance in add_up(entries).items()
    ]


def list_movements(organization_id: int, *, currency: str) -> QuerySet[LedgerEntry]:
    """Return every change of what an organization owes in one currency, oldest first, with its document or payment."""
    return (
        LedgerEntry.objects.filter(organization_id=organization_id, currency=currency, account=Account.RECEIVABLE.value)
        .select_related(
            "transaction__invoice__issuing_entity",
            "transaction__payment__withholding",
            "transaction__payment__opening",
        )
        .defer(
            "transaction__invoice__frozen",
            "transaction__invoice__issuing_entity__logo_svg",
            "transaction__payment__withholding__content",
        )
        .order_by("transaction__posted_at", "pk")
    )
