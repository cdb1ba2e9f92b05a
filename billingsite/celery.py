"""The Celery application and the whole beat schedule: what runs by itself, and how often."""

import os
from datetime import UTC, datetime
from typing import Any

from celery import Celery, Task

from billingsite import heartbeats

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billingsite.settings")


class AuditedTask(Task):  # type: ignore[type-arg]
    """A task that the audit trail names as the origin of what it does."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Do the work."""
        # Late: Django is not set up yet when this module is read.
        from subscriptions.choices import AuditOrigin  # noqa: PLC0415
        from subscriptions.services.origin import acting_from  # noqa: PLC0415

        with acting_from(AuditOrigin.WORKER, str(self.name)):
            return super().__call__(*args, **kwargs)


app = Celery("seatbill", task_cls=AuditedTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
heartbeats.connect()

# A beat that starts for the first time ticks at once, not one interval later.
_NEVER = {"last_run_at": datetime(2000, 1, 1, tzinfo=UTC)}

# A tick that is lost, doubled or late changes nothing: each task asks the database what is due.
app.conf.beat_schedule = {
    # Whether it arrives is what it is about; ticks that no worker has taken do not pile up.
    "tick": {"task": "subscriptions.tick", "schedule": 60.0, "options": {"expires": 60}} | _NEVER,
    "close-due-cycles": {"task": "invoices.close_due_cycles", "schedule": 60.0} | _NEVER,
    "invoice-due-orders": {"task": "invoices.invoice_due_orders", "schedule": 60.0} | _NEVER,
    # An interval later than the others: what they bill is what it renders.
    "render-pending-pdfs": {"task": "invoices.render_pending_pdfs", "schedule": 60.0},
    "deliver-documents": {"task": "invoices.deliver_documents", "schedule": 60.0},
    "send-pending-mail": {"task": "invoices.send_pending_mail", "schedule": 60.0} | _NEVER,
    # Of a payment whose notice is an hour late.
    "ask-about-card-payments": {
        "task": "invoices.ask_about_card_payments",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "announce-states": {"task": "invoices.announce_states", "schedule": 60.0, "options": {"expires": 60}},
    "announce-trials": {"task": "subscriptions.announce_trials", "schedule": 600.0, "options": {"expires": 600}},
    "announce-exceeded": {"task": "usage.announce_exceeded", "schedule": 60.0, "options": {"expires": 60}},
    # Programs wait for it; ticks that no worker has taken do not pile up.
    "deliver-webhooks": {"task": "subscriptions.deliver_webhooks", "schedule": 10.0, "options": {"expires": 30}},
    "forget-webhooks": {"task": "subscriptions.forget_webhooks", "schedule": 3600.0},
    # Somebody waits at a page; ticks that no worker has taken do not pile up.
    "work-out-estimates": {"task": "invoices.work_out_estimates", "schedule": 10.0, "options": {"expires": 60}},
    # Lists of what is due read what it has worked out; ticks that no worker has taken do not pile up.
    "work-out-expected-bills": {
        "task": "invoices.work_out_expected_bills",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    # Pages show what it has counted: at most a minute old. Ticks that no worker has taken do not pile up.
    "refresh-live-counts": {"task": "usage.refresh_live_counts", "schedule": 10.0, "options": {"expires": 30}},
    "sweep-trials": {"task": "usage.sweep_trials", "schedule": 600.0} | _NEVER,
    "work-on-price-imports": {"task": "subscriptions.work_on_price_imports", "schedule": 60.0} | _NEVER,
    "work-on-bank-files": {"task": "invoices.work_on_bank_files", "schedule": 60.0} | _NEVER,
    # Of lines that have waited for days; ticks that no worker has taken do not pile up.
    "match-waiting-lines": {"task": "invoices.match_waiting_lines", "schedule": 300.0, "options": {"expires": 300}},
    "forget-old-price-imports": {"task": "subscriptions.forget_old_price_imports", "schedule": 3600.0} | _NEVER,
    # It only takes room: who sends the same again after days is a stranger.
    "forget-old-answers": {"task": "subscriptions.forget_old_answers", "schedule": 3600.0},
    # What it finds has come months late: an hour more does no harm.
    "list-too-late-usage": {"task": "invoices.list_too_late_usage", "schedule": 3600.0} | _NEVER,
    # A step is due for days: an hour more does no harm.
    "send-reminders": {"task": "invoices.send_reminders", "schedule": 3600.0} | _NEVER,
    # It reads everything once, and changes nothing.
    "verify-books": {"task": "invoices.verify_books", "schedule": 24 * 3600.0},
    # What it writes is worth something only once a copy of it lies elsewhere.
    "keep-audit-heads": {"task": "subscriptions.keep_audit_heads", "schedule": 24 * 3600.0} | _NEVER,
    # Somebody waits to send it to the customer.
    "render-pending-quotes": {"task": "subscriptions.render_pending_quotes", "schedule": 15.0} | _NEVER,
    # What it deletes means nothing; it only takes room.
    "forget-free-throttles": {"task": "usage.forget_free_throttles", "schedule": 3600.0},
    "prepare-event-partitions": {"task": "usage.prepare_event_partitions", "schedule": 6 * 3600.0} | _NEVER,
}
