"""Lets a customer of the demo be told of its documents, as if somebody had listened all along."""

from datetime import datetime, timedelta

from invoices.models import Invoice
from invoices.services.announcing import announce_issued
from subscriptions.domain.webhook import WebhookEvent
from subscriptions.models import Organization, WebhookDelivery, WebhookEndpoint
from subscriptions.services.recording import Recording
from subscriptions.services.webhooks.endpoints import make_endpoint

_DOCUMENTS_TOLD = 3
_TOLD = [WebhookEvent.INVOICE_ISSUED.value, WebhookEvent.INVOICE_PAID.value]


def make_webhook(organization: Organization, *, now: datetime) -> None:
    """Make an endpoint of an organization that has taken a message about each of its latest documents."""
    admin = organization.memberships.filter(billing_subscription=True).earliest("pk").user
    endpoint, _secret = make_endpoint(
        organization,
        name="Accounting",
        url=f"https://hooks.{organization.code}.example/seatbill",
        event_types=_TOLD,
        recording=Recording(by=admin, at=now),
    )
    documents = Invoice.objects.filter(organization=organization).select_related(
        "subscription__organization", "issuing_entity"
    )
    latest = reversed(documents.order_by("-issued_at", "-pk")[:_DOCUMENTS_TOLD])
    announce_issued([(each, each.subscription, each.issuing_entity) for each in latest], now=now)
    taken_at = now + timedelta(seconds=1)
    WebhookDelivery.objects.filter(endpoint=endpoint).update(
        next_attempt_at=None,
        attempts=1,
        last_attempt_at=taken_at,
        delivered_at=taken_at,
        milliseconds=112,
        status=204,
    )
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(last_delivered_at=taken_at)
