"""Renders the PDF of every issued document that has none yet; nothing here touches the books."""

from datetime import datetime

from invoices.documents import get_invoice_document
from invoices.models import Invoice, RenderedPdf
from invoices.pdf import render_pdf
from subscriptions.services.rendering import RenderingResult, render_pending


def render_pending_pdfs(*, now: datetime, limit: int) -> RenderingResult:
    """Render up to `limit` documents that are due; see `render_pending` for what becomes of those that fail."""
    return render_pending(RenderedPdf.objects.all(), _render, now=now, limit=limit)


def _render(invoice_id: int) -> bytes:
    invoice = Invoice.objects.get(pk=invoice_id)
    return render_pdf(get_invoice_document(invoice, language=invoice.frozen["language"]))
