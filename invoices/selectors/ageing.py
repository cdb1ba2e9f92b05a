"""
Reads what was owed at the end of any day, and how old it was by then (BR-82, BR-83).

What is open of an invoice now is kept beside it; what was open earlier is that, and what has been allocated to it
since: allocations are only ever added, and one that is taken back counts from when it was. So a past day is read from
what happened after it, not from the beginning.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Sum, Value, When

from invoices.choices import PAYABLE
from invoices.domain.ageing import Age, Aged, age_on, aged, due_dates_of
from invoices.domain.ledger import Account
from invoices.domain.payments import OpenItem
from invoices.models import Allocation, DocumentBalance, Invoice, LedgerEntry
from invoices.selectors.accounts import AccountStanding, add_up, get_accounts, list_movements
from subscriptions.domain.period import local_date, start_of_day
from subscriptions.models import Organization


@dataclass(frozen=True, slots=True, kw_only=True)
class AsOf:
    """
    A day by a wall clock, and the first instant after it; None for today, which is not over: what happened until now
    counts.
    """

    on: date
    until: datetime | None
    time_zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgedAccount:
    """What an organization owed in one currency by age, and the credit that paid nothing yet."""

    organization_id: int
    currency: str
    aged: Aged
    credit: Decimal

    @property
    def open(self) -> Decimal:
        """Return everything that was open."""
        return sum(self.aged.amounts.values(), start=Decimal(0))


def as_of(day: date | None, *, now: datetime, time_zone: str) -> AsOf:
    """Return the end of a day by a wall clock; of today, of a day to come and of none it is now."""
    today = local_date(now, time_zone=time_zone)
    if day is None or day >= today:
        return AsOf(on=today, until=None, time_zone=time_zone)
    until = start_of_day(day + timedelta(days=1), time_zone=time_zone)
    return AsOf(on=day, until=until, time_zone=time_zone)


def get_accounts_as_of(organization_id: int, moment: AsOf) -> list[AccountStanding]:
    """Return what an organization owed at the end of a day, one standing per currency in which anything had moved."""
    if moment.until is None:
        return get_accounts(organization_id, on=moment.on)
    entries = LedgerEntry.objects.filter(
        organization_id=organization_id,
        account=Account.RECEIVABLE.value,
        transaction__posted_at__lt=moment.until,
    )
    items = list_open_items_as_of(organization_id, moment)
    return [
        AccountStanding(
            currency=currency,
            balance=balance,
            aged=aged(items.get(currency, ()), on=moment.on),
            credit=sum((item.open for item in items.get(currency, ())), start=Decimal(0)) - balance,
        )
        for currency, balance in add_up(entries).items()
    ]


def list_open_items_as_of(organization_id: int, moment: AsOf) -> dict[str, list[OpenItem]]:
    """Return the invoices of which something was open at the end of a day, by currency, oldest due first."""
    known = Invoice.objects.filter(organization_id=organization_id, document_type__in=PAYABLE)
    balances = DocumentBalance.objects.filter(organization_id=organization_id, open__gt=0)
    open_amounts = defaultdict(
        Decimal, balances.filter(document__document_type__in=PAYABLE).values_list("document_id", "open")
    )
    if moment.until is not None:
        known = known.filter(issued_at__lt=moment.until)
        later = Allocation.objects.filter(organization_id=organization_id, allocated_at__gte=moment.until)
        for invoice_id, amount in later.values_list("invoice_id", "amount"):
            open_amounts[invoice_id] += amount
    rows = known.filter(pk__in=[pk for pk, left in open_amounts.items() if left]).order_by("due_date", "pk")
    found: dict[str, list[OpenItem]] = {}
    for pk, number, due_date, currency in rows.values_list("pk", "number", "due_date", "currency"):
        item = OpenItem(document_id=pk, number=number, due_date=due_date, open=open_amounts[pk])
        found.setdefault(currency, []).append(item)
    return found


def list_movements_as_of(organization_id: int, moment: AsOf, *, currency: str) -> QuerySet[LedgerEntry]:
    """Return every change of what an organization owed in one currency until the end of a day, oldest first."""
    rows = list_movements(organization_id, currency=currency)
    return rows if moment.until is None else rows.filter(transaction__posted_at__lt=moment.until)


def list_owing(organizations: QuerySet[Organization], moment: AsOf, *, currency: str = "") -> QuerySet[Organization]:
    """Return those of the organizations of which something may have been open at the end of a day, in a currency."""
    open_now = DocumentBalance.objects.filter(_issued(moment, "document"), open__gt=0)
    in_currency = {"document__currency": currency} if currency else {}
    owes = Exists(open_now.filter(organization=OuterRef("pk"), **in_currency))
    if moment.until is None:
        return organizations.filter(owes)
    paid_since = Allocation.objects.filter(_issued(moment, "invoice"), allocated_at__gte=moment.until)
    in_currency = {"invoice__currency": currency} if currency else {}
    return organizations.filter(owes | Exists(paid_since.filter(organization=OuterRef("pk"), **in_currency)))


def list_aged(organization_ids: Collection[int], moment: AsOf) -> list[AgedAccount]:
    """
    Return what some organizations owed by age, for each currency in which something was open.

    They come in the order in which they are named, each with its currencies in theirs; in as many statements for many
    as for one.
    """
    sums = _sums(moment, "organization_id", owners=organization_ids)
    balances = _ledger_balances(organization_ids, moment)
    by_organization: defaultdict[int, list[AgedAccount]] = defaultdict(list)
    for (organization_id, currency), found in sorted(sums.items()):
        open_amount = sum(found.amounts.values(), start=Decimal(0))
        if any(found.amounts.values()):
            account = AgedAccount(
                organization_id=organization_id,
                currency=currency,
                aged=found,
                credit=open_amount - balances.get((organization_id, currency), Decimal(0)),
            )
            by_organization[organization_id].append(account)
    return [account for organization_id in organization_ids for account in by_organization[organization_id]]


def total_aged(organizations: QuerySet[Organization] | None, moment: AsOf) -> dict[str, Aged]:
    """Return what all of some organizations together owed by age, by currency; None stands for everybody (BR-83)."""
    sums = _sums(moment, owners=None if organizations is None else organizations.values("pk"))
    return {key[-1]: found for key, found in sorted(sums.items()) if any(found.amounts.values())}


def _sums(moment: AsOf, *keys: str, owners: Any) -> dict[tuple[Any, ...], Aged]:
    """Return what was open by age, for each value of the keys and each currency."""
    rows = DocumentBalance.objects.filter(_issued(moment, "document"), open__gt=0)
    parts: list[tuple[QuerySet[Any], str, str]] = [(rows, "document", "open")]
    if moment.until is not None:
        later = Allocation.objects.filter(_issued(moment, "invoice"), allocated_at__gte=moment.until)
        parts.append((later.order_by(), "invoice", "amount"))
    found: defaultdict[tuple[Any, ...], dict[Age, Decimal]] = defaultdict(lambda: dict.fromkeys(Age, Decimal(0)))
    for part, document, amount in parts:
        own = part if owners is None else part.filter(organization__in=owners)
        for *key, age, value in _added(own, keys, document, amount, on=moment.on):
            found[tuple(key)][age] += value
    return {key: Aged(amounts=amounts) for key, amounts in found.items()}


def _added(
    rows: QuerySet[Any], keys: Iterable[str], document: str, amount: str, *, on: date
) -> Iterator[tuple[Any, ...]]:
    """Yield keys, currency, age and sum; where the database adds decimals as floats (SQLite), every row by itself."""
    columns = (*keys, f"{document}__currency")
    if connection.vendor == "postgresql":
        by_age = rows.annotate(age=_age(f"{document}__due_date", on=on)).values(*columns, "age")
        for row in by_age.annotate(sum=Sum(amount)).values_list(*columns, "age", "sum"):
            yield (*row[:-2], Age(row[-2]), row[-1])
        return
    for row in rows.values_list(*columns, f"{document}__due_date", amount).iterator():
        yield (*row[:-2], age_on(row[-2], on=on), row[-1])


def _age(column: str, *, on: date) -> Case:
    """Return the age of a due date, by the bounds of `due_dates_of` (BR-82)."""
    whens = []
    for age in Age:
        first, _last = due_dates_of(age, on=on)
        if first is not None:
            # In the order of the ages, so the first bound that holds is the one.
            whens.append(When(**{f"{column}__gte": first}, then=Value(age.value)))
    return Case(*whens, default=Value(Age.OVER_90.value), output_field=CharField())


def _ledger_balances(organization_ids: Collection[int], moment: AsOf) -> Mapping[tuple[int, str], Decimal]:
    entries = LedgerEntry.objects.filter(organization__in=organization_ids, account=Account.RECEIVABLE.value)
    if moment.until is not None:
        entries = entries.filter(transaction__posted_at__lt=moment.until)
    columns = ("organization_id", "currency")
    if connection.vendor == "postgresql":
        added = entries.values(*columns).annotate(sum=Sum("amount")).values_list(*columns, "sum")
        return {(organization_id, currency): value for organization_id, currency, value in added}
    balances: defaultdict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for organization_id, currency, amount in entries.values_list(*columns, "amount").iterator():
        balances[organization_id, currency] += amount
    return balances


def _issued(moment: AsOf, document: str) -> Q:
    """Return that a document had been issued by the end of the day, and is an invoice."""
    condition = Q(**{f"{document}__document_type__in": PAYABLE})
    return condition if moment.until is None else condition & Q(**{f"{document}__issued_at__lt": moment.until})
