"""Reads the movements of the ledger as they go into the journal, in the order in which they were posted."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import islice
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from invoices.choices import DocumentType
from invoices.domain.finance.journal import Booked, Posting, Purpose, account_named, postings_of, recognition
from invoices.domain.finance.months import last_day_of, month_of, months_from
from invoices.domain.ledger import Account
from invoices.domain.payments import PaymentMethod
from invoices.models import AccountCode, Invoice, InvoiceLine, InvoiceTax, JournalExport, LedgerEntry, LedgerTransaction
from invoices.selectors.finance.deferred import Recognized, iterate_recognized
from invoices.selectors.finance.scope import Scope, begins_at, ends_at, from_hundredths, hundredths
from subscriptions.domain.period import local_date
from subscriptions.models import IssuingEntity, Subscription

AT_ONCE = 1_000


class EntryKind(StrEnum):
    """What a movement of the ledger is of, in words for programs; and what is earned of an advance."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    PAYMENT = "payment"
    REVERSAL = "payment_reversal"
    RECOGNITION = "revenue_recognition"
    OPENING_ITEM = "opening_item"
    OPENING_CREDIT = "opening_credit"


KINDS_OF_DOCUMENTS = {
    DocumentType.INVOICE: EntryKind.INVOICE,
    DocumentType.CREDIT_NOTE: EntryKind.CREDIT_NOTE,
    DocumentType.OPENING_ITEM: EntryKind.OPENING_ITEM,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """
    A movement of the ledger, or what is earned of a document in a month, with its lines, which sum to zero.

    The organization and the issuing entity are named by their codes: names change, and a journal does not.
    `name` never changes, so whoever imports it twice can tell. `booked_on` is the day of posting where the agreement
    is, or the last one of the month; `document_date` the one printed on a document, or on which a payment was received.
    """

    name: str
    kind: EntryKind
    booked_on: date
    document_date: date
    reference: str
    organization: str
    issuing_entity: str
    currency: str
    postings: Sequence[Posting]


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalPeriod:
    """The days of booking, both inclusive, of one issuing entity; None: of all of them."""

    first_day: date
    last_day: date
    issuing_entity_id: int | None = None

    @property
    def ends_everywhere_at(self) -> datetime:
        """Return the instant from which nothing can be posted into it any more, wherever an agreement is."""
        return ends_at(self.last_day)

    @property
    def months(self) -> list[date]:
        """Return the months whose last day is in it."""
        within = months_from(month_of(self.first_day), month_of(self.last_day))
        return [month for month in within if last_day_of(month) <= self.last_day]


def get_account_codes() -> dict[Purpose, str]:
    """Return the codes that a lead has set."""
    rows = AccountCode.objects.values_list("account", "part", "kind", "code")
    return {Purpose(account=account_named(account), part=part, kind=kind): code for account, part, kind, code in rows}


def list_exports() -> QuerySet[JournalExport]:
    """Return the periods that were handed to the accounting, the newest first."""
    return JournalExport.objects.select_related("issuing_entity", "exported_by").order_by("-pk")


def list_exports_over(period: JournalPeriod) -> QuerySet[JournalExport]:
    """Return the exports that hold some of the same entries."""
    rows = list_exports().filter(first_day__lte=period.last_day, last_day__gte=period.first_day)
    if period.issuing_entity_id is None:
        return rows
    return rows.filter(issuing_entity=None) | rows.filter(issuing_entity=period.issuing_entity_id)


def get_entity_codes() -> dict[int, str]:
    """Return what issuing entities are called."""
    return dict(IssuingEntity.objects.order_by("pk").values_list("pk", "code"))


def iterate_journal(period: JournalPeriod, *, entities: Mapping[int, str]) -> Iterator[JournalEntry]:
    """
    Yield the entries of a period in the order of posting, then what is earned of advances, the same each time.

    `entities` are what the issuing ones are called.

    :raises UnbalancedError: if a document does not say what the ledger does
    """
    rows = _movements(period).iterator(chunk_size=AT_ONCE)
    while part := list(islice(rows, AT_ONCE)):
        within = [row for row in part if period.first_day <= _booked_on(row) <= period.last_day]
        if period.issuing_entity_id is not None:
            within = [row for row in within if _entity(row) == period.issuing_entity_id]
        yield from _entries(within, entities)
    for month in period.months:
        scope = Scope(issuing_entity_id=period.issuing_entity_id)
        for recognized in iterate_recognized(scope, month=month):
            yield _recognition(recognized, month, entities)


def _movements(period: JournalPeriod) -> QuerySet[LedgerTransaction, dict[str, Any]]:
    before = Invoice.objects.filter(
        organization=OuterRef("organization"),
        currency=OuterRef("currency"),
        issued_at__lte=OuterRef("payment__recorded_at"),
    )
    agreements = Subscription.objects.filter(organization=OuterRef("organization")).order_by("pk")
    rows: QuerySet[LedgerTransaction, dict[str, Any]] = (
        LedgerTransaction.objects.filter(
            posted_at__gte=begins_at(period.first_day), posted_at__lt=period.ends_everywhere_at
        )
        .annotate(
            paid_entity=Subquery(before.order_by("-issued_at", "-pk").values("issuing_entity")[:1]),
            first_entity=Subquery(agreements.values("issuing_entity")[:1]),
            first_zone=Subquery(agreements.values("time_zone")[:1]),
        )
        .order_by("posted_at", "pk")
        .values(
            *("pk", "posted_at", "currency", "is_reversal", "organization__code"),
            *("invoice_id", "invoice__number", "invoice__invoice_date", "invoice__document_type"),
            *("invoice__issuing_entity_id", "invoice__subscription__time_zone"),
            *("payment__reference", "payment__received_on", "payment__method"),
            *("paid_entity", "first_entity", "first_zone"),
        )
    )
    return rows


def _booked_on(row: Mapping[str, Any]) -> date:
    zone = row["invoice__subscription__time_zone"] or row["first_zone"] or "UTC"
    return local_date(row["posted_at"], time_zone=zone)


def _entity(row: Mapping[str, Any]) -> int | None:
    found: int | None = row["invoice__issuing_entity_id"] or row["paid_entity"] or row["first_entity"]
    return found


def _recognition(recognized: Recognized, month: date, entities: Mapping[int, str]) -> JournalEntry:
    return JournalEntry(
        name=f"R{recognized.document_id}-{month:%Y-%m}",
        kind=EntryKind.RECOGNITION,
        booked_on=last_day_of(month),
        document_date=recognized.document_date,
        reference=recognized.number,
        organization=recognized.organization_code,
        issuing_entity=entities.get(recognized.issuing_entity_id, ""),
        currency=recognized.currency,
        postings=recognition(recognized.earned),
    )


def _entries(rows: Sequence[Mapping[str, Any]], entities: Mapping[int, str]) -> Iterator[JournalEntry]:
    invoices = [row["invoice_id"] for row in rows if row["invoice_id"]]
    accounts = _accounts([row["pk"] for row in rows])
    revenue, taxes = _revenue(invoices), _taxes(invoices)
    for row in rows:
        kind = _kind(row)
        reference = row["invoice__number"] or row["payment__reference"]
        booked = Booked(
            name=reference,
            accounts=accounts[row["pk"]],
            is_credit_note=kind is EntryKind.CREDIT_NOTE,
            revenue=revenue.get(row["invoice_id"], {}),
            taxes=taxes.get(row["invoice_id"], {}),
        )
        booked_on = _booked_on(row)
        yield JournalEntry(
            name=f"L{row['pk']}",
            kind=kind,
            booked_on=booked_on,
            document_date=_document_date(row, kind) or booked_on,
            reference=reference,
            organization=row["organization__code"],
            issuing_entity=entities.get(_entity(row) or 0, ""),
            currency=row["currency"],
            postings=postings_of(booked),
        )


def _kind(row: Mapping[str, Any]) -> EntryKind:
    if row["invoice_id"]:
        return KINDS_OF_DOCUMENTS[DocumentType(row["invoice__document_type"])]
    if row["payment__method"] == PaymentMethod.CARRIED and not row["is_reversal"]:
        return EntryKind.OPENING_CREDIT
    return EntryKind.REVERSAL if row["is_reversal"] else EntryKind.PAYMENT


def _document_date(row: Mapping[str, Any], kind: EntryKind) -> date | None:
    if kind is EntryKind.REVERSAL:
        return None
    found: date | None = row["invoice__invoice_date"] or row["payment__received_on"]
    return found


def _accounts(transactions: Sequence[int]) -> Mapping[int, Mapping[Account, Decimal]]:
    found: defaultdict[int, dict[Account, Decimal]] = defaultdict(dict)
    rows = LedgerEntry.objects.filter(transaction__in=transactions)
    for transaction_id, account, amount in rows.values_list("transaction_id", "account", "amount"):
        found[transaction_id][Account(account)] = amount
    return found


def _revenue(invoices: Sequence[int]) -> Mapping[int, Mapping[tuple[str, str], Decimal]]:
    """Return what was earned on documents by tax category and kind; what corrects or gives back counts as its kind."""
    found: defaultdict[int, defaultdict[tuple[str, str], Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    rows = InvoiceLine.objects.filter(invoice__in=invoices).order_by()
    by = rows.values_list("invoice_id", "tax_category", "kind", "corrects").annotate(sum=hundredths("amount"))
    for invoice_id, category, kind, corrects, total in by:
        found[invoice_id][category, corrects or kind] += from_hundredths(total)
    return found


def _taxes(invoices: Sequence[int]) -> Mapping[int, Mapping[str, Decimal]]:
    found: defaultdict[int, defaultdict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    rows = InvoiceTax.objects.filter(invoice__in=invoices)
    for invoice_id, authority, amount in rows.values_list("invoice_id", "authority", "amount"):
        found[invoice_id][authority] += amount
    return found
