"""Plays one story: set the scene, report the events, let the clock run from due instant to due instant."""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from django.db import transaction

from invoices.services.simulated_time import let_time_pass
from invoices.services.simulation.reading import Written
from invoices.services.simulation.result import Result, get_result
from invoices.services.simulation.scene import set_scene
from invoices.services.simulation.story import Story, StoryError
from subscriptions.models import Organization, Subscription
from usage.services.decoding import UnreadableBodyError, decode_batch
from usage.services.importing import import_trusted
from usage.services.ingestion import ForeignEventsError

_JSON = msgspec.json.Encoder()


def play_story(written: Written) -> Result:
    """
    Return every document a story issues, its exceptions and what is held; nothing stays in the database.

    :raises StoryError: if the story cannot be played, with the path of the field
    """
    with _clean_ground():
        return get_result(written, perform(written.story))


def perform(story: Story) -> Subscription:
    """
    Let a story happen in the database the connection points at, and leave it there.

    :raises StoryError: if the story cannot be played, with the path of the field
    """
    subscription = set_scene(story)
    _report_events(story, subscription.organization)
    let_time_pass(until=story.run_until, watch=lambda _instant: None)
    return subscription


@contextmanager
def _clean_ground() -> Iterator[None]:
    """Undo whatever the story did: the next one finds the database as this one did."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _report_events(story: Story, organization: Organization) -> None:
    """Hand the events to the product's own import; its refusals become the story's, but for conflicts."""
    if not story.events:
        return
    try:
        failures = decode_batch(_JSON.encode(story.events)).failures
    except UnreadableBodyError as error:
        raise StoryError(f"events: {error}") from None
    for failure in failures:
        raise StoryError(f"events[{failure.index}].{failure.message}")
    try:
        report = import_trusted(story.events, organization=organization)
    except ForeignEventsError:
        raise StoryError("events[0].organization: is not the organization of this story; leave it out") from None
    for rejection in report.rejected:
        if rejection.reason != "conflict":
            raise StoryError(f"events[{rejection.index}].{rejection.message}")
