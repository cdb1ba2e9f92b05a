"""The Subscription Admin view: licenses in use in the running period, the people behind them, or the trial (BR-90)."""

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
from subscriptions.selectors.clock import database_now
from subscriptions.selectors.trials import get_trial_facts
from subscriptions.services.trials import TrialRefusedError, end_trial
from usage.documents import Reader, TrialPage, build_licenses_page, build_trial_page
from usage.documents.curves import Curve, build_curves
from usage.documents.person import build_person_page
from usage.domain.so_far import NOT_COUNTED, SoFar
from usage.selectors.trials import find_trial
from usage.services.current import CurrentUsage, get_current_usage
from usage.services.person import find_person
from usage.services.running import find_running_period
from usage.views.people import show_people
from usage.views.visible import get_visible, reader_in


@require_safe
@login_required
def licenses(request: HttpRequest, code: str) -> HttpResponse:
    """Show the licenses in use by type: committed, in use, over."""
    organization = get_visible(request, code)
    now = database_now()
    current = get_current_usage(organization=organization, now=now)
    context: dict[str, object] = {"organization": organization, "current": current}
    if current is None:
        context |= {"trial": _trial_page(organization, now)}
    elif (so_far := current.so_far) is not None:
        page = build_licenses_page(so_far, known=current.known, now=now, reader=_reader(current))
        context |= {"page": page, "curves": _curves(current, so_far)}
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
    current = get_current_usage(organization=organization, now=database_now())
    if current is None or product not in LICENSES:
        raise Http404
    title = _("People behind %(license)s") % {"license": _reader(current).product(product)}
    return show_people(request, organization, current, product=product, title=title)


@require_safe
@login_required
def everyone(request: HttpRequest, code: str) -> HttpResponse:
    """List everyone who was logged in during the running period, counted or not; or those behind one product."""
    organization = get_visible(request, code)
    current = get_current_usage(organization=organization, now=database_now())
    if current is None:
        raise Http404
    return show_people(
        request,
        organization,
        current,
        product=request.GET.get("license", ""),
        title=_("Everyone who logged in"),
        choices=_choices(current.so_far, _reader(current)) if current.so_far else (),
    )


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
    return reader_in(current.known.terms.time_zone)


def _curves(current: CurrentUsage, so_far: SoFar) -> list[Curve]:
    return build_curves(
        so_far.days,
        current.list_days_of_resources(),
        peak=so_far.peak,
        fair_use=so_far.fair_use,
        known=current.known,
        reader=_reader(current),
    )


def _choices(so_far: SoFar, reader: Reader) -> list[tuple[str, str]]:
    """Return what people can be filtered by: the licenses and add-ons that anyone counts for."""
    licenses = [product for product in reversed(LICENSES) if so_far.behind.get(product)]
    add_ons = [product for product in sorted(so_far.behind) if product not in (*LICENSES, NOT_COUNTED)]
    return [(product, reader.product(product)) for product in (*licenses, *add_ons)] + [(NOT_COUNTED, _("Not counted"))]
