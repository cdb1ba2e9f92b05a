"""Reads who is in shadow, and what was kept and judged meanwhile (ADR 42)."""

from collections.abc import Collection
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from invoices.domain.charge import ChargeKind
from invoices.domain.moving_in.boundary import Boundary
from invoices.models import BillingCycle, Shadow, ShadowBill, ShadowLine
from subscriptions.models import Order, Shipment, Subscription


def boundary_of(shadow: Shadow) -> Boundary:
    """Return from when on an organization is really billed."""
    return Boundary(live_from=shadow.live_from, ahead_is_billed=bool(shadow.ahead_is_billed))


def list_boundaries(cycles: Collection[BillingCycle]) -> dict[int, Boundary]:
    """Return, by organization, the go-live boundaries of those that are or were in shadow, in one statement."""
    rows = Shadow.objects.filter(organization__among=[cycle.organization_id for cycle in cycles])
    return {shadow.organization_id: boundary_of(shadow) for shadow in rows}


def find_boundary(organization_id: int) -> Boundary | None:
    """Return from when on an organization is really billed; None if it never was in shadow."""
    shadow = Shadow.objects.filter(organization=organization_id).first()
    return None if shadow is None else boundary_of(shadow)


def not_closed_in_shadow(cycles: QuerySet[BillingCycle]) -> QuerySet[BillingCycle]:
    """Leave out the periods that were closed without a document because the old system bills them."""
    return cycles.exclude(Exists(ShadowBill.objects.filter(cycle=OuterRef("pk"), is_opening=False)))


def list_closed_in_shadow(subscription: Subscription) -> set[int]:
    """Return the keys of an agreement's periods that were closed in shadow."""
    closed = ShadowBill.objects.filter(subscription=subscription, is_opening=False)
    return set(closed.values_list("cycle_id", flat=True))


def list_advances_in_shadow(organization_id: int, *, day: date) -> list[ShadowLine]:
    """Return the advances for a day that stand in shadow."""
    rows = ShadowLine.objects.filter(
        organization=organization_id, kind=ChargeKind.PREPAY, service_start__lte=day, service_end__gte=day
    )
    return list(rows.select_related("bill").defer("bill__frozen").order_by("service_start", "product"))


def not_opened_in_shadow(cycles: QuerySet[BillingCycle]) -> QuerySet[BillingCycle]:
    """Leave out the periods whose advance the old system bills."""
    return cycles.exclude(Exists(ShadowBill.objects.filter(cycle=OuterRef("pk"), is_opening=True)))


def orders_of_ours(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Leave out the orders that the old system invoices: those processed before their organization goes live."""
    return orders.exclude(_in_shadow_on("processed_on"))


def shipments_of_ours(shipments: QuerySet[Shipment]) -> QuerySet[Shipment]:
    """Leave out the shipments that the old system invoices: those made before their organization goes live."""
    return shipments.exclude(_in_shadow_on("shipped_on"))


def _in_shadow_on(day: str) -> Exists:
    before_live = Q(live_from__isnull=True) | Q(live_from__gt=OuterRef(day))
    return Exists(Shadow.objects.filter(before_live, organization=OuterRef("organization")))
