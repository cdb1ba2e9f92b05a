"""Renders the PDFs that are pending, whatever documents they are of; nothing here touches the documents."""

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet

from subscriptions.domain.retry import retry_delay
from subscriptions.models import PdfRow
from subscriptions.models.rendered import RENDERING_BEGAN
from subscriptions.pdf import PdfUnavailable, renderer_name
from subscriptions.services.bulk import insert_rows

Row = TypeVar("Row", bound=PdfRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A PDF, and the rows that are stored with it or not at all."""

    content: bytes
    beside: Sequence[Model] = ()


Render = Callable[[int], Rendered]
"""Returns the PDF of the document with a key."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderingResult:
    """How many documents a sweep rendered, how many it has to try again, and why it could do none at all."""

    rendered: int = 0
    failed: int = 0
    unavailable: str = ""


def render_pending(rows: QuerySet[Row], render: Render, *, now: datetime, limit: int) -> RenderingResult:
    """
    Render up to `limit` documents that are due; a failed one is tried again later, for ever, and stops no other.

    `rows` is the whole queue of one kind of document. Where PDFs cannot be made at all, what is pending says so and
    stays due: it is rendered as soon as they can.
    """
    pending = rows.filter(rendered_at__isnull=True)
    try:
        renderer = renderer_name()
    except PdfUnavailable as reason:
        return _unavailable(pending, str(reason), now=now)

    rendered = failed = 0
    while rendered + failed < limit and (claimed := _claim_next(pending, now=now)) is not None:
        try:
            rendering = render(claimed)
        # Whatever is wrong with one document, were it the soft time limit, the next one still gets its turn.
        except Exception as error:
            logger.exception("The PDF of %s %s could not be rendered", rows.model.__name__, claimed)
            pending.filter(pk=claimed).update(last_error=f"{type(error).__name__}: {error}")
            failed += 1
        else:
            _store(pending.filter(pk=claimed), rendering, renderer=renderer, now=now)
            rendered += 1
    return RenderingResult(rendered=rendered, failed=failed)


def _unavailable(pending: QuerySet[Row], reason: str, *, now: datetime) -> RenderingResult:
    due = pending.filter(next_attempt_at__lte=now)
    if due.exclude(last_error=reason).update(last_error=reason):
        logger.warning(reason)
    return RenderingResult(unavailable=reason)


def _claim_next(pending: QuerySet[Row], *, now: datetime) -> int | None:
    """
    Take the document that has been due longest, and return its key.

    Its next attempt is put off before it is tried: other workers pass it by without a lock held while it renders, and
    one that takes its worker down is not tried again at once.
    """
    with transaction.atomic():
        due = pending.filter(next_attempt_at__lte=now).order_by("next_attempt_at", "pk")
        claimed = due.select_for_update(skip_locked=True).only("attempts").first()
        if claimed is None:
            return None
        attempts = claimed.attempts + 1
        pending.filter(pk=claimed.pk).update(
            attempts=attempts,
            next_attempt_at=now + retry_delay(attempts),
            last_error=RENDERING_BEGAN,
        )
        return int(claimed.pk)


def _store(pending: QuerySet[Row], rendering: Rendered, *, renderer: str, now: datetime) -> None:
    with transaction.atomic():
        # Still pending: a document is rendered once, and of two workers the first one's bytes stay.
        is_first = pending.update(
            content=rendering.content,
            sha256=hashlib.sha256(rendering.content).hexdigest(),
            rendered_at=now,
            renderer=renderer,
            last_error="",
        )
        if is_first:
            insert_rows(rendering.beside)
