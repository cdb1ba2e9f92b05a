"""Licenses and add-ons in arrears: above a commitment or all of them, never prorated (BR-30, BR-11, BR-14)."""

from decimal import Decimal

from invoices.domain.block import Block
from invoices.domain.charge import Charge, ChargeKind, Service, charged_amount
from invoices.domain.charges.unpriced import unpriced
from invoices.domain.prices import Prices
from subscriptions.domain.catalog import ProductKind, tax_category
from subscriptions.domain.terms import CommercialModel
from usage.domain.snapshot import UsageCount


def license_charges(count: UsageCount, *, index: int, service: Service, prices: Prices) -> list[Charge | Block]:
    """Return what licenses and add-ons cost in arrears; nothing in the free ramp of edition 2025 (BR-11)."""
    terms = prices.terms
    if terms.in_ramp(index) and terms.policy.free_ramp_licenses:
        return []
    uncommitted = terms.commercial_model is CommercialModel.MONTH_TO_MONTH or terms.in_ramp(index)
    committed = terms.commitments(index)
    charges = []
    for product, billable in count.billable.items():
        quantity = max(Decimal(0), billable - committed.get(product, Decimal(0)))
        if quantity == 0:
            continue
        kind = ChargeKind.USAGE if uncommitted else ChargeKind.OVERAGE
        price = prices.price(product, index) if uncommitted else prices.overage_price(product, index)
        charges.append(
            _charge(kind, product, quantity, price, service, terms.currency)
            if price is not None
            else unpriced(product, service.start)
        )
    return charges


def _charge(
    kind: ChargeKind, product: str, quantity: Decimal, price: Decimal, service: Service, currency: str
) -> Charge:
    return Charge(
        kind=kind,
        product=product,
        quantity=quantity,
        unit_price=price,
        amount=charged_amount(quantity=quantity, unit_price=price, months=1, currency=currency),
        service=service,
        tax_category=tax_category(product, ProductKind.LICENSE),
    )
