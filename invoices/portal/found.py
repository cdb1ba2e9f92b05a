"""Finds what the address of a page about documents names, for those who may see it, and who may pay it."""

from urllib.parse import urlencode

from django.http import Http404, HttpRequest

from invoices.choices import DocumentType
from invoices.models import Invoice
from invoices.selectors.issued import has_several_issuers, list_invoices
from subscriptions.models import Organization
from subscriptions.selectors.people import list_organizations_to_pay_for, list_organizations_with_invoices
from subscriptions.views import get_organization


def find_organization(request: HttpRequest, code: str) -> Organization:
    """Return the organization with this code; whoever may not see its documents is answered 403 or 404."""
    return get_organization(code=code, among=list_organizations_with_invoices(request.user), person=request.user)


def find_document(request: HttpRequest, organization: Organization, number: str) -> Invoice:
    """
    Return the document with this number, ours or carried over from an old system; the newest if several issuing
    entities use it, and none is named.
    """
    found = list_invoices(organization).filter(number=number)
    documents = found.select_related("organization", "issuing_entity", "balance", "subscription")
    if issuer := request.GET.get("issuer"):
        documents = documents.filter(issuing_entity__code=issuer)
    document = documents.first()
    if document is None:
        raise Http404
    return document


def find_invoice(request: HttpRequest, organization: Organization, number: str) -> Invoice:
    """Return the document that we issued under this number; what was carried over has nothing but its page (ADR 43)."""
    document = find_document(request, organization, number)
    if document.document_type == DocumentType.OPENING_ITEM:
        raise Http404
    return document


def find_opening_item(organization: Organization, key: int) -> Invoice:
    """Return what was carried over from an old system under this key."""
    carried = list_invoices(organization).filter(document_type=DocumentType.OPENING_ITEM)
    document = carried.select_related("issuing_entity", "balance", "subscription").filter(pk=key).first()
    if document is None:
        raise Http404
    return document


def issuer_query(invoice: Invoice) -> str:
    """Return what an address says of the issuer: nothing, where its numbers cannot be mistaken (BR-75)."""
    several = has_several_issuers(invoice.organization_id)
    return f"?{urlencode({'issuer': invoice.issuing_entity.code})}" if several else ""


def may_pay(request: HttpRequest, organization: Organization) -> bool:
    """Tell whether a person pays online for an organization: one of its own people, never staff (BR-81)."""
    return list_organizations_to_pay_for(request.user).filter(pk=organization.pk).exists()
