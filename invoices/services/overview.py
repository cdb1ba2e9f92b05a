"""Gathers what an organization's overview shows of its use and its money; every list is short."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from invoices.choices import CycleState, DocumentType
from invoices.documents.balance import DocumentStanding, standing_of
from invoices.documents.preview import PreviewDocument, moment_in_words
from invoices.documents.statement import Summary, summary
from invoices.models import BillingCycle, Credit, Invoice, InvoiceDelivery, Payment, TooLateUsage
from invoices.selectors.accounts import get_accounts
from invoices.selectors.corrections import with_settled
from invoices.selectors.issued import list_invoices
from invoices.services.estimating import Answer, ask_for_preview
from invoices.services.preview_document import get_preview_document
from invoices.services.previewing import Preview, next_cycle
from subscriptions.domain.formatting import format_service
from subscriptions.domain.period import local_date
from subscriptions.models import Organization, Subscription
from subscriptions.selectors.catalog import get_product_names
from usage.documents import LicenseUse, Reader, get_figures
from usage.documents.licenses import add_ons_of, licenses_of, unit_so_far
from usage.documents.resources import ResourceUse, resources_of

EVENTS_AT_ONCE = 3_000
"""An overview reads so many events itself, a tenth of a second's work; of more it shows the latest estimate."""

SHOWN = 5
"""So many documents, payments or matters of a kind; the rest is a link away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UseSoFar:
    """What is used in a period beside what is committed, as of an instant; `is_running`: the period still lasts."""

    period: str
    as_of: str
    is_running: bool
    licenses: Sequence[LicenseUse]
    add_ons: Sequence[LicenseUse]
    resources: Sequence[ResourceUse]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upcoming:
    """What is known of the next document of an agreement; all None until an estimate is there."""

    answer: Answer[Preview]
    preview: PreviewDocument | None
    use: UseSoFar | None


def find_upcoming(subscription: Subscription, *, now: datetime, language: str) -> Upcoming | None:
    """Return what the next document of an agreement would be, with the use behind it; None if none is to come."""
    cycle = next_cycle(subscription)
    if cycle is None:
        return None
    answer = ask_for_preview(subscription, cycle, now=now, at_once=EVENTS_AT_ONCE)
    if answer.value is None:
        return Upcoming(answer=answer, preview=None, use=None)
    return Upcoming(
        answer=answer,
        preview=get_preview_document(answer.value, subscription=subscription, language=language),
        use=_use(answer.value, subscription, now, language),
    )


def _use(preview: Preview, subscription: Subscription, now: datetime, language: str) -> UseSoFar | None:
    if preview.count is None:
        return None
    terms, period = preview.inputs.prices.terms, preview.period
    figures = get_figures(preview.count.quantities["billable"], preview.count.quantities["fair_use"])
    reader = Reader(language=language, time_zone=subscription.time_zone, names=get_product_names(language))
    return UseSoFar(
        period=format_service(period.start, period.last_day, terms.time_zone, language),
        as_of=moment_in_words(preview.count.received_until, reader),
        is_running=preview.window.start <= now < preview.window.end,
        licenses=licenses_of(
            figures.billable,
            terms=terms,
            period=period,
            unit=unit_so_far(terms),
            people=lambda _product: None,
            reader=reader,
        ),
        add_ons=add_ons_of(figures.billable, terms=terms, period=period, reader=reader),
        resources=resources_of(figures.fair_use, reader),
    )


def list_balances(organization: Organization, *, now: datetime, time_zone: str, language: str) -> list[Summary]:
    """Return what an organization owes, one summary per currency (BR-82, BR-83)."""
    accounts = get_accounts(organization.pk, on=local_date(now, time_zone=time_zone))
    return [summary(account, language=language) for account in accounts]


@dataclass(frozen=True, slots=True, kw_only=True)
class LastDocument:
    """A document, how it stands, and whether something of it is left to be credited."""

    invoice: Invoice
    standing: DocumentStanding
    may_be_credited: bool


def list_last_documents(organization: Organization, *, now: datetime) -> list[LastDocument]:
    """Return the newest documents of an organization."""
    rows = list(list_invoices(organization).select_related("balance", "subscription").defer("frozen")[:SHOWN])
    credited: dict[int, Decimal] = {}
    # Added up here: SQLite adds decimals as floats.
    for pk, total in Credit.objects.filter(original__in=rows).values_list("original_id", "invoice__total"):
        credited[pk] = credited.get(pk, Decimal(0)) + total
    return [
        LastDocument(
            invoice=invoice,
            standing=standing_of(invoice, now=now),
            may_be_credited=invoice.document_type == DocumentType.INVOICE
            and credited.get(invoice.pk, Decimal(0)) < invoice.total,
        )
        for invoice in rows
    ]


def list_last_payments(organization: Organization) -> list[Payment]:
    """Return the payments that came in last."""
    return list(Payment.objects.filter(organization=organization).order_by("-received_on", "-pk")[:SHOWN])


def list_held_cycles(organization: Organization) -> QuerySet[BillingCycle]:
    """Return the cycles of an organization that wait for a person, oldest first."""
    held = BillingCycle.objects.filter(organization=organization).exclude(state=CycleState.CLOSED)
    return held.exclude(held_reasons=[]).select_related("subscription").order_by("period_start", "pk")


def list_cycles_to_mend(organization: Organization) -> QuerySet[BillingCycle]:
    """Return the closed cycles of an organization of which doubtful charges were left out, oldest first."""
    closed = BillingCycle.objects.filter(organization=organization, state=CycleState.CLOSED)
    return closed.exclude(left_out=[]).select_related("subscription").order_by("period_start", "pk")


def list_too_late(organization: Organization) -> QuerySet[Any]:
    """Return the usage of an organization that came too late and nobody has dealt with, the newest first."""
    rows: QuerySet[Any] = with_settled(TooLateUsage.objects.filter(organization=organization))
    return rows.filter(settled=False).select_related("cycle").order_by("-last_received_at", "-pk")


def list_undelivered(organization: Organization) -> QuerySet[InvoiceDelivery]:
    """Return the documents that have not been handed over to anybody, the oldest first."""
    rows = InvoiceDelivery.objects.filter(organization=organization, queued_at__isnull=True)
    return rows.select_related("invoice").defer("invoice__frozen").order_by("invoice_id")
