"""Reads the documents that were issued."""

from collections.abc import Iterable

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery

from invoices.models import (
    BillingCycle,
    Invoice,
)
from subscriptions.models import IssuingEntity, Organization


def list_credit_notes(invoice: Invoice) -> list[Invoice]:
    """Return the credit notes by hand of an invoice, in their order."""
    return list(Invoice.objects.filter(credit__original=invoice).defer("frozen").order_by("credit__place"))


def list_invoices(organization: Organization) -> QuerySet[Invoice]:
    """Return an organization's documents, newest first."""
    return Invoice.objects.filter(organization=organization).order_by("-issued_at", "-pk")


def list_documents_of(cycles: Iterable[BillingCycle]) -> dict[int, list[Invoice]]:
    """Return the documents that the closes of cycles issued, by cycle; the advance of an opening is not among them."""
    found: dict[int, list[Invoice]] = {cycle.pk: [] for cycle in cycles}
    # A close rates by the terms that the cycle keeps, an opening by some of its own.
    issued = Invoice.objects.filter(cycle__in=found, terms_snapshot=F("cycle__terms_snapshot"))
    for invoice in issued.select_related("issuing_entity").defer("frozen").order_by("issued_at", "pk"):
        cycle_id = invoice.cycle_id
        if cycle_id is not None:
            found[cycle_id].append(invoice)
    return found


def find_document_before(invoice: Invoice) -> Invoice | None:
    """
    Return the newest document of an earlier close of the same subscription, None if there is none to compare with.

    A close and an opening, which bills an advance alone, are not compared, nor is what an order was billed by.
    """
    closes = Invoice.objects.filter(
        subscription_id=invoice.subscription_id, currency=invoice.currency, cycle__isnull=False
    ).filter(terms_snapshot=F("cycle__terms_snapshot"))
    this = closes.filter(pk=invoice.pk).values("cycle__index")
    return closes.filter(cycle__index__lt=Subquery(this)).order_by("-cycle__index", "-pk").first()


def has_several_issuers(organization_id: int) -> bool:
    """Tell whether several issuing entities invoice an organization: a number alone then names no document (BR-75)."""
    # Asked of each issuing entity, of which there are few: so nobody reads all documents of the organization.
    documents = Invoice.objects.filter(organization_id=organization_id, issuing_entity=OuterRef("pk"))
    return len(IssuingEntity.objects.filter(Exists(documents)).values("pk")[:2]) > 1
