"""What each field of a story allows by itself but the story as a whole does not."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from zoneinfo import available_timezones

from invoices.services.simulation.story import TOO_LARGE, Story, StoryError
from subscriptions.domain.catalog import BUILT_IN, FAIR_USE_RESOURCES, LICENSES
from subscriptions.domain.formatting import country_codes
from subscriptions.domain.money import UNIT_PRICE_DECIMALS
from subscriptions.domain.terms import MONTHS_OF_A_CONTRACT_YEAR

TOO_LARGE_AN_AMOUNT = 10**12
YEARS = range(2000, 2100)
HIGHEST_TAX = 999


def check_story(story: Story) -> None:
    """
    Refuse a story whose parts do not fit together.

    :raises StoryError: with the path of the bad field
    """
    if story.organization.country not in country_codes():
        raise StoryError(f"organization.country: there is no country {story.organization.country}")
    _check_times(story)
    _check_orders(story)
    _check_rates(story)
    _check_commitments(story)
    for product, resources in story.allowances.items():
        for resource in resources.keys() - set(FAIR_USE_RESOURCES):
            raise StoryError(f"allowances.{product}.{resource}: is not a fair-use resource")
    for path, figure in _figures(story):
        if not figure.is_finite() or figure < 0:
            raise StoryError(f"{path}: must be a finite number, not negative")
        if -int(figure.normalize().as_tuple().exponent) > UNIT_PRICE_DECIMALS:
            raise StoryError(f"{path}: has more than {UNIT_PRICE_DECIMALS} decimals")
        if figure >= TOO_LARGE:
            raise StoryError(f"{path}: is too large")
    _check_taxes(story)
    _check_amounts(story)


def _check_times(story: Story) -> None:
    subscription = story.subscription
    if subscription.time_zone not in available_timezones():
        raise StoryError(f"subscription.time_zone: there is no time zone {subscription.time_zone}")
    if story.run_until.tzinfo is None:
        raise StoryError("run_until: needs a time zone, such as 2026-04-16T12:00:00Z")
    for path, day in _days(story):
        if day is not None and day.year not in YEARS:
            raise StoryError(f"{path}: must lie in the years {YEARS[0]} to {YEARS[-1]}")
    last = subscription.last_service_date
    if last is not None and last < subscription.effective_date:
        raise StoryError("subscription.last_service_date: lies before the effective date")
    if subscription.cancelled_on is not None and last is None:
        raise StoryError("subscription.cancelled_on: needs a last_service_date")


def _days(story: Story) -> Iterator[tuple[str, date | None]]:
    """Yield every date of a story with its path."""
    for name in ("effective_date", "last_service_date", "cancelled_on"):
        yield f"subscription.{name}", getattr(story.subscription, name)
    yield "run_until", story.run_until
    for place, change in enumerate(story.changes):
        yield f"changes[{place}].effective_date", change.effective_date
    for place, order in enumerate(story.orders):
        yield f"orders[{place}].placed_on", order.placed_on
        for part, shipment in enumerate(order.shipments):
            yield f"orders[{place}].shipments[{part}].shipped_on", shipment.shipped_on


def _check_orders(story: Story) -> None:
    hardware = {order.product for order in story.orders if order.hardware}
    for place, order in enumerate(story.orders):
        if order.hardware and (order.product in BUILT_IN or order.product in story.add_ons):
            raise StoryError(f"orders[{place}].hardware: {order.product} is no hardware")
        if order.product in hardware and not order.hardware:
            raise StoryError(f"orders[{place}].hardware: {order.product} is hardware in another order")
        if order.shipments and not order.hardware:
            raise StoryError(f"orders[{place}].shipments: only hardware ships; add hardware: true")
        if sum(shipment.quantity for shipment in order.shipments) > order.quantity:
            raise StoryError(f"orders[{place}].shipments: more is shipped than was ordered")


def _check_commitments(story: Story) -> None:
    may_commit_to = {*LICENSES, *story.add_ons}
    agreed = [(f"prices.{product}.commitment", product, price.commitment) for product, price in story.prices.items()]
    changed = [
        (f"changes[{place}].commitment", change.product, change.commitment)
        for place, change in enumerate(story.changes)
    ]
    for path, product, commitment in (*agreed, *changed):
        if commitment and product not in may_commit_to:
            raise StoryError(f"{path}: only licenses and add-ons have one; name {product} in add_ons if it is one")


def _check_rates(story: Story) -> None:
    seen = set()
    for place, rate in enumerate(story.rate_deck.rates if story.rate_deck else ()):
        if (rate.direction, rate.prefix) in seen:
            raise StoryError(f"rate_deck.rates[{place}].prefix: {rate.direction} {rate.prefix} stands there twice")
        seen.add((rate.direction, rate.prefix))


def _check_taxes(story: Story) -> None:
    for place, tax in enumerate(story.tax):
        if tax.rate > HIGHEST_TAX:
            raise StoryError(f"tax[{place}].rate: is more than {HIGHEST_TAX} percent")
        if tax.taxable > 100:
            raise StoryError(f"tax[{place}].taxable: is more than 100 percent")


def _check_amounts(story: Story) -> None:
    """Refuse what would be charged in amounts that no document holds; each figure by itself is not too large."""
    for place, order in enumerate(story.orders):
        if order.price * order.quantity >= TOO_LARGE_AN_AMOUNT:
            raise StoryError(f"orders[{place}].price: makes an amount that is too large")
    for product, agreed in story.prices.items():
        changes = [change for change in story.changes if change.product == product]
        commitment = max(agreed.commitment, *(change.commitment or 0 for change in changes), 0)
        listed = story.price_book.get(product)
        price = max(figure or 0 for figure in (listed, agreed.price, *(change.price for change in changes)))
        if commitment * price * MONTHS_OF_A_CONTRACT_YEAR >= TOO_LARGE_AN_AMOUNT:
            raise StoryError(f"prices.{product}: makes an amount that is too large")


def _figures(story: Story) -> Iterator[tuple[str, Decimal]]:
    """Yield every decimal of a story with its path."""
    for product, price in story.prices.items():
        for name in ("price", "overage_price", "setup_price", "commitment"):
            if (figure := getattr(price, name)) is not None:
                yield f"prices.{product}.{name}", figure
    for place, change in enumerate(story.changes):
        for name in ("price", "overage_price", "commitment"):
            if (figure := getattr(change, name)) is not None:
                yield f"changes[{place}].{name}", figure
    yield from ((f"price_book.{product}", price) for product, price in story.price_book.items())
    if story.rate_deck:
        yield from (
            (f"rate_deck.rates[{place}].per_minute", rate.per_minute)
            for place, rate in enumerate(story.rate_deck.rates)
        )
    yield from ((f"orders[{place}].price", order.price) for place, order in enumerate(story.orders))
    for place, tax in enumerate(story.tax):
        yield f"tax[{place}].rate", tax.rate
        yield f"tax[{place}].taxable", tax.taxable
    for product, resources in story.allowances.items():
        yield from ((f"allowances.{product}.{resource}", quantity) for resource, quantity in resources.items())
