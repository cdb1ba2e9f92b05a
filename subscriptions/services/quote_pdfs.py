"""Renders the PDF of every issued quote that has none yet (BR-52)."""

from datetime import datetime

from subscriptions.documents.quote import get_quote_document
from subscriptions.models import Quote, QuotePdf
from subscriptions.pdf import render_pdf
from subscriptions.services.rendering import Rendered, RenderingResult, render_pending

TEMPLATE = "subscriptions/pdf/quote.html"


def render_pending_quotes(*, now: datetime, limit: int) -> RenderingResult:
    """Render up to `limit` quotes that are due; see `render_pending` for what becomes of those that fail."""
    return render_pending(QuotePdf.objects.all(), _render, now=now, limit=limit)


def _render(quote_id: int) -> Rendered:
    return Rendered(content=render_pdf(get_quote_document(Quote.objects.get(pk=quote_id)), template=TEMPLATE))
