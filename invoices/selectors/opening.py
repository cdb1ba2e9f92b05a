"""Reads what is carried over from old systems: what waits to be, and what has become of it (ADR 43)."""

from collections.abc import Iterable

from django.db.models import QuerySet

from invoices.choices import DocumentType
from invoices.domain.moving_in.opening_balances import OpeningKind, OpeningSums, sums_of
from invoices.models import Invoice, OpeningBalance


def list_waiting(organization_id: int) -> QuerySet[OpeningBalance]:
    """Return what was entered of an organization and is not booked yet, oldest due first, credits last."""
    rows = OpeningBalance.objects.filter(
        organization=organization_id, withdrawn_at__isnull=True, document__isnull=True, payment__isnull=True
    )
    return rows.select_related("organization").order_by("-kind", "due_date", "pk")


def sums_of_rows(balances: Iterable[OpeningBalance]) -> OpeningSums:
    """Return what opening balances come to."""
    return sums_of((OpeningKind(balance.kind), balance.currency, balance.amount) for balance in balances)


def list_carried(organization_id: int) -> QuerySet[OpeningBalance]:
    """Return what was carried over of an organization, oldest due first, credits last, with what is open of it."""
    rows = OpeningBalance.objects.filter(organization=organization_id, withdrawn_at__isnull=True)
    booked = rows.exclude(document__isnull=True, payment__isnull=True)
    beside = booked.select_related("document__balance", "payment").defer("document__frozen")
    return beside.order_by("-kind", "due_date", "pk")


def of_ours(documents: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """Leave out what was carried over: documents that we never issued."""
    return documents.exclude(document_type=DocumentType.OPENING_ITEM)
