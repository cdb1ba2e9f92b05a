"""What Celery wakes up: each task makes one service call and may run twice, late or not at all."""

from celery import shared_task

from subscriptions.selectors import database_now
from subscriptions.services.quote_pdfs import render_pending_quotes as render_every_pending_quote

QUOTES_AT_ONCE = 50


@shared_task(name="subscriptions.render_pending_quotes")
def render_pending_quotes(**_later: object) -> None:
    """Render the issued quotes that have no PDF yet."""
    render_every_pending_quote(now=database_now(), limit=QUOTES_AT_ONCE)
