"""Computes issued documents again from stored events and terms, and reports every difference (BR-77)."""

from collections.abc import Iterator
from typing import TypeVar

from django.db.models import Exists, OuterRef, QuerySet

from invoices.choices import CycleState
from invoices.domain.draft import InvoiceDraft
from invoices.domain.tax_treatment import treatment_of
from invoices.models import BillingCycle, Credit, Invoice, InvoiceTax
from invoices.selectors.opening import of_ours
from invoices.selectors.shadow import not_closed_in_shadow, not_opened_in_shadow
from invoices.services.crediting import replay_credit
from invoices.services.inputs import stored_terms
from invoices.services.issuing import line_columns
from invoices.services.orders import replay_sale
from invoices.services.planning import replay_close, replay_opening
from subscriptions.domain.money import at_precision

Row = TypeVar("Row", Invoice, BillingCycle)


def list_documents_to_verify(*, organization_id: int | None) -> QuerySet[Invoice]:
    """Return every document that was issued here, or one organization's, in the order of issue."""
    documents = Invoice.objects.select_related("cycle__subscription", "cycle__terms_snapshot", "terms_snapshot")
    return _of(of_ours(documents), organization_id).order_by("pk")


def list_closes_without_document(*, organization_id: int | None) -> QuerySet[BillingCycle]:
    """Return the closed cycles whose close issued nothing: nothing was due then, and nothing must be now (BR-73)."""
    issued = Invoice.objects.filter(cycle=OuterRef("pk"), terms_snapshot=OuterRef("terms_snapshot"))
    return _of(not_closed_in_shadow(_closed().filter(~Exists(issued))), organization_id)


def list_openings_without_document(*, organization_id: int | None) -> QuerySet[BillingCycle]:
    """Return the closed first cycles for whose opening nothing was issued in advance."""
    issued = Invoice.objects.filter(cycle=OuterRef("pk")).exclude(terms_snapshot=OuterRef("terms_snapshot"))
    return _of(not_opened_in_shadow(_closed().filter(~Exists(issued), index=0)), organization_id)


def verify_invoice(invoice: Invoice) -> list[str]:
    """Return what a document says beside what it would say if it were computed again; empty if nothing differs."""
    draft = _replay(invoice)
    if draft is None:
        return [f"{invoice.number}: nothing would be issued"]
    return [f"{invoice.number}: {difference}" for difference in _differences(invoice, draft)]


def verify_close_without_document(cycle: BillingCycle) -> list[str]:
    """Return the document that a close should have issued; empty if nothing was due."""
    return _missing(cycle, replay_close(cycle, dated=cycle.period_end).draft)


def verify_opening_without_document(cycle: BillingCycle) -> list[str]:
    """
    Return the document that the opening of a first cycle should have issued; empty if nothing was due.

    An opening that issues nothing stores no terms; those of the first close say the same about the first period.
    """
    return _missing(cycle, replay_opening(cycle, terms=stored_terms(cycle), dated=cycle.period_start).draft)


def _of(rows: QuerySet[Row], organization_id: int | None) -> QuerySet[Row]:
    return rows if organization_id is None else rows.filter(organization_id=organization_id)


def _closed() -> QuerySet[BillingCycle]:
    cycles = BillingCycle.objects.filter(state=CycleState.CLOSED)
    return cycles.select_related("organization", "subscription", "terms_snapshot").order_by("pk")


def _missing(cycle: BillingCycle, draft: InvoiceDraft | None) -> list[str]:
    if draft is None:
        return []
    kind = "a credit note" if draft.is_credit_note else "an invoice"
    total = f"{draft.currency} {at_precision(draft.total)}"
    return [f"{cycle.organization.code}, period from {cycle.period_start}: {kind} over {total} is missing"]


def _replay(invoice: Invoice) -> InvoiceDraft | None:
    cycle = invoice.cycle
    if cycle is None:
        credit = Credit.objects.select_related("original__terms_snapshot").filter(invoice=invoice).first()
        if credit is None:
            return replay_sale(invoice)
        credit.invoice = invoice
        return replay_credit(credit)
    if invoice.terms_snapshot_id == cycle.terms_snapshot_id:
        return replay_close(cycle, dated=invoice.invoice_date).draft
    return replay_opening(cycle, terms=invoice.terms_snapshot, dated=invoice.invoice_date).draft


def _differences(invoice: Invoice, draft: InvoiceDraft) -> Iterator[str]:
    """Yield each figure that differs, stored beside computed; decimals are compared by value."""
    # A draft has at least one line: nothing due is no draft.
    lines = [line_columns(charge) for charge in draft.lines]
    taxes = list(invoice.taxes.order_by("position"))
    # Documents issued before it was kept have none.
    revenue = {tax.position: tax.revenue for tax in taxes if tax.revenue is not None}
    computed = {
        "document type": "credit_note" if draft.is_credit_note else "invoice",
        "currency": draft.currency,
        "due date": draft.due_date,
        "subtotal": draft.subtotal.amount,
        "tax": draft.tax.amount,
        "total": draft.total.amount,
        "lines": lines,
        "taxes": [(row.rate.authority, row.rate.rate, row.rate.taxable, row.amount.amount) for row in draft.taxes],
        "taxed revenue": {k: row.revenue.amount for k, row in enumerate(draft.taxes) if k in revenue},
        "tax treatment": _treatment(invoice, draft),
    }
    stored = {
        "document type": invoice.document_type,
        "currency": invoice.currency,
        "due date": invoice.due_date,
        "subtotal": invoice.subtotal,
        "tax": invoice.tax,
        "total": invoice.total,
        "lines": list(invoice.lines.order_by("position").values(*lines[0])),
        "taxes": [_tax(tax) for tax in taxes],
        "taxed revenue": revenue,
        "tax treatment": invoice.frozen.get("tax", {}).get("treatment"),
    }
    for name, value in stored.items():
        if value != computed[name]:
            yield f"{name}: issued {value}, computed {computed[name]}"


def _treatment(invoice: Invoice, draft: InvoiceDraft) -> str | None:
    """Return how a document is taxed by what was stored; a credit note by hand is taxed as what it credits."""
    credit = Credit.objects.select_related("original").filter(invoice=invoice).first()
    if credit is not None:
        treatment: str | None = credit.original.frozen.get("tax", {}).get("treatment")
        return treatment
    return treatment_of(draft.tax_facts, on=draft.invoice_date).value if draft.tax_facts else None


def _tax(tax: InvoiceTax) -> tuple[object, ...]:
    return tax.authority, tax.rate, tax.taxable, tax.amount
