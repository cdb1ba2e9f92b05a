"""The overviews of a subscription, in the shapes that this field's tools read."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, TypeVar

from dateutil.relativedelta import relativedelta
from django.http import Http404, HttpRequest
from ninja import Path, Query, Router, Schema
from pydantic import Field

from invoices.api.shapes import (
    LANGUAGE,
    CamelSchema,
    Named,
    OrganizationCode,
    at_midnight,
    milliseconds,
    organization_of,
)
from invoices.services.period_use import PeriodUse, find_period_use, find_start, find_start_ago
from subscriptions.api.caller import caller_of, get_organization
from subscriptions.api.values import Quantity, quantity
from subscriptions.domain.catalog import API_REQUESTS, CONTACT_CENTER_TIERS, DATA_STORAGE
from subscriptions.domain.period import local_date, period_start, start_of_day
from subscriptions.domain.terms import CommercialModel, LicensingModel
from subscriptions.models import Organization
from subscriptions.selectors.catalog import get_product_names

router = Router(tags=["shapes that other tools read"])

Found = TypeVar("Found")

LATEST_MILLISECOND = 253_370_764_800_000
"""The first instant of the year 9999."""

TrustorId = Annotated[str, Path(description="The organization, by its code.", max_length=50)]


class OverviewQuery(Schema):
    """Which period."""

    periodEndingTimestamp: int | None = Field(  # noqa: N815
        default=None,
        ge=0,
        lt=LATEST_MILLISECOND,
        description="Where the period ends, in milliseconds since 1970; left out: the running one.",
    )
    organization: OrganizationCode = None


class TrusteeQuery(Schema):
    """Which period."""

    billingPeriodIndex: int = Field(  # noqa: N815
        default=0, ge=0, le=1200, description="0: the running period; 1: the last one that was closed; and so on."
    )


class SubscriptionOverviewUsage(CamelSchema):
    """
    A product: what is committed, what was used, and what it costs.

    A resource has a second row of the same name, grouped as `fair-use`, whose `usageQuantity` is the allotment.
    """

    name: str
    part_number: str
    grouping: str = Field(description="rollup: a license or add-on; rollup-usage: a resource; fair-use: its allotment.")
    unit_of_measure_type: str
    usage_quantity: Quantity
    overage_price: Quantity | None
    prepay_quantity: Quantity
    prepay_price: Quantity | None
    usage_notes: str
    is_cancellable: bool
    bundle_quantity: Quantity
    is_third_party: bool


class OverviewBase(CamelSchema):
    """What both overviews tell."""

    id: str
    name: str
    organization: Named
    currency: str
    enabled_products: list[str]
    subscription_type: CommercialModel
    billing_period_start_date: str
    billing_period_end_date: str = Field(description="The first day after the period.")
    usages: list[SubscriptionOverviewUsage]
    contract_amendment_date: str | None
    contract_effective_date: str
    contract_end_date: str | None = Field(description="The first day after the term; it renews unless it is cancelled.")
    minimum_monthly_amount: Quantity
    self_uri: str


class SubscriptionOverview(OverviewBase):
    """A subscription in one of its periods, as its own organization reads it."""

    is_in_ramp_period: bool
    ramp_period_starting_timestamp: int | None
    ramp_period_ending_timestamp: int | None


class TrusteeBillingOverview(OverviewBase):
    """A subscription in one of its periods, as who looks after it reads it."""

    in_ramp_period: bool
    ramp_period_start_date: str | None
    ramp_period_end_date: str | None


@router.get(
    "/billing/subscriptionoverview",
    response=SubscriptionOverview,
    by_alias=True,
    summary="Read the overview of a subscription",
)
def read_subscription_overview(request: HttpRequest, query: Query[OverviewQuery]) -> SubscriptionOverview:
    """Read the running period of a subscription, or the one that ends at an instant."""
    organization, now = organization_of(request, query.organization), caller_of(request).asked_at
    start = None
    if query.periodEndingTimestamp is not None:
        start = _start_of_ending(organization, query.periodEndingTimestamp, now)
    use = _found(find_period_use(organization, start=start, now=now))
    ramp = _ramp(use)
    zone = use.terms.time_zone
    return SubscriptionOverview(
        **_told(request, organization, use),
        is_in_ramp_period=use.terms.in_ramp(use.period.index),
        ramp_period_starting_timestamp=milliseconds(start_of_day(ramp[0], time_zone=zone)) if ramp else None,
        ramp_period_ending_timestamp=milliseconds(start_of_day(ramp[1], time_zone=zone)) if ramp else None,
    )


@router.get(
    "/billing/trusteebillingoverview/{trustorOrgId}",
    response=TrusteeBillingOverview,
    by_alias=True,
    summary="Read the overview of an organization that one looks after",
)
def read_trustee_overview(
    request: HttpRequest,
    trustorOrgId: TrustorId,  # noqa: N803
    query: Query[TrusteeQuery],
) -> TrusteeBillingOverview:
    """Read the running period of an organization, or one that was closed."""
    organization, now = get_organization(request, trustorOrgId), caller_of(request).asked_at
    start = None
    if query.billingPeriodIndex:
        start = _found(find_start_ago(organization, closed_ago=query.billingPeriodIndex))
    use = _found(find_period_use(organization, start=start, now=now))
    ramp = _ramp(use)
    return TrusteeBillingOverview(
        **_told(request, organization, use),
        in_ramp_period=use.terms.in_ramp(use.period.index),
        ramp_period_start_date=at_midnight(ramp[0]) if ramp else None,
        ramp_period_end_date=at_midnight(ramp[1]) if ramp else None,
    )


def _found(value: Found | None) -> Found:
    if value is None:
        raise Http404
    return value


def _start_of_ending(organization: Organization, ending: int, now: datetime) -> date:
    """Return the first day of the period that ends at an instant, or holds it."""
    # The end is no instant of the period: the one before it is.
    instant = datetime.fromtimestamp(ending / 1000, tz=UTC) - timedelta(milliseconds=1)
    for zone in organization.subscriptions.order_by("-effective_date").values_list("time_zone", flat=True):
        start = find_start(organization, day=local_date(instant, time_zone=zone), now=now)
        if start is not None:
            return start
    raise Http404


def _ramp(use: PeriodUse) -> tuple[date, date] | None:
    """Return the first day of the ramp and the first one after it; None if there is none."""
    terms = use.terms
    if not terms.ramp_months:
        return None
    return terms.effective_date, period_start(effective_date=terms.effective_date, index=terms.ramp_months)


def _told(request: HttpRequest, organization: Organization, use: PeriodUse) -> Mapping[str, Any]:
    terms, period = use.terms, use.period
    names = get_product_names(LANGUAGE)
    usages = [*_products(use, names), *_resources(use, names)]
    changes = sorted(change.effective_date for change in terms.changes)
    return {
        "id": str(use.subscription_id),
        "name": organization.name,
        "organization": Named(id=organization.code, name=organization.name),
        "currency": terms.currency,
        "enabled_products": sorted({one.part_number for one in usages if one.grouping == "rollup"}),
        "subscription_type": terms.commercial_model,
        "billing_period_start_date": at_midnight(period.start),
        "billing_period_end_date": at_midnight(period.end),
        "usages": usages,
        "contract_amendment_date": at_midnight(changes[-1]) if changes else None,
        "contract_effective_date": at_midnight(terms.effective_date),
        "contract_end_date": at_midnight(_contract_end(use)),
        "minimum_monthly_amount": quantity(_minimum(use)),
        "self_uri": request.get_full_path(),
    }


def _contract_end(use: PeriodUse) -> date:
    """Return the first day after the service, or after the term that holds the period (BR-16, BR-17)."""
    terms = use.terms
    if terms.last_service_date is not None:
        return terms.last_service_date + timedelta(days=1)
    terms_done = max(0, use.period.index - terms.ramp_months) // terms.term_months
    months = terms.ramp_months + (terms_done + 1) * terms.term_months
    end: date = terms.effective_date + relativedelta(months=months)
    return end


def _minimum(use: PeriodUse) -> Decimal:
    terms, index = use.terms, use.period.index
    committed = terms.committed_products(index)
    return sum(
        (terms.commitment(product, index) * (use.prices.price(product, index) or 0) for product in committed),
        start=Decimal(0),
    )


def _products(use: PeriodUse, names: Mapping[str, str]) -> list[SubscriptionOverviewUsage]:
    """Return the licenses and add-ons that were agreed or used."""
    terms, index = use.terms, use.period.index
    shown = {code for code, amount in use.billable.items() if amount} | set(terms.committed_products(index))
    hourly = terms.licensing_model is LicensingModel.HOURLY
    return [
        _row(
            use,
            product,
            names,
            grouping="rollup",
            unit="Hour" if hourly and product in CONTACT_CENTER_TIERS else "User",
            used=quantity(use.billable.get(product, Decimal(0))),
        )
        for product in sorted(shown)
    ]


def _resources(use: PeriodUse, names: Mapping[str, str]) -> Sequence[SubscriptionOverviewUsage]:
    """Return the resources, each with its use and its allotment."""
    units = {DATA_STORAGE: "GB", API_REQUESTS: "Unit"}
    found = []
    for resource, fair in sorted(use.fair_use.items()):
        unit = units.get(resource, "Minute")
        used, included = quantity(Fraction(fair.used)), quantity(Fraction(fair.allotment))
        found.append(_row(use, resource, names, grouping="rollup-usage", unit=unit, used=used))
        found.append(_row(use, resource, names, grouping="fair-use", unit=unit, used=included))
    return found


def _row(
    use: PeriodUse, product: str, names: Mapping[str, str], *, grouping: str, unit: str, used: str
) -> SubscriptionOverviewUsage:
    terms, index = use.terms, use.period.index
    overage, agreed = use.prices.overage_price(product, index), use.prices.price(product, index)
    committed = terms.commitment(product, index) if terms.may_commit_to(product) else Decimal(0)
    return SubscriptionOverviewUsage(
        name=names.get(product, product),
        part_number=product,
        grouping=grouping,
        unit_of_measure_type=unit,
        usage_quantity=used,
        overage_price=None if overage is None else quantity(overage),
        prepay_quantity=quantity(committed),
        prepay_price=quantity(agreed) if agreed is not None and committed else None,
        usage_notes="" if use.is_counted else "It is being counted: ask again in a minute.",
        is_cancellable=False,
        bundle_quantity="0",
        is_third_party=False,
    )
