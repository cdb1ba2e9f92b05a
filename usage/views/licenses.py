"""The Subscription Admin view: licenses in use in the running period, the people behind them, or the trial (BR-90)."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AbstractBaseUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from subscriptions.domain.catalog import LICENSES
from subscriptions.models import Organization
from subscriptions.selectors import (
    database_now,
    get_trial_facts,
)
from subscriptions.services.trials import TrialRefusedError, end_trial
from subscriptions.tables import ForgivingPaginator
from usage.documents import (
    NOT_COUNTED,
    Reader,
    TrialPage,
    build_licenses_page,
    build_people,
    build_trial_page,
    people_behind,
)
from usage.documents.curves import Curve
from usage.documents.person import build_person_page
from usage.domain.snapshot import PersonUse
from usage.selectors import find_trial
from usage.services.current import CurrentUsage, count_current_usage, find_running_period
from usage.services.curves import draw_curves
from usage.services.person import find_person
from usage.tables import PeopleTable
from usage.views.visible import get_visible, reader_in

PEOPLE_PER_PAGE = 50


@require_safe
@login_required
def licenses(request: HttpRequest, code: str) -> HttpResponse:
    """Show the licenses in use by type: committed, in use, over."""
    organization = get_visible(request, code)
    now = database_now()
    current = count_current_usage(organization=organization, now=now)
    page = current and build_licenses_page(
        count=current.count, terms=current.terms, period=current.period, now=now, reader=_reader(current)
    )
    context = {
        "organization": organization,
        "page": page,
        "trial": None if page else _trial_page(organization, now),
        "curves": current and _curves(current),
    }
    return render(request, "usage/licenses.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def end(request: HttpRequest, code: str) -> HttpResponse:
    """Let a trial's admin end it, once they have read what that means (BR-19)."""
    organization, now = get_visible(request, code), database_now()
    page = _trial_page(organization, now)
    if page is None:
        raise Http404
    if not page.may_be_ended:
        return redirect("licenses", code)
    if request.method != "POST":
        return render(request, "usage/end_trial.html", {"organization": organization, "page": page})
    try:
        end_trial(organization.trial.pk, ended_by=cast("AbstractBaseUser", request.user), now=now)
    except TrialRefusedError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The trial has ended. Nothing more of it is taken in."))
    return redirect("licenses", code)


@require_safe
@login_required
def people(request: HttpRequest, code: str, product: str) -> HttpResponse:
    """List the people behind a license's number."""
    organization = get_visible(request, code)
    current = count_current_usage(organization=organization, now=database_now())
    if current is None or product not in LICENSES:
        raise Http404
    found = people_behind(product, count=current.count, terms=current.terms)
    return _people_page(
        request,
        organization,
        current,
        found,
        title=_("People behind %(license)s") % {"license": _reader(current).product(product)},
    )


@require_safe
@login_required
def everyone(request: HttpRequest, code: str) -> HttpResponse:
    """List everyone who was logged in during the running period, counted or not; or those behind one product."""
    organization = get_visible(request, code)
    current = count_current_usage(organization=organization, now=database_now())
    if current is None:
        raise Http404
    product = request.GET.get("license", "")
    found = people_behind(product, count=current.count, terms=current.terms) if product else current.count.people
    choices = _choices(current, _reader(current))
    return _people_page(request, organization, current, found, title=_("Everyone who logged in"), choices=choices)


@require_safe
@login_required
def person(request: HttpRequest, code: str) -> HttpResponse:
    """Answer "why is this person billed?" for the running period."""
    organization = get_visible(request, code)
    known = find_running_period(organization=organization, now=database_now())
    if known is None:
        raise Http404
    found = find_person(known, user=request.GET.get("user", "").replace("\x00", ""))
    if found is None:
        raise Http404
    page = build_person_page(
        found.user,
        done=found.done,
        use=found.use,
        add_ons=found.add_ons,
        known=known,
        reader=reader_in(known.terms.time_zone),
    )
    context = {"organization": organization, "page": page, "at_peak": None, "back": reverse("everyone", args=[code])}
    return render(request, "usage/person.html", context)


def _trial_page(organization: Organization, now: datetime) -> TrialPage | None:
    trial = find_trial(organization)
    if trial is None:
        return None
    coming = organization.subscriptions.filter(effective_date__gt=now.date()).order_by("effective_date")
    return build_trial_page(
        get_trial_facts(trial, last_login_at=trial.last_login_at),  # type: ignore[attr-defined]
        gigabytes=trial.gigabytes,  # type: ignore[attr-defined]
        begins=coming.values_list("effective_date", flat=True).first(),
        now=now,
        # A trial has no billing time zone.
        reader=reader_in("UTC"),
    )


def _reader(current: CurrentUsage) -> Reader:
    return reader_in(current.terms.time_zone)


def _curves(current: CurrentUsage) -> list[Curve] | None:
    count = current.count
    return draw_curves(current.known, peak=count.peak, fair_use=count.fair_use, reader=_reader(current))


def _choices(current: CurrentUsage, reader: Reader) -> list[tuple[str, str]]:
    """Return what people can be filtered by: the licenses and add-ons that anyone counts for."""
    counted = {person.license for person in current.count.people}
    licenses = [product for product in reversed(LICENSES) if product in counted]
    held = [add_on for add_on, holders in sorted(current.count.add_on_holders.items()) if holders]
    return [(product, reader.product(product)) for product in (*licenses, *held)] + [(NOT_COUNTED, _("Not counted"))]


def _people_page(
    request: HttpRequest,
    organization: Organization,
    current: CurrentUsage,
    people: Sequence[PersonUse],
    *,
    title: str,
    choices: Sequence[tuple[str, str]] = (),
) -> HttpResponse:
    reader, peak = _reader(current), current.count.peak
    wanted = request.GET.get("q", "").strip()
    rows = build_people([one for one in people if wanted.casefold() in one.user.casefold()], peak=peak, reader=reader)
    table = PeopleTable(
        rows,
        reader=reader,
        caption=title,
        person_url=reverse("person", args=[organization.code]),
        exclude=() if peak else ("at_peak",),
    )
    table.order_by = request.GET.getlist("sort") or ["user"]
    table.paginate(paginator_class=ForgivingPaginator, per_page=PEOPLE_PER_PAGE, page=request.GET.get("page", 1))
    context = {
        "organization": organization,
        "table": table,
        "title": title,
        "wanted": wanted,
        "product": request.GET.get("license", ""),
        "choices": choices,
        "all": len(current.count.people) if choices else len(people),
        "found": len(rows),
        "zone": reader.zone,
        "peak": peak,
    }
    return render(request, "usage/people.html", context)
