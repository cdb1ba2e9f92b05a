"""The people of a closed period as its close kept them, and why each is billed."""

from collections.abc import Callable, Mapping

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from invoices.portal.closed import get_closed, get_visible, reader_in
from invoices.services.history import ClosedPeriod
from subscriptions.domain.catalog import CONTACT_CENTER_TIERS, LICENSES
from subscriptions.domain.formatting import format_days
from subscriptions.tables import Keyset, instant, text
from usage.documents import Reader
from usage.documents.person import build_person_page
from usage.domain.so_far import NOT_COUNTED
from usage.models import SnapshotUser
from usage.selectors.people import list_people_counted
from usage.services.person import find_person
from usage.tables import CountedPeopleTable

PEOPLE_ON_A_PAGE = 50

READ_BACK: Mapping[str, Callable[[str], object]] = {
    "user": text,
    "first_login_at": instant,
    "last_seen_at": instant,
    "seconds": int,
}
"""What people are sorted by, and how a value of it comes back from an address."""


@require_safe
@login_required
def period_people(request: HttpRequest, code: str, start: str) -> HttpResponse:
    """List the people of a closed period: filtered, searched, sorted, page by page, without counting them."""
    organization = get_visible(request, code)
    found = get_closed(organization, start)
    reader = reader_in(found.known.terms.time_zone)
    wanted, product = request.GET.get("q", "").strip().replace("\x00", ""), request.GET.get("license", "")
    people = _behind(product, found)
    keyset = _keyset(request.GET.get("sort", ""))
    page = keyset.page(people.filter(user__icontains=wanted) if wanted else people, request.GET.dict())
    known, peak = found.known, found.counted.peak
    days = format_days(known.period.start, known.period.last_day, reader.language)
    table = CountedPeopleTable(
        page.rows,
        at_peak=peak.people if peak else frozenset(),
        reader=reader,
        caption=_("People who logged in, %(days)s") % {"days": days},
        person_url=reverse("period_person", args=[code, start]),
        exclude=() if peak else ("at_peak",),
        order_by=f"-{keyset.column}" if keyset.descending else keyset.column,
    )
    context = {
        "organization": organization,
        "start": start,
        "days": days,
        "zone": reader.zone,
        "peak": peak,
        "page": page,
        "table": table,
        "wanted": wanted,
        "product": product,
        "choices": _choices(found, reader),
    }
    return render(request, "invoices/portal/period_people.html", context)


@require_safe
@login_required
def period_person(request: HttpRequest, code: str, start: str) -> HttpResponse:
    """Answer "why is this person billed?" for a closed period."""
    organization = get_visible(request, code)
    found = get_closed(organization, start)
    person = find_person(found.known, user=request.GET.get("user", "").replace("\x00", ""))
    if person is None:
        raise Http404
    page = build_person_page(
        person.user,
        done=person.done,
        use=person.use,
        add_ons=person.add_ons,
        known=found.known,
        reader=reader_in(found.known.terms.time_zone),
    )
    peak = found.counted.peak
    context = {
        "organization": organization,
        "page": page,
        "at_peak": peak and bool(peak.runs) and person.user in peak.people,
        "back": reverse("period_people", args=[code, start]),
    }
    return render(request, "usage/person.html", context)


def _behind(product: str, found: ClosedPeriod) -> QuerySet[SnapshotUser]:
    """Return the people behind a license or an add-on; all of them if none is named."""
    people, peak = list_people_counted(found.snapshot.pk), found.counted.peak
    if not product:
        return people
    if product == NOT_COUNTED:
        return people.filter(license="")
    if product in LICENSES:
        # The peak is of all tiers together, whichever of them is billed (BR-21).
        pooled = peak is not None and product in CONTACT_CENTER_TIERS
        return people.filter(license__in=CONTACT_CENTER_TIERS if pooled else [product])
    return people.filter(user__in=found.counted.add_on_holders.get(product, ()))


def _keyset(sort: str) -> Keyset:
    column = sort.removeprefix("-")
    if column not in READ_BACK:
        return Keyset(column="user", parse=text, size=PEOPLE_ON_A_PAGE)
    return Keyset(column=column, parse=READ_BACK[column], descending=sort.startswith("-"), size=PEOPLE_ON_A_PAGE)


def _choices(found: ClosedPeriod, reader: Reader) -> list[tuple[str, str]]:
    licenses = [product for product in reversed(LICENSES) if product in found.counted.billable]
    held = [add_on for add_on, holders in sorted(found.counted.add_on_holders.items()) if holders]
    return [(product, reader.product(product)) for product in (*licenses, *held)] + [(NOT_COUNTED, _("Not counted"))]
