"""Nothing is issued before an organization goes live, and what it would have been billed is kept whole (ADR 42)."""

from collections.abc import Iterator
from decimal import Decimal

from invoices.choices import CycleState
from invoices.domain.moving_in.boundary import Boundary
from invoices.models import BillingCycle, Invoice, Shadow, ShadowBill
from invoices.selectors.shadow import find_boundary, not_closed_in_shadow
from invoices.services.books.fault import Fault


def find_shadow_faults(organization_id: int) -> Iterator[Fault]:
    """Yield where an organization was billed by both systems, or by neither, and shadow bills that do not add up."""
    boundary = find_boundary(organization_id)
    if boundary is None:
        return
    for where, what in (
        *_issued(organization_id, boundary),
        *_missing(organization_id, boundary),
        *_sums(organization_id),
    ):
        yield Fault(organization_id=organization_id, where=where, what=what)


def _issued(organization_id: int, boundary: Boundary) -> Iterator[tuple[str, str]]:
    documents = Invoice.objects.filter(organization_id=organization_id).select_related("cycle").defer("frozen")
    for document in documents.order_by("pk").iterator(chunk_size=200):
        cycle = document.cycle
        if cycle is None:
            is_too_early = boundary.live_from is None
        else:
            is_opening = document.terms_snapshot_id != cycle.terms_snapshot_id
            is_too_early = boundary.keeps(cycle.period_start, is_opening=is_opening)
        if is_too_early:
            yield document.number, "it was issued for what the old system bills"


def _missing(organization_id: int, boundary: Boundary) -> Iterator[tuple[str, str]]:
    closed = BillingCycle.objects.filter(organization_id=organization_id, state=CycleState.CLOSED)
    bills = ShadowBill.objects.filter(organization_id=organization_id, is_opening=False)
    for start in bills.values_list("cycle__period_start", flat=True):
        if not boundary.keeps(start, is_opening=False):
            yield f"the period of {start}", "it was closed in shadow, and should have been billed"
    without = not_closed_in_shadow(closed).filter(closed_at__gte=_begun(organization_id))
    for start in without.values_list("period_start", flat=True):
        if boundary.keeps(start, is_opening=False):
            yield f"the period of {start}", "it was closed, and what it would have been billed was not kept"


def _begun(organization_id: int) -> object:
    return Shadow.objects.values_list("begun_at", flat=True).get(organization=organization_id)


def _sums(organization_id: int) -> Iterator[tuple[str, str]]:
    bills = ShadowBill.objects.filter(organization_id=organization_id).select_related("cycle").defer("frozen")
    for bill in bills.prefetch_related("lines").order_by("pk").iterator(chunk_size=200):
        where = f"shadow bill of the period of {bill.cycle.period_start}"
        lines = sum((line.amount for line in bill.lines.all()), start=Decimal(0))
        taxes = sum((Decimal(tax["amount"]) for tax in bill.taxes), start=Decimal(0))
        if (lines, taxes) != (bill.subtotal, bill.tax) or bill.subtotal + bill.tax != bill.total:
            yield where, f"{lines} and {taxes} of tax stand on it, its total is {bill.total}"
