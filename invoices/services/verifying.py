"""Computes issued documents again from stored events and terms, and reports every difference (BR-77)."""

from collections.abc import Iterator

from invoices.domain.draft import InvoiceDraft
from invoices.domain.tax_treatment import treatment_of
from invoices.models import Invoice, InvoiceTax
from invoices.services.issuing import line_columns
from invoices.services.orders import replay_sale
from invoices.services.planning import replay_close, replay_opening


def verify_invoice(invoice: Invoice) -> list[str]:
    """Return what a document says beside what it would say if it were computed again; empty if nothing differs."""
    draft = _replay(invoice)
    if draft is None:
        return [f"{invoice.number}: nothing would be issued"]
    return [f"{invoice.number}: {difference}" for difference in _differences(invoice, draft)]


def _replay(invoice: Invoice) -> InvoiceDraft | None:
    cycle = invoice.cycle
    if cycle is None:
        return replay_sale(invoice)
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
        "tax treatment": draft.tax_facts and treatment_of(draft.tax_facts, on=draft.invoice_date).value,
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


def _tax(tax: InvoiceTax) -> tuple[object, ...]:
    return tax.authority, tax.rate, tax.taxable, tax.amount
