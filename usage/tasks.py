"""What runs by itself for usage."""

from celery import shared_task

from subscriptions.selectors import database_now
from usage.services.partitions import prepare_partitions
from usage.services.throttling import forget_what_is_free
from usage.services.trials import sweep_trials as sweep_every_trial


@shared_task(name="usage.prepare_event_partitions")
def prepare_event_partitions() -> None:
    """Make the coming months' partitions before the first event needs them."""
    prepare_partitions(now=database_now())


@shared_task(name="usage.sweep_trials")
def sweep_trials(**_later: object) -> None:
    """Warn of removals, remove, and watch the storage of trials."""
    sweep_every_trial(now=database_now())


@shared_task(name="usage.forget_free_throttles")
def forget_free_throttles() -> None:
    """Delete what is kept of senders that have used nothing of their rate for a while."""
    forget_what_is_free(now=database_now())
