"""How a page about use finds its organization and a closed period of it, and names the documents of its close."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.http import Http404, HttpRequest
from django.utils.translation import get_language
from moneyed import Money

from invoices.documents.addresses import invoice_url
from invoices.models import BillingCycle
from invoices.selectors.issued import has_several_issuers, list_documents_of
from invoices.services.history import ClosedPeriod, find_closed_period
from subscriptions.domain.formatting import format_money
from subscriptions.models import Organization
from subscriptions.selectors.catalog import get_product_names
from subscriptions.selectors.people import list_organizations_with_usage_view
from subscriptions.views import get_organization
from usage.documents import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLink:
    """A document of a close: its number, its total, and where it is."""

    number: str
    total: str
    url: str


def get_visible(request: HttpRequest, code: str) -> Organization:
    """Return the organization with this code whose use the person may see."""
    return get_organization(code=code, among=list_organizations_with_usage_view(request.user), person=request.user)


def get_closed(organization: Organization, start: str) -> ClosedPeriod:
    """
    Return the closed period that began on the day that an address names.

    :raises Http404: if there is none
    """
    found = find_closed_period(organization, start=first_day(start))
    if found is None:
        raise Http404
    return found


def first_day(start: str) -> date:
    """
    Return the day that an address names.

    :raises Http404: if it is none
    """
    try:
        return date.fromisoformat(start)
    except ValueError as error:
        raise Http404 from error


def reader_in(time_zone: str) -> Reader:
    """Return for whom a page is written: the person who looks, on the clock of an agreement."""
    return Reader(language=get_language(), time_zone=time_zone, names=get_product_names(get_language() or "en"))


def documents_by_cycle(organization: Organization, cycles: Iterable[BillingCycle]) -> dict[int, Sequence[DocumentLink]]:
    """Return the documents that the closes of cycles issued, by cycle."""
    several, language = has_several_issuers(organization.pk), get_language()
    return {
        pk: [
            DocumentLink(
                number=invoice.number,
                total=format_money(Money(invoice.total, invoice.currency), language),
                url=invoice_url("invoice_detail", invoice, code=organization.code, several_issuers=several),
            )
            for invoice in documents
        ]
        for pk, documents in list_documents_of(cycles).items()
    }
