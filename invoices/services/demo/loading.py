"""
Loads the demo: writes the agreements, brings in the events and lets the past happen on a simulated clock.

A document that is issued more than three days late bears the day on which it is issued (BR-03), so four months closed
by today's sweep would all be dated today. Therefore the loader itself runs the sweep at each past instant at which
something fell due, in order, and stops two days short of today: those documents bear their anniversaries, as if
somebody had run the product all along. What fell due since, three cycles at least, is left to the real scheduled job,
which finds it on its first tick.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction

from invoices.choices import CycleState
from invoices.models import BillingCycle, Invoice
from invoices.services.closing import Outcome
from invoices.services.demo.scene import set_scene
from invoices.services.demo.shapes import Cast
from invoices.services.demo.usage import make_up_usage
from invoices.services.orders import invoice_due_orders
from invoices.services.sweeping import close_due_cycles
from subscriptions.domain.catalog import ProductKind
from subscriptions.domain.period import start_of_day
from subscriptions.models import Order, Organization, Shipment, Subscription
from usage.services.importing import import_trusted
from usage.services.keys import create_key
from usage.services.partitions import ensure_partitions

Watch = Callable[[str, int, int], None]
"""Is told what is being done, how much of it is done, and of how much."""

LEFT_TO_THE_SCHEDULER = timedelta(hours=36)
"""What falls due in this time before today's UTC midnight, and later, is not closed here: at most two days old."""


class OtherOrganizationsError(Exception):
    """The database holds organizations that are not the demo's: demo passwords have no place there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What was loaded; `key` is the secret of an ingestion key of `key_of`, not to be had again."""

    organizations: int
    events: int
    rejected: int
    documents: int
    held: int
    key: str
    key_of: str


def is_loaded(cast: Cast) -> bool:
    """Tell whether the demo is in the database; it is loaded as a whole or not at all."""
    return Organization.objects.filter(code__in=[customer.code for customer in cast.customers]).exists()


def load_demo(cast: Cast, *, today: date, now: datetime, watch: Watch) -> Loaded:
    """
    Load the whole demo or, if anything goes wrong, nothing; the same day gives the same events and documents.

    `today` is the date in UTC up to which things have happened, `now` is when the key is made.

    :raises OtherOrganizationsError: if the database holds organizations, whosever they are
    """
    if Organization.objects.exists():
        raise OtherOrganizationsError
    midnight = datetime.combine(today, time.min, tzinfo=UTC)
    earliest = min(customer.agreement.effective_date(today) for customer in cast.customers)
    # Ahead of the transaction, in which no partition is made (PostgreSQL).
    ensure_partitions([datetime.combine(earliest, time.min, tzinfo=UTC), midnight], received=midnight)
    with transaction.atomic():
        organizations = set_scene(cast, today=today)
        events, rejected = _report_events(cast, organizations, today, watch)
        _let_time_pass(datetime.combine(earliest, time.min, tzinfo=UTC), midnight - LEFT_TO_THE_SCHEDULER, watch)
        first = cast.customers[0]
        _, secret = create_key(
            organization=organizations[first.code], name="Demo: the platform's reports", created_by=None, now=now
        )
    return Loaded(
        organizations=len(organizations),
        events=events,
        rejected=rejected,
        documents=Invoice.objects.count(),
        held=BillingCycle.objects.exclude(held_reasons=[]).count(),
        key=secret,
        key_of=first.code,
    )


def _report_events(cast: Cast, organizations: dict[str, Organization], today: date, watch: Watch) -> tuple[int, int]:
    accepted = rejected = 0
    for place, customer in enumerate(cast.customers):
        watch("Bringing in usage events", place, len(cast.customers))
        report = import_trusted(make_up_usage(customer, today=today), organization=organizations[customer.code])
        accepted += report.accepted
        rejected += len(report.rejected)
    watch("Bringing in usage events", len(cast.customers), len(cast.customers))
    return accepted, rejected


def _let_time_pass(earliest: datetime, until: datetime, watch: Watch) -> None:
    """Run the sweep at every instant at which something falls due, in order."""
    days = max(1, (until - earliest).days)
    instant = min(_instants(), default=None)
    while instant is not None and instant <= until:
        watch("Billing past periods", min(days, (instant - earliest).days), days)
        invoice_due_orders(now=instant)
        for step in close_due_cycles(now=instant):
            if step.outcome is Outcome.FAILED:
                raise RuntimeError(f"The period of cycle {step.cycle_id} could not be worked out; the log says why.")
        instant = min(_instants(), default=None)
    watch("Billing past periods", days, days)


def _instants() -> Iterator[datetime]:
    """Yield when something falls due, now or later; what is held waits for a person."""
    for cycle in BillingCycle.objects.exclude(state=CycleState.CLOSED).filter(held_at__isnull=True):
        yield cycle.starts_at if cycle.state == CycleState.OPENING else cycle.cutoff_at
    for subscription in Subscription.objects.filter(cycles__isnull=True):
        yield start_of_day(subscription.effective_date, time_zone=subscription.time_zone)
    services = Order.objects.filter(charged=False).exclude(product__kind=ProductKind.HARDWARE)
    for order in services.select_related("subscription"):
        if order.processed_on is not None:
            yield start_of_day(order.processed_on, time_zone=order.subscription.time_zone)
    for shipment in Shipment.objects.filter(charged=False).select_related("order__subscription"):
        yield start_of_day(shipment.shipped_on, time_zone=shipment.order.subscription.time_zone)
