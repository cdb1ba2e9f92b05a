"""What runs by itself for agreements and the people around them."""

from celery import shared_task

from subscriptions.selectors import database_now
from subscriptions.services.mailing import send_pending_mail as send_everything_pending

MAILS_AT_ONCE = 200


@shared_task(name="subscriptions.send_pending_mail")
def send_pending_mail(**_later: object) -> None:
    """Send the mail that is due."""
    send_everything_pending(now=database_now(), limit=MAILS_AT_ONCE)
