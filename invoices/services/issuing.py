"""Issues a document: number, frozen copy, lines, tax, ledger, its place in the queues for PDF and mail (BR-75)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection
from django.db.models import QuerySet
from moneyed import Money

from invoices.choices import DocumentType
from invoices.documents.notes import tax_notes
from invoices.domain.charge import Charge
from invoices.domain.draft import InvoiceDraft
from invoices.domain.ledger import Account, postings
from invoices.domain.tax_treatment import treatment_of
from invoices.models import (
    BillingCycle,
    DocumentBalance,
    Invoice,
    InvoiceDelivery,
    InvoiceLine,
    InvoiceTax,
    LedgerEntry,
    LedgerTransaction,
    NumberSeries,
    RenderedPdf,
    TermsSnapshot,
)
from invoices.selectors.accounts import get_open_balance
from invoices.services.announcing import announce_issued
from invoices.services.switch import hold_switch_on
from subscriptions.choices import AuditKind
from subscriptions.domain.money import at_precision
from subscriptions.domain.numbering import document_number
from subscriptions.domain.period import BillingPeriod
from subscriptions.models import IssuingEntity, Subscription
from subscriptions.selectors.catalog import get_product_names
from subscriptions.selectors.parties import copy_of_bill_to, copy_of_issuer
from subscriptions.services.auditing import Deed, record_all
from subscriptions.services.bulk import give_keys, insert_rows, insert_values, update_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """
    What a document belongs to: whose it is, which cycle made it, the period it is about, its terms, and when.

    One that `is_final` shows what is open of earlier ones (BR-16).
    """

    subscription: Subscription
    cycle: BillingCycle | None
    period: BillingPeriod | None
    issued_at: datetime
    terms: TermsSnapshot
    revision: str = ""
    is_final: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """Who issues a document, what is frozen with it, and what each of its lines is called (BR-76)."""

    issuing_entity: IssuingEntity
    frozen: Mapping[str, Any]
    descriptions: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A document to be issued: under which letterhead, what it says, what it belongs to."""

    head: Letterhead
    draft: InvoiceDraft
    issue: Issue


def issue_invoice(draft: InvoiceDraft, *, issue: Issue) -> Invoice:
    """
    Insert a numbered document with everything that belongs to it; call it last in the deciding transaction.

    :raises IntegrityError: if one of its charges was invoiced before (BR-70)
    :raises IssuingStoppedError: if issuing is switched off
    """
    return issue_invoices([(draft, issue)])[0]


def issue_invoices(drafts: Sequence[tuple[InvoiceDraft, Issue]]) -> list[Invoice]:
    """
    Insert documents as `issue_invoice` does, numbered in the order given, in as many statements for many as for one.

    :raises IntegrityError: if a charge was invoiced before (BR-70)
    :raises IssuingStoppedError: if issuing is switched off, also where there are no documents
    """
    languages = {issue.subscription.organization.language for _draft, issue in drafts}
    names = {language: get_product_names(language) for language in languages}
    return issue_letters(
        [
            Letter(
                head=Letterhead(
                    issuing_entity=issue.subscription.issuing_entity,
                    frozen=frozen_copy(issue.subscription, issue.period, draft, is_final=issue.is_final),
                    descriptions=describe_lines(draft, names[issue.subscription.organization.language]),
                ),
                draft=draft,
                issue=issue,
            )
            for draft, issue in drafts
        ]
    )


def issue_letters(letters: Sequence[Letter]) -> list[Invoice]:
    """
    Insert numbered documents under the letterheads of other ones, or of today.

    :raises IntegrityError: if a charge was invoiced before (BR-70)
    :raises IssuingStoppedError: if issuing is switched off, also where there are no documents
    """
    hold_switch_on()
    if not letters:
        return []
    invoices = [_unnumbered(letter) for letter in letters]
    give_keys(invoices)
    written = list(zip(invoices, letters, strict=True))
    # All that says no number is written before there is one: who else issues waits for the rest only.
    _write_parts(written)
    _number(written)
    insert_rows(invoices, keyed=True)
    post_documents([(invoice, _postings(letter.draft)) for invoice, letter in written])
    announce_issued(
        ((invoice, letter.issue.subscription, letter.head.issuing_entity) for invoice, letter in written),
        now=max(letter.issue.issued_at for letter in letters),
    )
    record_all(_issued(invoice) for invoice in invoices)
    return invoices


def _unnumbered(letter: Letter) -> Invoice:
    issue = letter.issue
    return Invoice(
        organization_id=issue.subscription.organization_id,
        subscription_id=issue.subscription.pk,
        cycle_id=None if issue.cycle is None else issue.cycle.pk,
        issuing_entity_id=letter.head.issuing_entity.pk,
        **document_columns(letter.draft),
        terms_snapshot_id=issue.terms.pk,
        frozen=letter.head.frozen,
    )


