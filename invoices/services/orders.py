"""Invoices one-time purchases: an order as soon as it is processed, hardware when it ships (BR-50, BR-51)."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection, models

from invoices.domain.charges.orders import Sale, sale_charge
from invoices.domain.draft import InvoiceDraft, draft_invoice
from invoices.domain.schedule import invoice_date
from invoices.models import Invoice
from invoices.selectors.shadow import orders_of_ours, shipments_of_ours
from invoices.selectors.stopped import get_switch_off, of_no_parked_organization
from invoices.services.inputs import SaleInputs, gather_tax, load_sale, save_inputs
from invoices.services.issuing import Issue, issue_invoice
from invoices.services.switch import IssuingStoppedError
from subscriptions.domain.catalog import ProductKind
from subscriptions.domain.period import start_of_day
from subscriptions.models import Order, Shipment
from subscriptions.services.transactions import in_one_transaction, waited_too_long

logger = logging.getLogger(__name__)

Row = TypeVar("Row", Order, Shipment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """What became of an order or a shipment that was due: its document, if anything was due, or why it failed."""

    order_id: int
    invoice: Invoice | None = None
    error: Exception | None = None


def invoice_due_orders(*, now: datetime) -> list[Invoice]:
    """Issue one invoice for each order and shipment that is due, as `try_due_orders` does, and return them."""
    return [sold.invoice for sold in try_due_orders(now=now) if sold.invoice is not None]


def try_due_orders(*, now: datetime) -> Iterator[Sold]:
    """
    Issue one invoice for each processed order and each shipment that has none yet, in the order they were placed.

    One that fails does not keep the next from its invoice; it is tried again by the next sweep. While issuing is
    switched off, or where an organization is parked, they wait.
    """
    if get_switch_off() is not None:
        return
    # The local date is at most a day ahead of UTC's anywhere; what is not due yet is passed over below.
    tomorrow = now.date() + timedelta(days=1)
    orders = Order.objects.filter(charged=False, processed_on__lte=tomorrow).exclude(product__kind=ProductKind.HARDWARE)
    shipments = Shipment.objects.filter(charged=False, shipped_on__lte=tomorrow)
    orders, shipments = orders_of_ours(orders), shipments_of_ours(shipments)
    due = [
        *((order_id, 0, order_id, _invoice_order) for order_id in orders.values_list("pk", flat=True)),
        *((order_id, 1, pk, _invoice_shipment) for order_id, pk in shipments.values_list("order_id", "pk")),
    ]
    for order_id, _turn, pk, invoice in sorted(due, key=lambda row: row[:3]):
        try:
            issued = in_one_transaction(partial(invoice, pk, now))
        except IssuingStoppedError:
            return
        except Exception as error:
            if isinstance(error, OperationalError | InterfaceError) and not waited_too_long(error):
                raise  # the database is not to be had: for nobody
            logger.exception("What order %s asks for could not be invoiced; the next sweep tries it again", order_id)
            yield Sold(order_id=order_id, error=error)
        else:
            yield Sold(order_id=order_id, invoice=issued)


def replay_sale(invoice: Invoice) -> InvoiceDraft | None:
    """Work out the document of an order or a shipment once more, from what was stored with it (BR-77)."""
    return _draft(load_sale(invoice.terms_snapshot), invoice.invoice_date)


def _invoice_order(order_id: int, now: datetime) -> Invoice | None:
    order = _lock(Order.objects.select_related("subscription__organization", "product"), order_id)
    if order is None or order.processed_on is None:
        return None
    return _invoice(order, _sale(order, f"order|{order.pk}", order.quantity, order.processed_on), now)


def _invoice_shipment(shipment_id: int, now: datetime) -> Invoice | None:
    shipment = _lock(
        Shipment.objects.select_related("order__subscription__organization", "order__product"), shipment_id
    )
    if shipment is None:
        return None
    sale = _sale(shipment.order, f"shipment|{shipment.pk}", shipment.quantity, shipment.shipped_on)
    return _invoice(shipment, replace(sale, hardware=True), now)


def _sale(order: Order, key: str, quantity: Decimal, on: date) -> Sale:
    return Sale(
        key=key,
        product=order.product_id,
        hardware=False,
        quantity=quantity,
        price=order.price,
        on=on,
        currency=order.subscription.currency,
        product_kind=ProductKind(order.product.kind),
    )


def _lock(rows: models.QuerySet[Row], pk: int) -> Row | None:
    """Lock an uncharged row; None if another process charges it or has just done so."""
    rows = of_no_parked_organization(rows.filter(pk=pk, charged=False))
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True, of=("self",))
    return rows.first()


def _invoice(row: Order | Shipment, sale: Sale, now: datetime) -> Invoice | None:
    subscription = row.subscription if isinstance(row, Order) else row.order.subscription
    due_at = start_of_day(sale.on, time_zone=subscription.time_zone)
    if due_at > now:
        return None
    dated = invoice_date(due_on=sale.on, due_at=due_at, issued_at=now, was_held=False, time_zone=subscription.time_zone)
    tax_rates, tax_facts = gather_tax(subscription, on=dated)
    inputs = SaleInputs(sale=sale, net_days=subscription.net_days, tax_rates=tax_rates, tax_facts=tax_facts)
    draft = _draft(inputs, dated)
    row.charged = True
    row.save(update_fields=["charged"])
    if draft is None:
        return None
    terms = save_inputs(inputs, organization_id=subscription.organization_id)
    issue = Issue(subscription=subscription, cycle=None, period=None, issued_at=now, terms=terms)
    return issue_invoice(draft, issue=issue)


def _draft(inputs: SaleInputs, dated: date) -> InvoiceDraft | None:
    return draft_invoice(
        [sale_charge(inputs.sale)],
        currency=inputs.sale.currency,
        dated=dated,
        net_days=inputs.net_days,
        tax_rates=inputs.tax_rates,
        tax_facts=inputs.tax_facts,
    )
