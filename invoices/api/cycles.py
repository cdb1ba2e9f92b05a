"""The API's billing cycles: the periods of agreements, running, waiting and closed."""

from datetime import date

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from invoices.choices import CycleState
from invoices.models import BillingCycle
from subscriptions.api.caller import Code, get_organization
from subscriptions.api.paging import Page, PageQuery, read_page
from subscriptions.api.values import Id, Instant
from subscriptions.keysets import SortKey
from subscriptions.models import Organization

router = Router(tags=["billing cycles"])

NEWEST_FIRST = (
    SortKey(path="period_start", parse=date.fromisoformat, descending=True),
    SortKey(path="pk", parse=int, descending=True),
)


class CycleQuery(PageQuery):
    """Which cycles."""

    state: CycleState | None = Field(default=None, description="Only those in this state.")
    starts_from: date | None = Field(default=None, description="Only periods that start on this day or later.")
    starts_to: date | None = Field(default=None, description="Only periods that start on this day or earlier.")


class CycleAnswer(Schema):
    """One billing period of a subscription, from its advance charge to its close."""

    id: Id
    organization: str
    subscription: Id
    period_start: date
    last_day: date = Field(description="Inclusive.")
    starts_at: Instant
    ends_at: Instant = Field(description="Exclusive.")
    cutoff_at: Instant = Field(description="Events received up to this instant are in time.")
    state: CycleState
    is_held: bool = Field(description="It waits for a person at your provider.")
    closed_at: Instant | None
    snapshot: Id | None = Field(description="The usage snapshot of its close.")


class CyclePage(Page):
    """Some cycles."""

    items: list[CycleAnswer]


@router.get("/organizations/{organization}/billing-cycles", response=CyclePage, summary="List billing cycles")
def list_cycles(
    request: HttpRequest, response: HttpResponse, organization: Code, query: Query[CycleQuery]
) -> CyclePage:
    """List the billing cycles of an organization, the latest period first."""
    own = get_organization(request, organization)
    found = _of(own)
    if query.state is not None:
        found = found.filter(state=query.state)
    if query.starts_from is not None:
        found = found.filter(period_start__gte=query.starts_from)
    if query.starts_to is not None:
        found = found.filter(period_start__lte=query.starts_to)
    rows, following = read_page(request, response, found, query, NEWEST_FIRST)
    return CyclePage(items=[_shown(row, own) for row in rows], next=following)


@router.get(
    "/organizations/{organization}/billing-cycles/{cycle}", response=CycleAnswer, summary="Read a billing cycle"
)
def read_cycle(request: HttpRequest, organization: Code, cycle: Id) -> CycleAnswer:
    """Read a billing cycle."""
    own = get_organization(request, organization)
    row = _of(own).filter(pk=cycle).first()
    if row is None:
        raise Http404
    return _shown(row, own)


def _of(organization: Organization) -> QuerySet[BillingCycle]:
    return BillingCycle.objects.filter(organization=organization)


def _shown(row: BillingCycle, organization: Organization) -> CycleAnswer:
    return CycleAnswer(
        id=row.pk,
        organization=organization.code,
        subscription=row.subscription_id,
        period_start=row.period_start,
        last_day=date.fromordinal(row.period_end.toordinal() - 1),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        cutoff_at=row.cutoff_at,
        state=CycleState(row.state),
        is_held=bool(row.held_reasons) and row.state != CycleState.CLOSED,
        closed_at=row.closed_at,
        snapshot=row.usage_snapshot_id,
    )
