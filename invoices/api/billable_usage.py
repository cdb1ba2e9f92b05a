"""The billable usage report, in the shape that this field's tools read."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Literal

from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from invoices.api.shapes import LANGUAGE, CamelSchema, OrganizationCode, at_midnight, organization_of
from invoices.models import BillingCycle
from invoices.services.period_use import find_start
from invoices.services.reports import BillableUse, NotCountedYetError, count_billable, find_reported_period
from subscriptions.api.caller import caller_of
from subscriptions.api.problems import refuse_field
from subscriptions.api.values import Quantity, quantity
from subscriptions.models import Organization
from subscriptions.selectors.catalog import get_product_names

router = Router(tags=["shapes that other tools read"])


class ReportQuery(Schema):
    """Which period."""

    startDate: date | datetime = Field(description="A day of the period, or its midnight: the date as it is written.")  # noqa: N815
    endDate: date | datetime = Field(description="The last day that is asked for, or the midnight after it.")  # noqa: N815
    organization: OrganizationCode = None


class BillingUsageResource(CamelSchema):
    """A person or device behind a charge."""

    name: str
    date: str | None = Field(description="First observed in the period; null: counted without having been seen.")


class BillingUsage(CamelSchema):
    """What a charge counts, and who is behind it."""

    name: str
    total_usage: Quantity
    resources: list[BillingUsageResource]


class BillingUsageReport(CamelSchema):
    """
    The billable use of one billing period.

    `status` is `InProgress` while it is being counted, with no usages yet: ask for the same again.
    """

    id: str
    name: str
    start_date: str = Field(description="The first day of the period that was found.")
    end_date: str = Field(description="The first day after it.")
    status: Literal["InProgress", "Complete"]
    usages: list[BillingUsage]
    self_uri: str


@router.get(
    "/billing/reports/billableusage",
    response=BillingUsageReport,
    by_alias=True,
    summary="Read the billable usage report",
)
def read_billable_usage(request: HttpRequest, query: Query[ReportQuery]) -> BillingUsageReport:
    """
    Read who is behind each charge of the billing period that holds `startDate`, and when they were first seen.

    Quantities are of whole periods, so `endDate` has to lie in the same one.
    """
    organization, now = organization_of(request, query.organization), caller_of(request).asked_at
    first, last = _day(query.startDate), _day(query.endDate)
    start = find_start(organization, day=first, now=now)
    if start is None:
        raise Http404
    found = find_reported_period(organization, start=start, now=now)
    end = found.known.period.end if found else _end(organization, start)
    if not first <= last <= end:
        message = f"It has to lie in the same billing period as startDate, from {first} to {end - timedelta(days=1)}."
        raise refuse_field(HTTPStatus.UNPROCESSABLE_ENTITY, "endDate", message)
    try:
        usages = [] if found is None else _usages(count_billable(found))
        is_complete = found is not None
    except NotCountedYetError:
        usages, is_complete = [], False
    return BillingUsageReport(
        id=f"{organization.code}-{start}",
        name=f"Billable usage of {organization.name}",
        start_date=at_midnight(start) or "",
        end_date=at_midnight(end) or "",
        status="Complete" if is_complete else "InProgress",
        usages=usages,
        self_uri=request.get_full_path(),
    )


def _day(value: date | datetime) -> date:
    """Return the date as it was written: these tools send the midnight of a day, in whatever zone."""
    return value.date() if isinstance(value, datetime) else value


def _end(organization: Organization, start: date) -> date:
    """Return where a period ends that has ended and waits for its close."""
    return BillingCycle.objects.values_list("period_end", flat=True).get(organization=organization, period_start=start)


def _usages(counted: BillableUse) -> list[BillingUsage]:
    names = get_product_names(LANGUAGE)
    resources: dict[str, list[BillingUsageResource]] = {names.get(code, code): [] for code in counted.quantities}
    for name, entity, first_seen in _rows(counted):
        resources.setdefault(name, []).append(BillingUsageResource(name=entity, date=first_seen))
    totals = {names.get(code, code): amount for code, amount in counted.quantities.items()}
    return [
        BillingUsage(name=name, total_usage=quantity(totals.get(name, len(found))), resources=found)
        for name, found in sorted(resources.items())
    ]


def _rows(counted: BillableUse) -> Iterable[tuple[str, str, str | None]]:
    for name, entity, first_seen in counted.report.rows:
        yield str(name), str(entity), None if first_seen is None else str(first_seen)
