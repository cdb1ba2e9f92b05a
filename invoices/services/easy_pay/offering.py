"""How an invoice can be paid online, and if it cannot, why not (BR-81)."""

from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings

from invoices.domain.card_payments import Obstacle, Payable, Way, find_obstacle
from invoices.services.gateways.choosing import get_gateway
from invoices.services.gateways.contract import Gateway


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A way to pay at a gateway, or what stands in the way of it; `obstacle` also where another way is offered."""

    gateway: Gateway | None
    way: Way | None
    obstacle: Obstacle | None


def get_card_limit() -> Decimal:
    """Return how much of an invoice is taken by card, in US dollars."""
    return Decimal(settings.CARD_LIMIT)


def offer_for(payable: Payable) -> Offer:
    """Return how a document can be paid online: by card up to the limit, above it from a bank account."""
    gateway = get_gateway()
    obstacle = find_obstacle(payable, limit=get_card_limit())
    way = None
    if gateway is not None and obstacle is None:
        way = Way.CARD
    elif gateway is not None and obstacle is Obstacle.ABOVE_LIMIT and gateway.debits_banks:
        way = Way.BANK_DEBIT
    return Offer(gateway=gateway, way=way, obstacle=obstacle)
