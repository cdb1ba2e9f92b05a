"""Endpoints and messages as pages show them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from subscriptions.choices import DELIVERY_FAULTS, DELIVERY_STATES, ENDPOINT_STATES, WEBHOOK_EVENTS
from subscriptions.documents.text import printable
from subscriptions.domain.webhook import DeliveryState, EndpointState
from subscriptions.models import WebhookDelivery, WebhookEndpoint

TAGS = {
    EndpointState.WORKS: "good",
    EndpointState.FAILING: "over",
    EndpointState.OFF: "over",
    EndpointState.REVOKED: "",
    DeliveryState.DELIVERED: "good",
    DeliveryState.WAITING: "",
    DeliveryState.RETRYING: "over",
    DeliveryState.GIVEN_UP: "over",
}
"""How a state is colored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointShown:
    """An endpoint with its state in words, and what it is told."""

    row: WebhookEndpoint
    state: str
    words: str
    tag: str
    events: Sequence[str]

    @property
    def takes_messages(self) -> bool:
        """Tell whether anything is sent there."""
        return self.state in {EndpointState.WORKS, EndpointState.FAILING}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryShown:
    """A message with its state and what went wrong in words."""

    row: WebhookDelivery
    state: str
    words: str
    tag: str
    event: str
    fault: str

    @property
    def is_done(self) -> bool:
        """Tell whether nothing is tried any more."""
        return self.state in {DeliveryState.DELIVERED, DeliveryState.GIVEN_UP}


def show_endpoint(endpoint: WebhookEndpoint) -> EndpointShown:
    """Return an endpoint as pages show it, in the language that is spoken now."""
    state, told = endpoint.state, dict(WEBHOOK_EVENTS)
    return EndpointShown(
        row=endpoint,
        state=state.value,
        words=str(ENDPOINT_STATES[state]),
        tag=TAGS[state],
        events=[str(told.get(event, event)) for event in endpoint.event_types],
    )


def show_delivery(delivery: WebhookDelivery) -> DeliveryShown:
    """Return a message as pages show it, in the language that is spoken now."""
    state = delivery.state
    return DeliveryShown(
        row=delivery,
        state=state.value,
        words=str(DELIVERY_STATES[state]),
        tag=TAGS[state],
        event=str(dict(WEBHOOK_EVENTS).get(delivery.event_type, delivery.event_type)),
        fault=str(dict(DELIVERY_FAULTS).get(delivery.fault, "")),
    )


def pretty_message(body: str) -> str:
    """Return a message with its lines broken, so that a person can read it."""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return printable(body)
