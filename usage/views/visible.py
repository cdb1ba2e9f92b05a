"""How the pages about use find their organization, and for whom they write."""

from django.http import HttpRequest
from django.utils.translation import get_language

from subscriptions.models import Organization
from subscriptions.selectors.catalog import get_product_names
from subscriptions.selectors.people import list_organizations_with_usage_view
from subscriptions.views import get_organization
from usage.documents import Reader


def get_visible(request: HttpRequest, code: str) -> Organization:
    """
    Return the organization of an address, for who may see its use.

    :raises PermissionDenied: if the person belongs to it without that
    :raises Http404: if it is not theirs
    """
    return get_organization(code=code, among=list_organizations_with_usage_view(request.user), person=request.user)


def reader_in(time_zone: str) -> Reader:
    """Return for whom a page is written, in the language that is spoken now."""
    language = get_language() or "en"
    return Reader(language=language, time_zone=time_zone, names=get_product_names(language))


def reader_of(organization: Organization) -> Reader:
    """Return for whom a page is written that needs no agreement: in the newest one's zone, in UTC without one."""
    zones = organization.subscriptions.order_by("-effective_date").values_list("time_zone", flat=True)
    return reader_in(zones.first() or "UTC")
