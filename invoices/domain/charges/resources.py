"""Resources above what the licenses include: fair use and excess call usage (BR-40, BR-41)."""

from decimal import Decimal

from invoices.domain.block import Block
from invoices.domain.charge import Charge, ChargeKind, Service, charged_amount
from invoices.domain.charges.unpriced import unpriced
from invoices.domain.prices import Prices
from subscriptions.domain.catalog import CALL_PORTS, ProductKind, tax_category
from usage.domain.snapshot import UsageCount


def resource_charges(count: UsageCount, *, index: int, service: Service, prices: Prices) -> list[Charge | Block]:
    """Return overage x price for each resource; a resource has one price only (BR-30)."""
    over = [(ChargeKind.FAIR_USE, resource, use.over) for resource, use in count.fair_use.items()]
    if count.call_ports is not None:
        over.append((ChargeKind.CALL_PORTS, CALL_PORTS, count.call_ports.billed))
    charges: list[Charge | Block] = []
    for kind, resource, quantity in over:
        if quantity == 0:
            continue
        price = prices.price(resource, index)
        if price is None:
            charges.append(unpriced(resource, service.start))
            continue
        charges.append(
            Charge(
                kind=kind,
                product=resource,
                quantity=Decimal(quantity),
                unit_price=price,
                amount=charged_amount(
                    quantity=Decimal(quantity), unit_price=price, months=1, currency=prices.terms.currency
                ),
                service=service,
                tax_category=tax_category(resource, ProductKind.RESOURCE),
            )
        )
    return charges
