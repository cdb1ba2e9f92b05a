"""Renders the PDF of every issued document that has none yet; nothing here touches the books."""

import hashlib
from datetime import datetime
from functools import partial

from invoices.documents import get_invoice_document
from invoices.models import EInvoiceFile, Invoice, RenderedPdf
from invoices.pdf import render_hybrid, render_pdf
from invoices.services.e_invoicing import find_e_invoice
from subscriptions.services.rendering import Rendered, RenderingResult, render_pending


def render_pending_pdfs(*, now: datetime, limit: int) -> RenderingResult:
    """
    Render up to `limit` documents that are due; see `render_pending` for what becomes of those that fail.

    A document whose e-invoice would not be right has failed, too: it waits with the reason, and does not go without.
    """
    return render_pending(RenderedPdf.objects.all(), partial(_render, now=now), now=now, limit=limit)


def _render(invoice_id: int, *, now: datetime) -> Rendered:
    invoice = Invoice.objects.select_related("organization", "terms_snapshot").get(pk=invoice_id)
    document = get_invoice_document(invoice, language=invoice.frozen["language"])
    e_invoice = find_e_invoice(invoice)
    if e_invoice is None:
        return Rendered(content=render_pdf(document))
    hybrid = render_hybrid(document, e_invoice)
    file = EInvoiceFile(
        invoice=invoice,
        organization_id=invoice.organization_id,
        content=hybrid.file,
        sha256=hashlib.sha256(hybrid.file).hexdigest(),
        stored_at=now,
    )
    return Rendered(content=hybrid.pdf, beside=[file])
