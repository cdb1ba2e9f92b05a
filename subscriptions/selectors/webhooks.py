"""Endpoints of webhooks, and the messages to them."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from django.db.models import Max, Q, QuerySet

from subscriptions.domain.webhook import DeliveryState, EndpointState, WebhookEvent
from subscriptions.models import Organization, WebhookDelivery, WebhookEndpoint

DELIVERY_CONDITIONS = {
    DeliveryState.WAITING: Q(next_attempt_at__isnull=False, attempts=0),
    DeliveryState.RETRYING: Q(next_attempt_at__isnull=False, attempts__gt=0),
    DeliveryState.DELIVERED: Q(delivered_at__isnull=False),
    DeliveryState.GIVEN_UP: Q(given_up_at__isnull=False),
}
"""Of which rows a delivery's state is true, as `delivery_state` says of one."""

_NOT_REVOKED = Q(revoked_at__isnull=True)
_OFF = Q(switched_off_at__isnull=False)

ENDPOINT_CONDITIONS = {
    EndpointState.WORKS: _NOT_REVOKED & ~_OFF & Q(failures=0),
    EndpointState.FAILING: _NOT_REVOKED & ~_OFF & Q(failures__gt=0),
    EndpointState.OFF: _NOT_REVOKED & _OFF,
    EndpointState.REVOKED: ~_NOT_REVOKED,
}
"""Of which rows an endpoint's state is true, as `endpoint_state` says of one."""


def list_endpoints(organization: Organization) -> QuerySet[WebhookEndpoint]:
    """Return the endpoints of an organization, those that were revoked as well."""
    return organization.webhook_endpoints.select_related("created_by")


def list_deliveries(organization: Organization) -> QuerySet[WebhookDelivery]:
    """Return what was sent to an organization's endpoints, or is to be."""
    return WebhookDelivery.objects.filter(organization=organization).select_related("endpoint")


def list_listening(
    event: WebhookEvent, organization_ids: Collection[int] | None = None
) -> dict[int, list[WebhookEndpoint]]:
    """Return the endpoints that are told of an event, by organization: of some of them, or of all."""
    endpoints = WebhookEndpoint.objects.filter(_NOT_REVOKED).order_by("pk")
    if organization_ids is not None:
        endpoints = endpoints.filter(organization__among=organization_ids)
    found: defaultdict[int, list[WebhookEndpoint]] = defaultdict(list)
    for endpoint in endpoints:
        # There are few of them; databases differ in how they look into JSON.
        if event in endpoint.event_types:
            found[endpoint.organization_id].append(endpoint)
    return dict(found)


def free_again_at(endpoint: WebhookEndpoint, *, now: datetime) -> datetime:
    """
    Return when an endpoint may be sent to, for whom somebody sends something by hand: now, if our own pause is all.

    A receiver that asked to be left alone for longer is.
    """
    if endpoint.free_at <= now:
        return now
    asking = WebhookDelivery.objects.filter(endpoint=endpoint, asked_until__gt=now)
    asked_until: datetime | None = asking.aggregate(latest=Max("asked_until"))["latest"]
    return asked_until or now


def list_given_up(deliveries: QuerySet[WebhookDelivery]) -> QuerySet[WebhookDelivery]:
    """Return the messages that did not arrive and are not tried again, of endpoints that were not revoked."""
    return deliveries.filter(DELIVERY_CONDITIONS[DeliveryState.GIVEN_UP], endpoint__revoked_at__isnull=True)


def list_switched_off(endpoints: QuerySet[WebhookEndpoint]) -> QuerySet[WebhookEndpoint]:
    """Return the endpoints that were switched off, as nothing arrived any more."""
    return endpoints.filter(ENDPOINT_CONDITIONS[EndpointState.OFF])
