"""The endpoints that an organization is told at what happens, and what was sent to them."""

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from subscriptions.choices import DELIVERY_STATES
from subscriptions.documents.webhooks import pretty_message, show_delivery, show_endpoint
from subscriptions.domain.formatting import zone_name
from subscriptions.domain.webhook import KEPT_FOR, DeliveryState
from subscriptions.forms.webhooks import EXISTS, WebhookForm
from subscriptions.models import Organization, WebhookDelivery, WebhookEndpoint
from subscriptions.selectors.clock import database_now
from subscriptions.selectors.people import list_organizations_administered, list_organizations_with_usage_view
from subscriptions.selectors.webhooks import DELIVERY_CONDITIONS, free_again_at, list_deliveries, list_endpoints
from subscriptions.services.webhooks.endpoints import (
    EndpointChangedError,
    EndpointExistsError,
    make_endpoint,
    revoke_endpoint,
    rotate_secret,
    send_delivery_again,
    send_test,
    switch_on,
)
from subscriptions.tables import Keyset
from subscriptions.views.access import get_organization, make_sure_of, recording_of

NEWEST_FIRST = Keyset(column="pk", parse=int, descending=True)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def webhook_list(request: HttpRequest, code: str) -> HttpResponse:
    """List the endpoints of an organization, and make one: its secret stands in the answer to that alone."""
    organization = _organization(request, code)
    if request.method == "POST":
        _refuse_who_makes_none(request, organization)
    form = WebhookForm(request.POST or None, organization=organization)
    if request.method == "POST" and form.is_valid():
        make_sure_of(request)
        try:
            endpoint, secret = make_endpoint(organization, **form.cleaned_data, recording=recording_of(request))
        except EndpointExistsError:
            form.add_error("url", EXISTS)
        else:
            return _show_once(request, endpoint, secret)
    page = NEWEST_FIRST.page(list_endpoints(organization), request.GET.dict())
    context = {
        **_times(organization),
        "page": page,
        "endpoints": [show_endpoint(endpoint) for endpoint in page.rows],
        "form": form if _makes_endpoints(request, organization) else None,
    }
    return render(request, "webhooks/list.html", context)


