"""The people behind a number of the running period: of a large organization page by page, of others from memory."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from subscriptions.domain.catalog import LICENSES
from subscriptions.models import Organization
from subscriptions.tables import ForgivingPaginator, Keyset, instant, text
from usage.documents import Reader, build_people, people_behind
from usage.domain.known_period import KnownPeriod
from usage.domain.snapshot import UsageCount
from usage.domain.so_far import NOT_COUNTED, SoFar, licenses_behind
from usage.models import LivePerson
from usage.selectors.people import list_live_people
from usage.services.current import CurrentUsage
from usage.tables import LivePeopleTable, PeopleTable
from usage.views.visible import reader_in

PEOPLE_PER_PAGE = 50

READ_BACK: Mapping[str, Callable[[str], object]] = {
    "user": text,
    "first_login_at": instant,
    "last_seen_at": instant,
    "seconds": int,
}
"""What the people of a large organization are sorted by, and how a value of it comes back from an address."""


def show_people(
    request: HttpRequest,
    organization: Organization,
    current: CurrentUsage,
    *,
    product: str,
    title: str,
    choices: Sequence[tuple[str, str]] | None = None,
) -> HttpResponse:
    """Show the people behind a license or an add-on, or everyone if none is named; `choices` are the filters."""
    reader, so_far = reader_in(current.known.terms.time_zone), current.so_far
    context: dict[str, Any] = {
        "organization": organization,
        "current": current,
        "title": title,
        "wanted": request.GET.get("q", "").strip().replace("\x00", ""),
        "product": request.GET.get("license", ""),
        "choices": choices,
        "zone": reader.zone,
        "peak": so_far and so_far.peak,
    }
    if so_far is not None:
        look = {
            "reader": reader,
            "caption": title,
            "person_url": reverse("person", args=[organization.code]),
            "exclude": () if so_far.peak else ("at_peak",),
        }
        context["all"] = so_far.behind.get(product, 0) if product and choices is None else so_far.people
        if current.count is not None:
            context |= _from_memory(request, current.count, current.known, product, context["wanted"], look)
        else:
            context |= _page_by_page(request, current.known, so_far, product, context["wanted"], look)
    return render(request, "usage/people.html", context)


def _from_memory(
    request: HttpRequest, count: UsageCount, known: KnownPeriod, product: str, wanted: str, look: Mapping[str, Any]
) -> dict[str, Any]:
    people = people_behind(product, count=count, known=known) if product else count.people
    reader: Reader = look["reader"]
    found = [one for one in people if wanted.casefold() in one.user.casefold()]
    table = PeopleTable(build_people(found, peak=count.peak, reader=reader), **look)
    table.order_by = request.GET.getlist("sort") or ["user"]
    table.paginate(paginator_class=ForgivingPaginator, per_page=PEOPLE_PER_PAGE, page=request.GET.get("page", 1))
    return {"table": table, "found": len(found), "is_anyone": bool(found)}


def _page_by_page(
    request: HttpRequest, known: KnownPeriod, so_far: SoFar, product: str, wanted: str, look: Mapping[str, Any]
) -> dict[str, Any]:
    people = _behind(product, known, so_far)
    keyset = _keyset(request.GET.get("sort", ""))
    page = keyset.page(people.filter(user__icontains=wanted) if wanted else people, request.GET.dict())
    table = LivePeopleTable(page.rows, order_by=f"-{keyset.column}" if keyset.descending else keyset.column, **look)
    return {"table": table, "page": page, "is_anyone": bool(page.rows)}


def _behind(product: str, known: KnownPeriod, so_far: SoFar) -> QuerySet[LivePerson]:
    people = list_live_people(known.organization_id)
    if not product:
        return people
    if product in so_far.behind and product not in (*LICENSES, NOT_COUNTED):
        return people.filter(add_ons__contains=f",{product},")
    return people.filter(license__in=[license_code or "" for license_code in licenses_behind(product, known=known)])


def _keyset(sort: str) -> Keyset:
    column = sort.removeprefix("-")
    if column not in READ_BACK:
        return Keyset(column="user", parse=text, size=PEOPLE_PER_PAGE)
    return Keyset(column=column, parse=READ_BACK[column], descending=sort.startswith("-"), size=PEOPLE_PER_PAGE)
