"""The demo's customers with a handful of people, seats and calls each, so that a load takes a second."""

from dataclasses import replace

from invoices.services.demo.cast import DEMO
from invoices.services.demo.shapes import Cast, Customer


def small(customer: Customer) -> Customer:
    """Return the customer with a handful of people, seats and calls."""
    crews = [
        replace(crew, size=3, joiners=1, leavers=0, upgraded=0, add_ons=dict.fromkeys(crew.add_ons, 2))
        for crew in customer.crews
    ]
    prices = {
        code: replace(price, commitment=min(price.commitment, 2)) for code, price in customer.agreement.prices.items()
    }
    agreement = replace(customer.agreement, prices=prices)
    return replace(customer, agreement=agreement, crews=crews, traffic=replace(customer.traffic, calls=2, surge=0))


def small_cast(*customers: Customer) -> Cast:
    """Return the demo with these customers only, each of them small."""
    return replace(DEMO, customers=[small(customer) for customer in customers], newcomers=[])
