"""The keys with which an organization's programs use the API, made and revoked by its subscription admin."""

from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from subscriptions.models import Organization
from subscriptions.selectors.clock import database_now
from subscriptions.selectors.people import is_lead, list_organizations_administered
from subscriptions.tables import Keyset
from subscriptions.views.access import make_sure_of, recording_of
from usage.forms import KeyForm
from usage.models import IngestionKey
from usage.services.keys import (
    KeyReplacedError,
    create_key,
    list_keys,
    may_replace,
    replace_key,
    revoke_key,
)
from usage.views.visible import get_visible, reader_of

NEWEST_FIRST = Keyset(column="pk", parse=int, descending=True)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def key_list(request: HttpRequest, code: str) -> HttpResponse:
    """List the keys of an organization, and make one: its secret stands in the answer to that, and nowhere else."""
    organization = get_visible(request, code)
    if request.method == "POST":
        _refuse_who_makes_none(request, organization)
    form = KeyForm(request.POST or None, organization=organization, by_lead=is_lead(_person(request)))
    if request.method == "POST" and form.is_valid():
        make_sure_of(request)
        key, secret = create_key(
            organization=organization,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            created_by=_person(request),
            now=database_now(),
        )
        return _show_once(request, organization, key, secret)
    context = {
        **_times(organization),
        "page": NEWEST_FIRST.page(list_keys(organization), request.GET.dict()),
        "form": form if _makes_keys(request, organization) else None,
        "endpoint": _endpoint(),
    }
    return render(request, "usage/keys.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def key_replace(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Ask, then make a key that takes the place of another, which works until it is revoked."""
    organization = get_visible(request, code)
    _refuse_who_makes_none(request, organization)
    key = get_object_or_404(list_keys(organization), pk=pk)
    may = may_replace(key, _person(request))
    if request.method == "POST":
        if not may:
            raise PermissionDenied
        make_sure_of(request)
        try:
            new, secret = replace_key(key, replaced_by=_person(request), organization=organization, now=database_now())
        except KeyReplacedError:
            messages.info(request, _("This key has been replaced or revoked already: nothing was changed."))
            return redirect("keys", code)
        return _show_once(request, organization, new, secret, replaced=key)
    return render(request, "usage/key_replace.html", {**_times(organization), "key": key, "may": may})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def key_revoke(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Ask, then refuse from now on whatever is sent with a key."""
    organization = get_visible(request, code)
    key = get_object_or_404(list_keys(organization), pk=pk)
    if request.method == "POST":
        make_sure_of(request)
        revoke_key(key, recording=recording_of(request))
        words = _("The key “%(name)s” is revoked: what uses it is refused from now on.")
        messages.success(request, words % {"name": key.name})
        return redirect("keys", code)
    return render(request, "usage/key_revoke.html", {**_times(organization), "key": key})


def _show_once(
    request: HttpRequest,
    organization: Organization,
    key: IngestionKey,
    secret: str,
    replaced: IngestionKey | None = None,
) -> HttpResponse:
    # In this one answer, and never in a message: those are stored in a cookie or a session.
    context = {
        **_times(organization),
        "key": key,
        "secret": secret,
        "replaced": replaced,
        "endpoint": _endpoint(),
    }
    response = render(request, "usage/key_made.html", context)
    add_never_cache_headers(response)
    return response


def _times(organization: Organization) -> dict[str, Any]:
    reader = reader_of(organization)
    return {"organization": organization, "zone": reader.zone, "time_zone": ZoneInfo(reader.time_zone)}


def _endpoint() -> str:
    return f"{settings.SITE_URL}{reverse('api-v1:report_events')}"


def _makes_keys(request: HttpRequest, organization: Organization) -> bool:
    """Tell whether a person may make keys; a CSM may only revoke them."""
    return list_organizations_administered(request.user).filter(pk=organization.pk).exists()


def _refuse_who_makes_none(request: HttpRequest, organization: Organization) -> None:
    if not _makes_keys(request, organization):
        raise PermissionDenied


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
