"""Renders the PDF of every issued document that has none yet; nothing here touches the books."""

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from invoices.documents import get_invoice_document
from invoices.models import Invoice, RenderedPdf
from invoices.pdf import PdfUnavailable, render_pdf, renderer_name
from subscriptions.domain.retry import retry_delay

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderingResult:
    """How many documents a sweep rendered, how many it has to try again, and why it could do none at all."""

    rendered: int = 0
    failed: int = 0
    unavailable: str = ""


def render_pending_pdfs(*, now: datetime, limit: int) -> RenderingResult:
    """
    Render up to `limit` documents that are due; a failed one is tried again later, for ever, and stops no other.

    Where PDFs cannot be made at all, what is pending says so and stays due: it is rendered as soon as they can.
    """
    try:
        renderer = renderer_name()
    except PdfUnavailable as reason:
        return _unavailable(str(reason), now=now)

    rendered = failed = 0
    while rendered + failed < limit and (claimed := _claim_next(now=now)) is not None:
        try:
            content = _render(claimed)
        # Whatever is wrong with one document, were it the soft time limit, the next one still gets its turn.
        except Exception as error:
            logger.exception("The PDF of invoice %s could not be rendered", claimed)
            _pending().filter(pk=claimed).update(last_error=f"{type(error).__name__}: {error}")
            failed += 1
        else:
            _store(claimed, content, renderer=renderer, now=now)
            rendered += 1
    return RenderingResult(rendered=rendered, failed=failed)


def _pending() -> QuerySet[RenderedPdf]:
    return RenderedPdf.objects.filter(rendered_at__isnull=True)


def _unavailable(reason: str, *, now: datetime) -> RenderingResult:
    due = _pending().filter(next_attempt_at__lte=now)
    if due.exclude(last_error=reason).update(last_error=reason):
        logger.warning(reason)
    return RenderingResult(unavailable=reason)


def _claim_next(*, now: datetime) -> int | None:
    """
    Take the document that has been due longest, and return its key.

    Its next attempt is put off before it is tried: other workers pass it by without a lock held while it renders, and
    one that takes its worker down is not tried again at once.
    """
    with transaction.atomic():
        due = _pending().filter(next_attempt_at__lte=now).order_by("next_attempt_at", "pk")
        claimed = due.select_for_update(skip_locked=True).only("attempts").first()
        if claimed is None:
            return None
        attempts = claimed.attempts + 1
        _pending().filter(pk=claimed.pk).update(
            attempts=attempts,
            next_attempt_at=now + retry_delay(attempts),
            last_error="Rendering began and did not end.",
        )
        return claimed.invoice_id


def _render(invoice_id: int) -> bytes:
    invoice = Invoice.objects.get(pk=invoice_id)
    return render_pdf(get_invoice_document(invoice, language=invoice.frozen["language"]))


def _store(invoice_id: int, content: bytes, *, renderer: str, now: datetime) -> None:
    # Still pending: a document is rendered once, and of two workers the first one's bytes stay.
    _pending().filter(pk=invoice_id).update(
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        rendered_at=now,
        renderer=renderer,
        last_error="",
    )
