"""Lets time pass on a simulated clock: the sweeps run at every instant at which something falls due, in order."""

from collections.abc import Callable, Iterator
from datetime import datetime

from invoices.choices import CycleState
from invoices.models import BillingCycle
from invoices.services.closing import Outcome
from invoices.services.orders import try_due_orders
from invoices.services.sweeping import close_whatever_it_comes_to
from subscriptions.domain.catalog import ProductKind
from subscriptions.domain.period import start_of_day
from subscriptions.models import Order, Shipment, Subscription


def let_time_pass(*, until: datetime, watch: Callable[[datetime], None]) -> None:
    """
    Bill whatever falls due up to an instant; `watch` is told each instant before it is worked on.

    :raises RuntimeError: if a cycle could not be worked out, or an order not invoiced
    """
    instant = min(_instants(), default=None)
    while instant is not None and instant <= until:
        watch(instant)
        # What falls due at one instant is issued in this order: orders before cycles.
        for sold in try_due_orders(now=instant):
            if sold.error is not None:
                raise RuntimeError(f"Order {sold.order_id} could not be invoiced; the log says why.") from sold.error
        for step in close_whatever_it_comes_to(now=instant):
            if step.outcome is Outcome.FAILED:
                raise RuntimeError(f"The period of cycle {step.cycle_id} could not be worked out; the log says why.")
        instant = min(_instants(), default=None)


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
