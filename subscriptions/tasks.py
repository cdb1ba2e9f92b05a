"""What Celery wakes up: each task makes one service call and may run twice, late or not at all."""

from celery import shared_task

from subscriptions.selectors import database_now
from subscriptions.services.audit_chain import keep_heads
from subscriptions.services.mailing import send_pending_mail as send_everything_pending
from subscriptions.services.price_imports.uploads import forget_old_uploads
from subscriptions.services.price_imports.waking import TASK
from subscriptions.services.price_imports.working import work_on_imports
from subscriptions.services.quote_pdfs import render_pending_quotes as render_every_pending_quote

MAILS_AT_ONCE = 200
QUOTES_AT_ONCE = 50


@shared_task(name="subscriptions.send_pending_mail")
def send_pending_mail(**_later: object) -> None:
    """Send the mail that is due."""
    send_everything_pending(now=database_now(), limit=MAILS_AT_ONCE)


@shared_task(name="subscriptions.keep_audit_heads")
def keep_audit_heads(**_later: object) -> None:
    """Write down how far each chain of the audit trail has come."""
    keep_heads(now=database_now())


@shared_task(name=TASK)
def work_on_price_imports(**_later: object) -> None:
    """Read the files that were uploaded and import those that were confirmed."""
    work_on_imports(now=database_now())


@shared_task(name="subscriptions.forget_old_price_imports")
def forget_old_price_imports(**_later: object) -> None:
    """Delete the uploads that nobody confirmed."""
    forget_old_uploads(now=database_now())


@shared_task(name="subscriptions.render_pending_quotes")
def render_pending_quotes(**_later: object) -> None:
    """Render the issued quotes that have no PDF yet."""
    render_every_pending_quote(now=database_now(), limit=QUOTES_AT_ONCE)
