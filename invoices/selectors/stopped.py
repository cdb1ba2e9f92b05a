"""Reads whether documents are issued at all, and for whom not."""

from typing import TypeVar

from django.db.models import Exists, OuterRef, QuerySet

from invoices.models import BillingCycle, IssuingSwitch, Parking
from subscriptions.models import Order, Shipment

Row = TypeVar("Row", BillingCycle, Order, Shipment)


def get_switch_off() -> IssuingSwitch | None:
    """Return who switched issuing off, when and why; None while documents are issued."""
    latest = IssuingSwitch.objects.select_related("switched_by").order_by("-pk").first()
    return None if latest is None or latest.is_on else latest


def list_parked() -> QuerySet[Parking]:
    """Return the organizations for which nothing is issued, with what is wrong."""
    return Parking.objects.filter(unparked_at__isnull=True)


def find_parking(organization_id: int) -> Parking | None:
    """Return why nothing is issued for an organization; None if it is not parked."""
    return list_parked().filter(organization_id=organization_id).first()


def of_no_parked_organization(rows: QuerySet[Row]) -> QuerySet[Row]:
    """Return the rows of organizations that are not parked."""
    return rows.filter(~Exists(list_parked().filter(organization=OuterRef("organization"))))
