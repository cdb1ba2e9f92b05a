"""The API's subscriptions: what was agreed, with the prices and commitments in force."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from subscriptions.api.caller import Code, caller_of, get_organization
from subscriptions.api.paging import Page, PageQuery, read_page
from subscriptions.api.values import Id, Money, Period, Quantity, period, price, quantity
from subscriptions.domain.period import BillingPeriod, index_holding, local_date
from subscriptions.domain.terms import CommercialModel, ContractTerms, LicensingModel
from subscriptions.keysets import SortKey
from subscriptions.models import Subscription
from subscriptions.selectors.catalog import get_product_names
from subscriptions.selectors.terms import list_terms

router = Router(tags=["subscriptions"])

NEWEST_FIRST = (
    SortKey(path="effective_date", parse=date.fromisoformat, descending=True),
    SortKey(path="pk", parse=int, descending=True),
)
LANGUAGE = "en"
"""Names of products are for programs: the same for every reader."""


class AgreedProduct(Schema):
    """What is agreed of a product, as it is in force in `period`."""

    product: str
    name: str
    commitment: Quantity = Field(description="Contracted quantity; 0 where there is none, or none yet.")
    price: Money | None = Field(description="Per unit and month; null: the price book's.")
    overage_price: Money | None = Field(description="Above the commitment; null: the price book's.")
    setup_price: Money | None = Field(description="Of a phone number, once; null: the price book's.")


class AgreedAllowance(Schema):
    """What one seat brings of a resource, instead of what the catalog says."""

    product: str
    resource: str
    quantity: Quantity


class AgreedChange(Schema):
    """A recorded change; null leaves a figure as it is."""

    product: str
    effective_date: date = Field(description="It takes effect at the first period start on or after this day.")
    commitment: Quantity | None
    price: Money | None
    overage_price: Money | None


class SubscriptionAnswer(Schema):
    """An organization's agreement over time."""

    id: Id
    organization: str
    effective_date: date = Field(description="Billing periods start on this day of each month.")
    currency: str
    commercial_model: CommercialModel = Field(description="When commitments are invoiced.")
    licensing_model: LicensingModel = Field(description="How contact-center users are counted.")
    edition: str = Field(description="Which version of the rules applies.")
    time_zone: str
    ramp_months: int = Field(description="Opening months without a commitment.")
    term_months: int
    net_days: int = Field(description="Days from invoice date to due date.")
    po_number: str
    last_service_date: date | None = Field(description="Of a subscription that was cancelled.")
    cancelled_on: date | None
    period: Period | None = Field(
        description="The period that runs; the first one before it begins, the last one after it ended."
    )
    products: list[AgreedProduct]
    allowances: list[AgreedAllowance]
    changes: list[AgreedChange] = Field(description="In the order in which they were recorded.")


class SubscriptionPage(Page):
    """Some subscriptions."""

    items: list[SubscriptionAnswer]


@router.get("/organizations/{organization}/subscriptions", response=SubscriptionPage, summary="List subscriptions")
def list_subscriptions(
    request: HttpRequest, response: HttpResponse, organization: Code, query: Query[PageQuery]
) -> SubscriptionPage:
    """List an organization's agreements, the newest first, each with its prices and commitments."""
    own = get_organization(request, organization).subscriptions.select_related("organization")
    rows, following = read_page(request, response, own, query, NEWEST_FIRST)
    return SubscriptionPage(items=_shown(rows, caller_of(request).asked_at), next=following)


@router.get(
    "/organizations/{organization}/subscriptions/{subscription}",
    response=SubscriptionAnswer,
    summary="Read a subscription",
)
def read_subscription(request: HttpRequest, organization: Code, subscription: Id) -> SubscriptionAnswer:
    """Read an agreement with the prices and commitments that are in force."""
    own = get_organization(request, organization).subscriptions.select_related("organization")
    found = own.filter(pk=subscription).first()
    if found is None:
        raise Http404
    return _shown([found], caller_of(request).asked_at)[0]


def period_at(terms: ContractTerms, now: datetime) -> BillingPeriod | None:
    """Return the period of an agreement that holds an instant, the first one before, the last one after it."""
    today = max(local_date(now, time_zone=terms.time_zone), terms.effective_date)
    index = index_holding(today, effective_date=terms.effective_date)
    return terms.period(index if terms.last_index is None else min(index, terms.last_index))


def _shown(rows: Sequence[Subscription], now: datetime) -> list[SubscriptionAnswer]:
    agreed, names = list_terms(rows), get_product_names(LANGUAGE)
    return [_one(row, agreed[row.pk], names, now) for row in rows]


def _one(row: Subscription, terms: ContractTerms, names: Mapping[str, str], now: datetime) -> SubscriptionAnswer:
    known = period_at(terms, now)
    products = sorted({one.product for one in terms.prices} | {one.product for one in terms.changes})
    return SubscriptionAnswer(
        id=row.pk,
        organization=row.organization.code,
        effective_date=row.effective_date,
        currency=row.currency,
        commercial_model=terms.commercial_model,
        licensing_model=terms.licensing_model,
        edition=row.edition,
        time_zone=row.time_zone,
        ramp_months=row.ramp_months,
        term_months=row.term_months,
        net_days=row.net_days,
        po_number=row.po_number,
        last_service_date=row.last_service_date,
        cancelled_on=row.cancelled_on,
        period=None if known is None else period(known, time_zone=terms.time_zone),
        products=[] if known is None else [_product(product, terms, known.index, names) for product in products],
        allowances=[
            AgreedAllowance(product=one.product, resource=one.resource, quantity=quantity(one.quantity))
            for one in terms.allowances
        ],
        changes=[
            AgreedChange(
                product=one.product,
                effective_date=one.effective_date,
                commitment=None if one.commitment is None else quantity(one.commitment),
                price=_price(one.price, terms),
                overage_price=_price(one.overage_price, terms),
            )
            for one in terms.changes
        ],
    )


def _product(product: str, terms: ContractTerms, index: int, names: Mapping[str, str]) -> AgreedProduct:
    return AgreedProduct(
        product=product,
        name=names.get(product, product),
        commitment=quantity(terms.commitment(product, index) if terms.may_commit_to(product) else 0),
        price=_price(terms.price(product, index), terms),
        overage_price=_price(terms.overage_price(product, index), terms),
        setup_price=_price(terms.setup_price(product), terms),
    )


def _price(value: Decimal | None, terms: ContractTerms) -> Money | None:
    return None if value is None else price(value, terms.currency)
