"""Plays one story: set the scene, report the events, let the clock run from due instant to due instant."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import msgspec
from django.db import transaction

from invoices.choices import CycleState
from invoices.models import BillingCycle
from invoices.services.closing import Outcome
from invoices.services.orders import invoice_due_orders
from invoices.services.simulation.reading import Written
from invoices.services.simulation.result import Result, get_result
from invoices.services.simulation.scene import set_scene
from invoices.services.simulation.story import Story, StoryError
from invoices.services.sweeping import close_due_cycles
from subscriptions.domain.catalog import ProductKind
from subscriptions.domain.period import start_of_day
from subscriptions.models import Organization, Shipment, Subscription
from usage.services.decoding import decode_batch
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
    _let_time_pass(subscription, until=story.run_until)
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
    for failure in decode_batch(_JSON.encode(story.events)).failures:
        raise StoryError(f"events[{failure.index}].{failure.message}")
    try:
        report = import_trusted(story.events, organization=organization)
    except ForeignEventsError:
        raise StoryError("events[0].organization: is not the organization of this story; leave it out") from None
    for rejection in report.rejected:
        if rejection.reason != "conflict":
            raise StoryError(f"events[{rejection.index}].{rejection.message}")


def _let_time_pass(subscription: Subscription, *, until: datetime) -> None:
    """Run the sweep at every instant at which something falls due, in order."""
    instant = _next_instant(subscription)
    while instant is not None and instant <= until:
        invoice_due_orders(now=instant)
        for step in close_due_cycles(now=instant):
            if step.outcome is Outcome.FAILED:
                raise RuntimeError(f"The period of cycle {step.cycle_id} could not be worked out; the log says why.")
        instant = _next_instant(subscription)


def _next_instant(subscription: Subscription) -> datetime | None:
    """Return when something falls due next; None if the subscription has ended or waits for a person."""
    return min((*_instants_of_orders(subscription), *_instant_of_cycle(subscription)), default=None)


def _instants_of_orders(subscription: Subscription) -> Iterator[datetime]:
    services = subscription.orders.filter(charged=False, processed_on__isnull=False).exclude(
        product__kind=ProductKind.HARDWARE
    )
    shipments = Shipment.objects.filter(order__subscription=subscription, charged=False)
    for day in (*services.values_list("processed_on", flat=True), *shipments.values_list("shipped_on", flat=True)):
        if day is not None:
            yield start_of_day(day, time_zone=subscription.time_zone)


def _instant_of_cycle(subscription: Subscription) -> Iterator[datetime]:
    cycle = BillingCycle.objects.filter(subscription=subscription).order_by("-index").first()
    if cycle is None:
        yield start_of_day(subscription.effective_date, time_zone=subscription.time_zone)
    elif cycle.state != CycleState.CLOSED and not cycle.held_reasons:
        yield cycle.starts_at if cycle.state == CycleState.OPENING else cycle.cutoff_at
