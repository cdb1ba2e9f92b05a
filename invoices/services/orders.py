"""Invoices one-time purchases: an order as soon as it is processed, hardware when it ships (BR-50, BR-51)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TypeVar

from django.db import connection, models, transaction

from invoices.domain.charge import Charge
from invoices.domain.charges.orders import Sale, order_charge, shipment_charge
from invoices.domain.draft import draft_invoice
from invoices.domain.schedule import invoice_date
from invoices.models import Invoice
from invoices.selectors import get_tax_rates
from invoices.services.issuing import Issue, issue_invoice
from subscriptions.domain.catalog import ProductKind
from subscriptions.domain.period import start_of_day
from subscriptions.models import Order, Shipment, Subscription

Row = TypeVar("Row", Order, Shipment)


def invoice_due_orders(*, now: datetime) -> list[Invoice]:
    """Issue one invoice for each processed order and each shipment that has none yet, in the order they were placed."""
    # The local date is at most a day ahead of UTC's anywhere; what is not due yet is passed over below.
    tomorrow = now.date() + timedelta(days=1)
    orders = Order.objects.filter(charged=False, processed_on__lte=tomorrow).exclude(product__kind=ProductKind.HARDWARE)
    shipments = Shipment.objects.filter(charged=False, shipped_on__lte=tomorrow)
    due = [
        *((order_id, 0, order_id, _invoice_order) for order_id in orders.values_list("pk", flat=True)),
        *((order_id, 1, pk, _invoice_shipment) for order_id, pk in shipments.values_list("order_id", "pk")),
    ]
    invoices = []
    for _order_id, _turn, pk, invoice in sorted(due, key=lambda row: row[:3]):
        with transaction.atomic():
            issued = invoice(pk, now)
        if issued is not None:
            invoices.append(issued)
    return invoices


def _invoice_order(order_id: int, now: datetime) -> Invoice | None:
    order = _lock(Order.objects.select_related("subscription__organization"), order_id)
    if order is None or order.processed_on is None:
        return None
    sale = Sale(
        key=f"order|{order.pk}",
        product=order.product_id,
        quantity=order.quantity,
        price=order.price,
        on=order.processed_on,
        currency=order.subscription.currency,
    )
    return _invoice(order, order.subscription, sale, order_charge, now)


def _invoice_shipment(shipment_id: int, now: datetime) -> Invoice | None:
    shipment = _lock(Shipment.objects.select_related("order__subscription__organization"), shipment_id)
    if shipment is None:
        return None
    order = shipment.order
    sale = Sale(
        key=f"shipment|{shipment.pk}",
        product=order.product_id,
        quantity=shipment.quantity,
        price=order.price,
        on=shipment.shipped_on,
        currency=order.subscription.currency,
    )
    return _invoice(shipment, order.subscription, sale, shipment_charge, now)


def _lock(rows: models.QuerySet[Row], pk: int) -> Row | None:
    """Lock an uncharged row; None if another process charges it or has just done so."""
    rows = rows.filter(pk=pk, charged=False)
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True, of=("self",))
    return rows.first()


def _invoice(
    row: Order | Shipment, subscription: Subscription, sale: Sale, charge: Callable[[Sale], Charge], now: datetime
) -> Invoice | None:
    due_at = start_of_day(sale.on, time_zone=subscription.time_zone)
    if due_at > now:
        return None
    dated = _dated(sale.on, due_at, now, subscription)
    draft = draft_invoice(
        [charge(sale)],
        currency=sale.currency,
        dated=dated,
        net_days=subscription.net_days,
        tax_rates=get_tax_rates(subscription.organization_id, on=dated),
    )
    row.charged = True
    row.save(update_fields=["charged"])
    if draft is None:
        return None
    return issue_invoice(draft, issue=Issue(subscription=subscription, cycle=None, period=None, issued_at=now))


def _dated(on: date, due_at: datetime, now: datetime, subscription: Subscription) -> date:
    return invoice_date(due_on=on, due_at=due_at, issued_at=now, was_held=False, time_zone=subscription.time_zone)
