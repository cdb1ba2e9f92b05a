"""What Celery wakes up: each task makes one service call and may run twice, late or not at all."""

from datetime import timedelta

from celery import shared_task

from subscriptions.models import Living
from subscriptions.selectors.clock import database_now
from subscriptions.services.audit_chain import keep_heads
from subscriptions.services.heartbeats import forget_the_gone, record_heartbeat
from subscriptions.services.idempotency import forget_old_answers
from subscriptions.services.price_imports.uploads import forget_old_uploads
from subscriptions.services.price_imports.waking import TASK
from subscriptions.services.price_imports.working import work_on_imports
from subscriptions.services.quote_pdfs import render_pending_quotes as render_every_pending_quote
from subscriptions.services.webhooks.delivering import deliver_webhooks as deliver_everything_due
from subscriptions.services.webhooks.forgetting import forget_old_deliveries, forget_replaced_secrets
from subscriptions.services.webhooks.trials import announce_trials_ending

QUOTES_AT_ONCE = 50

A_TICK = timedelta(seconds=20)
"""One run over webhooks begins nothing after this long: what is left is the next one's, and others get their turn."""


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


@shared_task(name="subscriptions.forget_old_answers")
def forget_old_api_answers(**_later: object) -> None:
    """Delete what the API answered to writes long ago."""
    forget_old_answers(now=database_now())


@shared_task(name="subscriptions.render_pending_quotes")
def render_pending_quotes(**_later: object) -> None:
    """Render the issued quotes that have no PDF yet."""
    render_every_pending_quote(now=database_now(), limit=QUOTES_AT_ONCE)


@shared_task(name="subscriptions.tick")
def tick(**_later: object) -> None:
    """Show that what the beat sends is carried out."""
    record_heartbeat(Living.TICK, now=database_now())
    forget_the_gone(now=database_now())


@shared_task(name="subscriptions.deliver_webhooks")
def deliver_webhooks(**_later: object) -> None:
    """Send the webhooks that are due."""
    deliver_everything_due(clock=database_now, until=database_now() + A_TICK)


@shared_task(name="subscriptions.announce_trials")
def announce_trials(**_later: object) -> None:
    """Queue webhooks about trials that end soon."""
    announce_trials_ending(now=database_now())


@shared_task(name="subscriptions.forget_webhooks")
def forget_webhooks(**_later: object) -> None:
    """Delete old deliveries, and secrets that sign nothing any more."""
    forget_old_deliveries(now=database_now())
    forget_replaced_secrets(now=database_now())