@require_safe
@login_required
def webhook(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Show an endpoint, and what was sent to it within 30 days."""
    endpoint = _endpoint(request, code, pk)
    organization, state = endpoint.organization, request.GET.get("state", "")
    deliveries = list_deliveries(organization).filter(endpoint=endpoint)
    if state in DELIVERY_STATES:
        deliveries = deliveries.filter(DELIVERY_CONDITIONS[DeliveryState(state)])
    page = NEWEST_FIRST.page(deliveries.defer("body", "response"), request.GET.dict())
    context = {
        **_times(organization),
        "endpoint": show_endpoint(endpoint),
        "page": page,
        "deliveries": [show_delivery(delivery) for delivery in page.rows],
        "states": DELIVERY_STATES.items(),
        "state": state if state in DELIVERY_STATES else "",
        "days": KEPT_FOR.days,
        "makes_endpoints": _makes_endpoints(request, organization),
    }
    return render(request, "webhooks/endpoint.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def webhook_rotate(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Ask, then give an endpoint another secret."""
    endpoint = _endpoint(request, code, pk)
    _refuse_who_makes_none(request, endpoint.organization)
    if request.method == "POST":
        make_sure_of(request)
        seen = request.POST.get("rotations", "")
        try:
            secret = rotate_secret(
                endpoint, rotations=int(seen) if seen.isdecimal() else -1, recording=recording_of(request)
            )
        except EndpointChangedError:
            messages.info(
                request, _("The secret has just been replaced, or the endpoint revoked: nothing was changed.")
            )
            return redirect("webhook", code, pk)
        return _show_once(request, endpoint, secret)
    context = {**_times(endpoint.organization), "endpoint": show_endpoint(endpoint), "now": database_now()}
    return render(request, "webhooks/rotate.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def webhook_revoke(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Ask, then send nothing to an endpoint any more."""
    endpoint = _endpoint(request, code, pk)
    if request.method == "POST":
        make_sure_of(request)
        revoke_endpoint(endpoint, recording=recording_of(request))
        words = _("The endpoint “%(name)s” is revoked: nothing more is sent there.")
        messages.success(request, words % {"name": endpoint.name})
        return redirect("webhooks", code)
    return render(
        request, "webhooks/revoke.html", {**_times(endpoint.organization), "endpoint": show_endpoint(endpoint)}
    )


@require_POST
@login_required
def webhook_test(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Send a test to an endpoint."""
    endpoint = _endpoint(request, code, pk)
    if send_test(endpoint, recording=recording_of(request)):
        words = _("A test is on its way: load this page again in a few seconds to see how it went.")
        messages.success(request, _why_later(endpoint) or words)
    else:
        messages.info(request, _("Nothing was sent: a test is on its way already, or the endpoint takes nothing now."))
    return redirect("webhook", code, pk)


@require_POST
@login_required
def webhook_switch_on(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Send to an endpoint again that was switched off, as nothing had arrived."""
    if switch_on(_endpoint(request, code, pk), recording=recording_of(request)):
        messages.success(request, _("The endpoint is switched on. Send again below what it has missed."))
    else:
        messages.info(request, _("The endpoint was not off: nothing was changed."))
    return redirect("webhook", code, pk)


@require_safe
@login_required
def webhook_delivery(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Show one message: what is sent, how often that was tried, what came back."""
    delivery = _delivery(request, code, pk)
    context = {
        **_times(delivery.organization),
        "endpoint": show_endpoint(delivery.endpoint),
        "delivery": show_delivery(delivery),
        "message": pretty_message(delivery.body),
    }
    return render(request, "webhooks/delivery.html", context)


@require_POST
@login_required
def webhook_send_again(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Send a message once more."""
    delivery, seen = _delivery(request, code, pk), request.POST.get("times", "")
    try:
        send_delivery_again(
            delivery, times_again=int(seen) if seen.isdecimal() else -1, recording=recording_of(request)
        )
    except EndpointChangedError:
        messages.info(request, _("Nothing was sent: it has just been sent again, or the endpoint takes nothing now."))
    else:
        words = _("It is on its way again: load this page in a few seconds to see how it went.")
        messages.success(request, _why_later(delivery.endpoint) or words)
    return redirect("webhook_delivery", code, pk)


def _why_later(endpoint: WebhookEndpoint) -> str:
    """Return why something is not sent at once; empty if it is."""
    now = database_now()
    endpoint.refresh_from_db(fields=["free_at"])
    if free_again_at(endpoint, now=now) <= now:
        return ""
    return _("The receiver has asked to be left alone for a while: it is sent once that is over.")


def _show_once(request: HttpRequest, endpoint: WebhookEndpoint, secret: str) -> HttpResponse:
    # In this one answer, and never in a message: those are stored in a cookie or a session.
    context = {**_times(endpoint.organization), "endpoint": show_endpoint(endpoint), "secret": secret}
    response = render(request, "webhooks/made.html", context)
    add_never_cache_headers(response)
    return response


def _times(organization: Organization) -> dict[str, Any]:
    zones = organization.subscriptions.order_by("-effective_date").values_list("time_zone", flat=True)
    time_zone = zones.first() or "UTC"
    return {
        "organization": organization,
        "zone": zone_name(time_zone, get_language() or "en"),
        "time_zone": ZoneInfo(time_zone),
    }


def _organization(request: HttpRequest, code: str) -> Organization:
    return get_organization(code=code, among=list_organizations_with_usage_view(request.user), person=request.user)


def _endpoint(request: HttpRequest, code: str, pk: int) -> WebhookEndpoint:
    endpoints = list_endpoints(_organization(request, code)).select_related("organization", "created_by")
    return get_object_or_404(endpoints, pk=pk)


def _delivery(request: HttpRequest, code: str, pk: int) -> WebhookDelivery:
    deliveries = list_deliveries(_organization(request, code)).select_related("endpoint", "organization")
    return get_object_or_404(deliveries, pk=pk)


def _makes_endpoints(request: HttpRequest, organization: Organization) -> bool:
    """Tell whether a person may make endpoints and replace their secrets; a CSM may only revoke them."""
    return list_organizations_administered(request.user).filter(pk=organization.pk).exists()


def _refuse_who_makes_none(request: HttpRequest, organization: Organization) -> None:
    if not _makes_endpoints(request, organization):
        raise PermissionDenied
