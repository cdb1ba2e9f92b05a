"""The API's usage snapshots: what closes counted, frozen."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import QuerySet
from django.db.models.fields.json import KeyTransform
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from subscriptions.api.caller import Code, get_organization
from subscriptions.api.conditional import digest_of, is_known, not_modified
from subscriptions.api.paging import BY_ID, Page, PageQuery, read_page
from subscriptions.api.values import Id, Instant, Quantity, quantity
from subscriptions.keysets import SortKey
from subscriptions.models import Organization
from subscriptions.selectors.catalog import get_product_names
from usage.api.current import LANGUAGE, PeakUse, ResourceUse, peak_of, resources_of
from usage.documents import Counted, get_counted, get_figures
from usage.domain.fair_use import FairUse
from usage.domain.voice import VoiceUse
from usage.models import SnapshotUser, UsageSnapshot

router = Router(tags=["usage"])

BY_NAME = (SortKey(path="user", parse=str), SortKey(path="pk", parse=int))


class CountedProduct(Schema):
    """What a close counted of a license or add-on."""

    product: str
    name: str
    quantity: Quantity


class CountedCalls(Schema):
    """Calls of one direction to one destination, as they are rated together."""

    destination: str
    direction: str
    calls: int
    minutes: Quantity = Field(description="Each call rounded up as the rate deck has it.")


class SnapshotSummary(Schema):
    """What was used in one period, in short."""

    id: Id
    organization: str
    starts_at: Instant
    ends_at: Instant = Field(description="Exclusive.")
    cutoff_at: Instant = Field(description="Events received up to this instant were counted.")
    products: list[CountedProduct]
    resources: list[ResourceUse]


class SnapshotAnswer(SnapshotSummary):
    """What was used in one period, as it was counted; a period that was counted again has another snapshot."""

    peak: PeakUse | None
    numbers: dict[str, int] = Field(description="How many phone numbers were active, by product.")
    calls: list[CountedCalls] = Field(description="The calls that were rated, where voice is bought.")


class SnapshotPage(Page):
    """Some snapshots."""

    items: list[SnapshotSummary]


class CountedPerson(Schema):
    """One person behind the numbers of a period."""

    user: str = Field(description="The platform's id of the person.")
    license: str | None = Field(description="The license that counted; null: none.")
    first_login_at: Instant
    last_seen_at: Instant
    seconds: int = Field(description="Logged in within the period, overlapping sessions once.")


class PersonPage(Page):
    """Some people, by name."""

    items: list[CountedPerson]


@router.get("/organizations/{organization}/usage/snapshots", response=SnapshotPage, summary="List usage snapshots")
def list_snapshots(
    request: HttpRequest, response: HttpResponse, organization: Code, query: Query[PageQuery]
) -> SnapshotPage:
    """List what closes counted, the latest first; a period that was counted again is there once more."""
    own = get_organization(request, organization)
    rows, following = read_page(request, response, _of(own), query, BY_ID)
    names = get_product_names(LANGUAGE)
    return SnapshotPage(items=[_summary(row, own, names) for row in rows], next=following)


@router.get(
    "/organizations/{organization}/usage/snapshots/{snapshot}",
    response={200: SnapshotAnswer, 304: None},
    summary="Read a usage snapshot",
)
def read_snapshot(request: HttpRequest, response: HttpResponse, organization: Code, snapshot: Id) -> Any:
    """Read what a close counted; the people behind it are a list of their own."""
    own = get_organization(request, organization)
    row = UsageSnapshot.objects.filter(organization=own, pk=snapshot).first()
    if row is None:
        raise Http404
    counted, names = get_counted(row), get_product_names(LANGUAGE)
    answer = SnapshotAnswer(
        **_figures(row, own, names, counted.billable, counted.fair_use),
        peak=peak_of(counted.peak),
        numbers=_numbers(counted),
        calls=_calls(counted.voice),
    )
    return not_modified(response) if is_known(request, response, digest_of(answer)) else answer


@router.get(
    "/organizations/{organization}/usage/snapshots/{snapshot}/people",
    response=PersonPage,
    summary="List the people behind a snapshot",
)
def list_people(
    request: HttpRequest, response: HttpResponse, organization: Code, snapshot: Id, query: Query[PageQuery]
) -> PersonPage:
    """List who was logged in during a period, by name."""
    own = get_organization(request, organization)
    if not UsageSnapshot.objects.filter(organization=own, pk=snapshot).exists():
        raise Http404
    rows, following = read_page(
        request, response, SnapshotUser.objects.filter(organization=own, snapshot_id=snapshot), query, BY_NAME
    )
    return PersonPage(
        items=[
            CountedPerson(
                user=row.user,
                license=row.license or None,
                first_login_at=row.first_login_at,
                last_seen_at=row.last_seen_at,
                seconds=row.seconds,
            )
            for row in rows
        ],
        next=following,
    )


def _of(organization: Organization) -> QuerySet[UsageSnapshot]:
    """Return an organization's snapshots with their figures alone: the rest may name a hundred thousand people."""
    return (
        UsageSnapshot.objects.filter(organization=organization)
        .defer("quantities")
        .annotate(billable=KeyTransform("billable", "quantities"), fair_use=KeyTransform("fair_use", "quantities"))
    )


def _summary(row: UsageSnapshot, organization: Organization, names: Mapping[str, str]) -> SnapshotSummary:
    figures = get_figures(row.billable, row.fair_use)  # type: ignore[attr-defined]
    return SnapshotSummary(**_figures(row, organization, names, figures.billable, figures.fair_use))


def _figures(
    row: UsageSnapshot,
    organization: Organization,
    names: Mapping[str, str],
    billable: Mapping[str, Decimal],
    fair_use: Mapping[str, FairUse],
) -> dict[str, Any]:
    return {
        "id": row.pk,
        "organization": organization.code,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "cutoff_at": row.cutoff_at,
        "products": [
            CountedProduct(product=product, name=names.get(product, product), quantity=quantity(counted))
            for product, counted in sorted(billable.items())
        ],
        "resources": resources_of(fair_use, names=names),
    }


def _numbers(counted: Counted) -> dict[str, int]:
    active: dict[str, int] = {}
    for use in counted.numbers.active:
        active[use.product] = active.get(use.product, 0) + use.quantity
    return active


def _calls(voice: Sequence[VoiceUse]) -> list[CountedCalls]:
    return [
        CountedCalls(
            destination=use.rate.destination,
            direction=use.rate.direction,
            calls=sum(use.calls.values()),
            minutes=quantity(Fraction(sum(seconds * calls for seconds, calls in use.calls.items()), 60)),
        )
        for use in voice
    ]
