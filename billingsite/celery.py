"""The Celery application and the whole beat schedule: what runs by itself, and how often."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billingsite.settings")

app = Celery("seatbill")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# A tick that is lost, doubled or late changes nothing: each task asks the database what is due.
app.conf.beat_schedule = {
    "close-due-cycles": {"task": "invoices.close_due_cycles", "schedule": 60.0},
    "render-pending-pdfs": {"task": "invoices.render_pending_pdfs", "schedule": 60.0},
    "prepare-event-partitions": {"task": "usage.prepare_event_partitions", "schedule": 6 * 3600.0},
}