def _write_parts(written: Sequence[tuple[Invoice, Letter]]) -> None:
    """Write what belongs to documents that are written after it, in the same transaction."""
    insert_values(
        InvoiceLine,
        (
            {"invoice_id": invoice.pk, **line}
            for invoice, letter in written
            for line in document_lines(invoice, letter.draft, letter.head.descriptions, revision=letter.issue.revision)
        ),
    )
    insert_values(
        InvoiceTax,
        (
            {"invoice_id": invoice.pk, **tax}
            for invoice, letter in written
            for tax in document_taxes(invoice, letter.draft)
        ),
    )
    open_balances([invoice for invoice, _letter in written])
    queued = [_queued(*one) for one in written]
    insert_values(RenderedPdf, queued)
    insert_values(InvoiceDelivery, queued)


def _issued(invoice: Invoice) -> Deed:
    """Return what the audit trail keeps of a document: enough to know that it is still the one that was issued."""
    is_credit_note = invoice.document_type == DocumentType.CREDIT_NOTE
    return Deed(
        organization_id=invoice.organization_id,
        kind=AuditKind.DOCUMENT,
        deed="credit_note_issued" if is_credit_note else "invoice_issued",
        subject=invoice,
        # Who asked for a credit note is told beside its reason.
        by=None,
        at=invoice.issued_at,
        facts=facts_of_document(invoice),
    )


def facts_of_document(invoice: Invoice) -> dict[str, str]:
    """Return what names and sums up a document, the same however it is stored."""
    return {
        "number": invoice.number,
        "issuer": str(invoice.issuing_entity_id),
        "invoice_day": invoice.invoice_date.isoformat(),
        "due_day": invoice.due_date.isoformat(),
        "currency": invoice.currency,
        "tax_amount": at_precision(Money(invoice.tax, invoice.currency)),
        "amount": at_precision(Money(invoice.total, invoice.currency)),
    }


def _queued(invoice: Invoice, letter: Letter) -> dict[str, Any]:
    """Return the place of a document in a queue."""
    organization_id = invoice.organization_id
    return {"invoice_id": invoice.pk, "organization_id": organization_id, "next_attempt_at": letter.issue.issued_at}


def _number(written: Sequence[tuple[Invoice, Letter]]) -> None:
    """
    Give documents the next numbers of their series, and the instants of their issue (BR-75).

    The series' rows stay locked until the documents are committed, so no number is ever lost. Of two sweeps that
    overlap the one that began earlier may come here later: the order of numbers is the order of issue all the same.
    """
    series = lock_series(
        {
            (invoice.issuing_entity_id, invoice.document_type): letter.issue.issued_at
            for invoice, letter in reversed(written)
        }
    )
    for invoice, letter in written:
        row = series[invoice.issuing_entity_id, invoice.document_type]
        row.last_number += 1
        row.last_issued_at = max(row.last_issued_at, letter.issue.issued_at)
        invoice.sequence, invoice.issued_at = row.last_number, row.last_issued_at
        prefix = prefix_of(letter.head.issuing_entity, invoice.document_type)
        invoice.number = document_number(prefix=prefix, sequence=row.last_number)
    update_rows(series.values(), ["last_number", "last_issued_at"])


def lock_series(first_issue: Mapping[tuple[int, str], datetime]) -> dict[tuple[int, str], NumberSeries]:
    """
    Lock series, named by issuing entity and type, always in the same order; one that is new is made.

    The instant is that from which a new one counts: nothing in it is older.
    """
    wanted = NumberSeries.objects.filter(
        issuing_entity__in={entity_id for entity_id, _type in first_issue},
        document_type__in={document_type for _entity_id, document_type in first_issue},
    ).order_by("issuing_entity", "document_type")
    if connection.features.has_select_for_update:
        wanted = wanted.select_for_update()
    found = _by_series(wanted)
    missing = sorted(first_issue.keys() - found.keys())
    if missing:
        NumberSeries.objects.bulk_create(
            [
                NumberSeries(issuing_entity_id=entity_id, document_type=document_type, last_issued_at=issued_at)
                for entity_id, document_type in missing
                for issued_at in [first_issue[entity_id, document_type]]
            ],
            ignore_conflicts=True,
        )
        found = _by_series(wanted.all())
    return {key: found[key] for key in first_issue}


def _by_series(rows: QuerySet[NumberSeries]) -> dict[tuple[int, str], NumberSeries]:
    return {(row.issuing_entity_id, row.document_type): row for row in rows}


def prefix_of(entity: IssuingEntity, document_type: str) -> str:
    """Return how the numbers of a series begin."""
    return entity.credit_note_prefix if document_type == DocumentType.CREDIT_NOTE else entity.invoice_prefix


def descriptions_of(draft: InvoiceDraft, *, language: str) -> list[str]:
    """Return what each line of a document is called today."""
    return describe_lines(draft, get_product_names(language))


def describe_lines(draft: InvoiceDraft, names: Mapping[str, str]) -> list[str]:
    """Return what each line of a document is called, by the names of products."""
    return [names.get(charge.product, charge.product) for charge in draft.lines]


