"""The API's organizations: the billed parties that a key is for."""

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from subscriptions.api.caller import Code, caller_of, get_organization
from subscriptions.api.paging import Page, PageQuery, read_page
from subscriptions.models import Organization

router = Router(tags=["organizations"])


class OrganizationAnswer(Schema):
    """A billed party."""

    code: str = Field(description="How addresses and usage events name it.")
    name: str
    legal_name: str = Field(description="The bill-to name.")
    address: str = Field(description="The bill-to address, in lines.")
    country: str = Field(description="ISO 3166-1 alpha-2.")
    tax_id: str = Field(description="Empty: none is known.")
    language: str = Field(description="Of its documents and mail.")
    regions: list[str]


class OrganizationPage(Page):
    """Some organizations."""

    items: list[OrganizationAnswer]


@router.get("/organizations", response=OrganizationPage, summary="List organizations")
def list_organizations(request: HttpRequest, response: HttpResponse, query: Query[PageQuery]) -> OrganizationPage:
    """List the organizations that the key is for: its own, or of a platform's key all of them."""
    rows, following = read_page(request, response, caller_of(request).list_organizations(), query)
    return OrganizationPage(items=[_shown(row) for row in rows], next=following)


@router.get("/organizations/{organization}", response=OrganizationAnswer, summary="Read an organization")
def read_organization(request: HttpRequest, organization: Code) -> OrganizationAnswer:
    """Read an organization."""
    return _shown(get_organization(request, organization))


def _shown(organization: Organization) -> OrganizationAnswer:
    return OrganizationAnswer(
        code=organization.code,
        name=organization.name,
        legal_name=organization.legal_name,
        address=organization.address,
        country=organization.country,
        tax_id=organization.tax_id,
        language=organization.language,
        regions=organization.regions,
    )
