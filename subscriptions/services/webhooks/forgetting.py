"""Forgets what is past: deliveries after 30 days, and secrets that sign nothing any more."""

from datetime import datetime

from subscriptions.domain.webhook import KEPT_FOR
from subscriptions.models import WebhookDelivery, WebhookEndpoint

_AT_ONCE = 1_000


def forget_old_deliveries(*, now: datetime) -> int:
    """Delete the deliveries that were queued long ago and wait for nothing, and return how many there were."""
    forgotten = 0
    while keys := list(_old(now)):
        forgotten += WebhookDelivery.objects.filter(pk__in=keys).delete()[0]
    return forgotten


def forget_replaced_secrets(*, now: datetime) -> int:
    """Delete the secrets that have been replaced for a day, and return how many there were."""
    past = WebhookEndpoint.objects.filter(previous_until__lte=now)
    return past.update(previous_secret="", previous_until=None)


def _old(now: datetime) -> "list[int]":
    old = WebhookDelivery.objects.filter(queued_at__lt=now - KEPT_FOR, next_attempt_at__isnull=True)
    return list(old.order_by("queued_at").values_list("pk", flat=True)[:_AT_ONCE])