def document_columns(draft: InvoiceDraft) -> dict[str, Any]:
    """Return what a document says as a whole, by column."""
    return {
        "document_type": (DocumentType.CREDIT_NOTE if draft.is_credit_note else DocumentType.INVOICE).value,
        "invoice_date": draft.invoice_date,
        "due_date": draft.due_date,
        "currency": draft.currency,
        "subtotal": draft.subtotal.amount,
        "tax": draft.tax.amount,
        "total": draft.total.amount,
    }


def document_lines(
    invoice: Invoice, draft: InvoiceDraft, descriptions: Sequence[str], *, revision: str
) -> list[dict[str, Any]]:
    """Return the lines of a document in their order, by column; `revision` names the close that corrects."""
    return [
        _line(invoice, position, charge, description, revision)
        for position, (charge, description) in enumerate(zip(draft.lines, descriptions, strict=True))
    ]


def document_taxes(invoice: Invoice, draft: InvoiceDraft) -> list[dict[str, Any]]:
    """Return the taxes of a document in their order, by column."""
    return [
        {
            "organization_id": invoice.organization_id,
            "position": position,
            "authority": tax.rate.authority,
            "rate": tax.rate.rate,
            "taxable": tax.rate.taxable,
            "revenue": tax.revenue.amount,
            "amount": tax.amount.amount,
        }
        for position, tax in enumerate(draft.taxes)
    ]


def _line(invoice: Invoice, position: int, charge: Charge, description: str, revision: str) -> dict[str, Any]:
    return {
        "organization_id": invoice.organization_id,
        "subscription_id": invoice.subscription_id,
        "position": position,
        "description": description,
        "charge_key": charge.key(revision),
        **line_columns(charge),
    }


def line_columns(charge: Charge) -> dict[str, Any]:
    """Return what a charge says, by column of an invoice line."""
    return {
        "kind": charge.kind.value,
        "corrects": charge.corrects.value if charge.corrects else "",
        "product": charge.product,
        "quantity": charge.quantity,
        "unit_price": charge.unit_price,
        "months": charge.months,
        "amount": charge.amount.amount,
        "service_start": charge.service.start,
        "service_end": charge.service.last_day,
        "tax_category": charge.tax_category.value,
        "destination": charge.destination,
        "direction": charge.direction,
        "days": charge.days,
        "period_days": charge.period_days,
    }


def post_documents(written: Sequence[tuple[Invoice, Mapping[Account, Money]]]) -> None:
    """Write the double entry of each document: of ours receivable against revenue and tax."""
    transactions = insert_rows(
        (
            LedgerTransaction(
                organization_id=invoice.organization_id,
                currency=invoice.currency,
                posted_at=invoice.issued_at,
                invoice_id=invoice.pk,
            )
            for invoice, _entries in written
        ),
        keyed=True,
    )
    insert_values(
        LedgerEntry,
        (
            {
                "organization_id": transaction.organization_id,
                "transaction_id": transaction.pk,
                "account": account.value,
                "currency": transaction.currency,
                "amount": amount.amount,
            }
            for transaction, (_invoice, entries) in zip(transactions, written, strict=True)
            for account, amount in entries.items()
        ),
    )


def open_balances(documents: Sequence[Invoice]) -> None:
    """Write that all of each document is open."""
    insert_values(
        DocumentBalance,
        (
            {"document_id": document.pk, "organization_id": document.organization_id, "open": document.total}
            for document in documents
        ),
    )


def _postings(draft: InvoiceDraft) -> Mapping[Account, Money]:
    return postings(subtotal=draft.subtotal, tax=draft.tax, is_credit_note=draft.is_credit_note)


def frozen_copy(
    subscription: Subscription, period: BillingPeriod | None, draft: InvoiceDraft, *, is_final: bool
) -> dict[str, Any]:
    """
    Copy names, addresses, bank details and terms as they stand: the document never changes when they do (BR-76).

    Of the issuing entity that is everything but its number series (BR-79). A final invoice shows what is open (BR-16).
    """
    organization = subscription.organization
    balance = get_open_balance(organization.pk, subscription.currency) if is_final else None
    return {
        "issuer": copy_of_issuer(subscription.issuing_entity, currency=subscription.currency),
        "bill_to": copy_of_bill_to(organization),
        "language": organization.language,
        "time_zone": subscription.time_zone,
        "net_days": subscription.net_days,
        "po_number": subscription.po_number,
        "commercial_model": subscription.commercial_model,
        "licensing_model": subscription.licensing_model,
        "edition": subscription.edition,
        "period": {"start": period.start.isoformat(), "last_day": period.last_day.isoformat()} if period else None,
        "tax": _taxation(draft),
        "notes": tax_notes(draft, language=organization.language),
    } | ({} if balance is None else {"open_balance": at_precision(balance)})


def _taxation(draft: InvoiceDraft) -> dict[str, Any]:
    """Copy how a document is taxed and why (BR-78)."""
    facts = draft.tax_facts
    if facts is None:
        return {}
    return {"treatment": treatment_of(facts, on=draft.invoice_date).value, **msgspec.to_builtins(facts)}
