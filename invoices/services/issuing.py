"""Issues a document: number, frozen copy, lines, tax, ledger, its place in the queues for PDF and mail (BR-75)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db.models import F

from invoices.choices import DocumentType
from invoices.documents.notes import tax_notes
from invoices.domain.charge import Charge
from invoices.domain.draft import InvoiceDraft
from invoices.domain.ledger import postings
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
from invoices.selectors import get_open_balance
from subscriptions.domain.money import at_precision
from subscriptions.domain.numbering import document_number
from subscriptions.domain.period import BillingPeriod
from subscriptions.models import IssuingEntity, Subscription
from subscriptions.selectors import copy_of_bill_to, copy_of_issuer, get_product_names


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


def issue_invoice(draft: InvoiceDraft, *, issue: Issue) -> Invoice:
    """
    Insert a numbered document with everything that belongs to it; call it last in the deciding transaction.

    :raises IntegrityError: if one of its charges was invoiced before (BR-70)
    """
    head = Letterhead(
        issuing_entity=issue.subscription.issuing_entity,
        frozen=frozen_copy(issue.subscription, issue.period, draft, is_final=issue.is_final),
        descriptions=descriptions_of(draft, language=issue.subscription.organization.language),
    )
    return issue_under(head, draft, issue=issue)


def issue_under(head: Letterhead, draft: InvoiceDraft, *, issue: Issue) -> Invoice:
    """
    Insert a numbered document under the letterhead of another one, or of today.

    :raises IntegrityError: if one of its charges was invoiced before (BR-70)
    """
    subscription, entity = issue.subscription, head.issuing_entity
    document_type = DocumentType.CREDIT_NOTE if draft.is_credit_note else DocumentType.INVOICE
    series = _next_in_series(entity, document_type, issue.issued_at)
    prefix = entity.credit_note_prefix if draft.is_credit_note else entity.invoice_prefix
    invoice = Invoice.objects.create(
        organization_id=subscription.organization_id,
        subscription=subscription,
        cycle=issue.cycle,
        issuing_entity=entity,
        document_type=document_type,
        sequence=series.last_number,
        number=document_number(prefix=prefix, sequence=series.last_number),
        issued_at=series.last_issued_at,
        invoice_date=draft.invoice_date,
        due_date=draft.due_date,
        currency=draft.currency,
        subtotal=draft.subtotal.amount,
        tax=draft.tax.amount,
        total=draft.total.amount,
        terms_snapshot=issue.terms,
        frozen=head.frozen,
    )
    InvoiceLine.objects.bulk_create(document_lines(invoice, draft, head.descriptions, revision=issue.revision))
    InvoiceTax.objects.bulk_create(document_taxes(invoice, draft))
    _post(invoice, draft)
    DocumentBalance.objects.create(document=invoice, organization_id=invoice.organization_id, open=invoice.total)
    RenderedPdf.objects.create(
        invoice=invoice, organization_id=invoice.organization_id, next_attempt_at=issue.issued_at
    )
    InvoiceDelivery.objects.create(
        invoice=invoice, organization_id=invoice.organization_id, next_attempt_at=issue.issued_at
    )
    return invoice


def _next_in_series(entity: IssuingEntity, document_type: DocumentType, issued_at: datetime) -> NumberSeries:
    """
    Take the next number of a series, and the instant of its issue (BR-75).

    The series' row stays locked until the document is committed, so no number is ever lost. Of two sweeps that overlap
    the one that began earlier may come here later: the order of numbers is the order of issue all the same.
    """
    series, _ = NumberSeries.objects.get_or_create(
        issuing_entity=entity, document_type=document_type, defaults={"last_issued_at": issued_at}
    )
    NumberSeries.objects.filter(pk=series.pk).update(last_number=F("last_number") + 1)
    series.refresh_from_db()
    if issued_at > series.last_issued_at:
        series.last_issued_at = issued_at
        series.save(update_fields=["last_issued_at"])
    return series


def descriptions_of(draft: InvoiceDraft, *, language: str) -> list[str]:
    """Return what each line of a document is called today."""
    names = get_product_names(language)
    return [names.get(charge.product, charge.product) for charge in draft.lines]


def document_lines(
    invoice: Invoice, draft: InvoiceDraft, descriptions: Sequence[str], *, revision: str
) -> list[InvoiceLine]:
    """Return the lines of a document in their order, not stored yet; `revision` names the close that corrects."""
    return [
        _line(invoice, position, charge, description, revision)
        for position, (charge, description) in enumerate(zip(draft.lines, descriptions, strict=True))
    ]


def document_taxes(invoice: Invoice, draft: InvoiceDraft) -> list[InvoiceTax]:
    """Return the taxes of a document in their order, not stored yet."""
    return [
        InvoiceTax(
            organization_id=invoice.organization_id,
            invoice=invoice,
            position=position,
            authority=tax.rate.authority,
            rate=tax.rate.rate,
            taxable=tax.rate.taxable,
            revenue=tax.revenue.amount,
            amount=tax.amount.amount,
        )
        for position, tax in enumerate(draft.taxes)
    ]


def _line(invoice: Invoice, position: int, charge: Charge, description: str, revision: str) -> InvoiceLine:
    return InvoiceLine(
        organization_id=invoice.organization_id,
        subscription_id=invoice.subscription_id,
        invoice=invoice,
        position=position,
        description=description,
        charge_key=charge.key(revision),
        **line_columns(charge),
    )


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


def _post(invoice: Invoice, draft: InvoiceDraft) -> None:
    """Write the double entry of a document (receivable against revenue and tax)."""
    transaction = LedgerTransaction.objects.create(
        organization_id=invoice.organization_id,
        currency=invoice.currency,
        posted_at=invoice.issued_at,
        invoice=invoice,
    )
    entries = postings(subtotal=draft.subtotal, tax=draft.tax, is_credit_note=draft.is_credit_note)
    LedgerEntry.objects.bulk_create(
        [
            LedgerEntry(
                organization_id=invoice.organization_id,
                transaction=transaction,
                account=account.value,
                currency=invoice.currency,
                amount=amount.amount,
            )
            for account, amount in entries.items()
        ]
    )


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
    return {} if facts is None else {"treatment": treatment_of(facts, on=draft.invoice_date).value} | asdict(facts)
