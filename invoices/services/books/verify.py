"""Looks through the books, all of them or one organization's."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet

from invoices.services.books.cards import find_card_faults
from invoices.services.books.cycles import find_cycle_faults, find_issue_faults
from invoices.services.books.documents import find_document_faults
from invoices.services.books.fault import Fault
from invoices.services.books.frozen import find_thawed
from invoices.services.books.opening import find_opening_faults
from invoices.services.books.shadow import find_shadow_faults
from invoices.services.books.trail import find_other_trail_faults, find_trail_faults
from invoices.services.books.whole import find_event_faults, find_number_faults, find_tenant_faults
from subscriptions.models import Organization


def list_organizations_to_verify(code: str | None = None) -> QuerySet[Organization]:
    """Return every organization, or the one with this code."""
    organizations = Organization.objects.order_by("pk")
    return organizations if code is None else organizations.filter(code=code)


def verify_organization(organization_id: int, *, now: datetime | None) -> Iterator[Fault]:
    """Yield what is wrong with the books of one organization, and overdue at an instant; empty if nothing is."""
    yield from find_document_faults(organization_id)
    yield from find_card_faults(organization_id)
    yield from find_cycle_faults(organization_id, now=now)
    yield from find_issue_faults(organization_id)
    yield from find_shadow_faults(organization_id)
    yield from find_opening_faults(organization_id)
    yield from find_event_faults(organization_id)
    yield from find_trail_faults(organization_id)


def verify_whole() -> Iterator[Fault]:
    """Yield what is wrong with the books as a whole: numbers, rows of two organizations, tables that lost a guard."""
    yield from find_number_faults()
    yield from find_tenant_faults()
    yield from find_thawed()
    yield from find_other_trail_faults()


def verify_books(*, now: datetime | None) -> Iterator[Fault]:
    """Yield everything that is wrong with the books, and overdue at an instant; empty if nothing is."""
    yield from verify_whole()
    for organization_id in list_organizations_to_verify().values_list("pk", flat=True).iterator(chunk_size=1_000):
        yield from verify_organization(organization_id, now=now)
