"""What runs by itself for agreements."""

from celery import shared_task

from subscriptions.selectors import database_now
from subscriptions.services.mail import send_pending_mail as send_everything_pending

MAILS_AT_ONCE = 50


@shared_task(name="subscriptions.send_pending_mail")
def send_pending_mail(**_later: object) -> None:
    """Send the mails that wait."""
    send_everything_pending(now=database_now(), limit=MAILS_AT_ONCE)
