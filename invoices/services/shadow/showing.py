"""Shows a shadow bill as the document that it would have been: the same lines, taxes and explanations, no number."""

from decimal import Decimal

from invoices.documents import InvoiceDocument, build_invoice_document
from invoices.documents.explanation import LineExplanation
from invoices.documents.explanation.basis import stored_people
from invoices.domain.charge import ChargeKind
from invoices.models import Invoice, InvoiceLine, InvoiceTax, ShadowBill, ShadowLine
from invoices.models.invoice import LineColumns
from invoices.services.explaining import Source, explain_line, period_of_advance
from invoices.services.inputs import load_inputs
from invoices.services.planning import period_of

COLUMNS = [field.name for field in LineColumns._meta.local_fields]  # noqa: SLF001


def get_shadow_document(bill: ShadowBill, *, language: str) -> InvoiceDocument | None:
    """Return a shadow bill for a reader; None if nothing was due."""
    lines = list(bill.lines.order_by("position"))
    if not lines:
        return None
    invoice = _invoice(bill)
    taxes = [
        InvoiceTax(
            invoice=invoice,
            position=position,
            authority=tax["authority"],
            **{name: Decimal(tax[name]) for name in ("rate", "taxable", "revenue", "amount")},
        )
        for position, tax in enumerate(bill.taxes)
    ]
    rows = [_line(line, invoice) for line in lines]
    return build_invoice_document(invoice=invoice, lines=rows, taxes=taxes, language=language)


def find_shadow_explanation(bill: ShadowBill, *, number: int, language: str) -> LineExplanation | None:
    """Return why the line at a place of a shadow bill is what it is, counted from 1; None if there is none."""
    line = bill.lines.filter(position=number - 1).first()
    return None if line is None else explain_shadow_line(line, bill=bill, language=language)


def explain_shadow_line(line: ShadowLine, *, bill: ShadowBill, language: str) -> LineExplanation:
    """Return why a line of a shadow bill is what it is, from what its close has kept (BR-77)."""
    row, cycle = _line(line, _invoice(bill)), bill.cycle
    inputs = load_inputs(bill.terms_snapshot)
    if line.kind == ChargeKind.PREPAY:
        period = period_of_advance(row, effective_date=cycle.subscription.effective_date)
        return explain_line(row, source=Source(inputs=inputs, period=period, snapshot=None), language=language)
    snapshot = cycle.usage_snapshot
    people = None if snapshot is None else stored_people(snapshot)
    source = Source(inputs=inputs, period=period_of(cycle), snapshot=snapshot, people=people)
    return explain_line(row, source=source, language=language)


def _invoice(bill: ShadowBill) -> Invoice:
    return Invoice(
        organization=bill.organization,
        subscription=bill.subscription,
        cycle=bill.cycle,
        terms_snapshot=bill.terms_snapshot,
        document_type=bill.document_type,
        number="",
        issued_at=bill.kept_at,
        invoice_date=bill.invoice_date,
        due_date=bill.due_date,
        currency=bill.currency,
        subtotal=bill.subtotal,
        tax=bill.tax,
        total=bill.total,
        frozen=bill.frozen,
    )


def _line(line: ShadowLine, invoice: Invoice) -> InvoiceLine:
    return InvoiceLine(invoice=invoice, **{name: getattr(line, name) for name in COLUMNS})
