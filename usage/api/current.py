"""The API's use to date: what was counted so far in the running period, against what is agreed and included."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from django.http import Http404, HttpRequest
from ninja import Router, Schema
from pydantic import Field

from subscriptions.api.caller import Code, caller_of, get_organization
from subscriptions.api.values import Instant, Period, Quantity, period, quantity
from subscriptions.domain.catalog import API_REQUESTS, DATA_STORAGE, LICENSE_RANK, LICENSES
from subscriptions.domain.terms import ContractTerms
from subscriptions.selectors.catalog import get_product_names
from usage.domain.concurrent import Peak
from usage.domain.fair_use import FairUse
from usage.services.current import get_current_usage

router = Router(tags=["usage"])

LANGUAGE = "en"
UNITS = {DATA_STORAGE: "GB", API_REQUESTS: "requests"}


class ProductUse(Schema):
    """How much of a license or add-on is used, against what is committed."""

    product: str
    name: str
    quantity: Quantity = Field(description="Users, seats at the peak, or whole hours, as the agreement counts them.")
    commitment: Quantity
    over: Quantity = Field(description="Above the commitment; 0 where there is none, as everything is billed then.")
    left: Quantity = Field(description="Of the commitment.")
    people: int | None = Field(description="How many people stand behind the quantity; null where it is not known.")


class ResourceUse(Schema):
    """How much of a resource is used, against what the licenses bring of it."""

    resource: str
    name: str
    unit: str = Field(description="minutes, GB (averaged over the period) or requests.")
    used: Quantity
    allotment: Quantity
    over: Quantity = Field(description="Whole units above the allotment.")


class PeakUse(Schema):
    """The most people who were in at once for long enough."""

    users: int
    license: str | None = Field(description="The license it is billed at; null: nobody held one.")
    first_reached_at: Instant | None
    configured: int = Field(description="How many could have been in.")


class CurrentUse(Schema):
    """
    The use of the running period.

    It is counted from the events received until `as_of`. Of very much use a worker counts, once somebody asks: until
    then `is_counted` is false, and nothing of the lists is there yet.
    """

    organization: str
    period: Period
    as_of: Instant
    is_counted: bool
    newer_is_to_come: bool = Field(description="A newer count is being made: ask again in a minute.")
    people: int | None = Field(description="How many logged in; null until it is counted.")
    licenses: list[ProductUse]
    add_ons: list[ProductUse]
    resources: list[ResourceUse]
    peak: PeakUse | None = Field(description="In concurrent licensing.")


@router.get("/organizations/{organization}/usage", response=CurrentUse, summary="Read the use to date")
def read_usage(request: HttpRequest, organization: Code) -> CurrentUse:
    """Read what was used so far in the running period; there is nothing to read while no agreement runs."""
    own = get_organization(request, organization)
    current = get_current_usage(organization=own, now=caller_of(request).asked_at)
    if current is None:
        raise Http404
    known, so_far = current.known, current.so_far
    names, index = get_product_names(LANGUAGE), known.period.index
    billable = so_far.billable if so_far else {}
    behind = so_far.behind if so_far else {}
    return CurrentUse(
        organization=own.code,
        period=period(known.period, time_zone=known.terms.time_zone),
        as_of=known.received_until,
        is_counted=so_far is not None,
        newer_is_to_come=current.is_awaited,
        people=so_far.people if so_far else None,
        licenses=licenses_of(billable, terms=known.terms, index=index, names=names, people=behind) if so_far else [],
        add_ons=add_ons_of(billable, terms=known.terms, index=index, names=names, people=behind) if so_far else [],
        resources=resources_of(so_far.fair_use, names=names) if so_far else [],
        peak=peak_of(so_far.peak) if so_far else None,
    )


def licenses_of(
    billable: Mapping[str, Decimal],
    *,
    terms: ContractTerms,
    index: int,
    names: Mapping[str, str],
    people: Mapping[str, int],
) -> list[ProductUse]:
    """Return the licenses that were agreed or used in a period, the highest first."""
    shown = (billable.keys() | set(terms.committed_products(index))) & set(LICENSES)
    return [
        _use(product, billable, terms.commitment(product, index), names, people.get(product))
        for product in sorted(shown, key=LICENSE_RANK.__getitem__, reverse=True)
    ]


def add_ons_of(
    billable: Mapping[str, Decimal],
    *,
    terms: ContractTerms,
    index: int,
    names: Mapping[str, str],
    people: Mapping[str, int],
) -> list[ProductUse]:
    """Return the add-ons that were agreed or used in a period, by code."""
    committed = set(terms.committed_products(index))
    shown = {product for product in terms.add_ons if billable.get(product) or product in committed}
    return [
        _use(product, billable, terms.commitment(product, index), names, people.get(product))
        for product in sorted(shown)
    ]


def resources_of(fair_use: Mapping[str, FairUse], *, names: Mapping[str, str]) -> list[ResourceUse]:
    """Return the resources of a period that were used or included, by code."""
    return [
        ResourceUse(
            resource=resource,
            name=names.get(resource, resource),
            unit=UNITS.get(resource, "minutes"),
            used=quantity(Fraction(use.used)),
            allotment=quantity(Fraction(use.allotment)),
            over=quantity(use.over),
        )
        for resource, use in sorted(fair_use.items())
    ]


def peak_of(peak: Peak | None) -> PeakUse | None:
    """Return the peak of a period, if it has one."""
    if peak is None:
        return None
    return PeakUse(
        users=peak.users,
        license=peak.tier,
        first_reached_at=peak.runs[0].start if peak.runs else None,
        configured=peak.configured,
    )


def _use(
    product: str, billable: Mapping[str, Decimal], committed: Decimal, names: Mapping[str, str], people: int | None
) -> ProductUse:
    used = billable.get(product, Decimal(0))
    return ProductUse(
        product=product,
        name=names.get(product, product),
        quantity=quantity(used),
        commitment=quantity(committed),
        over=quantity(max(Decimal(0), used - committed) if committed else 0),
        left=quantity(max(Decimal(0), committed - used)),
        people=people,
    )
