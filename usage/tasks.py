"""What runs by itself for usage."""

from datetime import timedelta

from celery import shared_task

from subscriptions.selectors.clock import database_now
from usage.services.exceeding import announce_next_exceeded
from usage.services.live import forget_unwatched, refresh_next
from usage.services.partitions import prepare_partitions
from usage.services.throttling import forget_what_is_free
from usage.services.trials import sweep_trials as sweep_every_trial

A_TICK = timedelta(seconds=50)
"""One run of a task that is woken up all the time ends after this long: what is left is the next one's."""


@shared_task(name="usage.refresh_live_counts")
def refresh_live_counts(**_later: object) -> None:
    """Count the running periods anew that somebody looks at and that are too large for a page."""
    begun = database_now()
    forget_unwatched(now=begun)
    while (now := database_now()) < begun + A_TICK and refresh_next(now=now):
        pass


@shared_task(name="usage.announce_exceeded")
def announce_exceeded(**_later: object) -> None:
    """Queue webhooks about agreements of which more is in use than was committed to."""
    begun = database_now()
    while (now := database_now()) < begun + A_TICK and announce_next_exceeded(now=now):
        pass


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
