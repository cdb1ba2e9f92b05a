"""A billing story: its fields, their types, and what does not fit together."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

import msgspec
from msgspec import Meta, Struct

from subscriptions.domain.catalog import BUILT_IN, FAIR_USE_RESOURCES, LICENSES, TaxCategory
from subscriptions.domain.money import UNIT_PRICE_DECIMALS
from subscriptions.domain.policy import Edition
from subscriptions.domain.terms import MONTHS_OF_A_CONTRACT_YEAR, CommercialModel, LicensingModel

TOO_LARGE = 10**9
TOO_LARGE_AN_AMOUNT = 10**12
YEARS = range(2000, 2100)
HIGHEST_TAX = 999

Count = Annotated[int, Meta(ge=0, le=1200)]
Quantity = Annotated[int, Meta(ge=1, lt=TOO_LARGE)]
# PostgreSQL stores no NUL.
Text = Annotated[str, Meta(min_length=1, max_length=190, pattern=r"^[^\0]+\Z")]
Country = Annotated[str, Meta(pattern=r"^[A-Z]{2}\Z")]
Currency = Literal["AUD", "BRL", "CAD", "EUR", "GBP", "JPY", "NZD", "USD"]
Code = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,49}\Z")]


class Part(Struct, kw_only=True, forbid_unknown_fields=True):
    """A part of a story: an unknown field is refused, not ignored."""


class StoryOrganization(Part):
    """Who is billed."""

    name: Text
    country: Country
    currency: Currency
    regions: list[Text] = msgspec.field(default_factory=lambda: ["us-east-1"])


class StorySubscription(Part):
    """What was agreed."""

    effective_date: date
    commercial_model: CommercialModel
    licensing_model: LicensingModel
    edition: Edition = Edition.E2019
    time_zone: str = "America/New_York"
    ramp_months: Count = 0
    term_months: Annotated[int, Meta(ge=1, le=1200)] = 12
    net_days: Count = 30
    cutoff_hours: Count = 6
    last_service_date: date | None = None
    cancelled_on: date | None = None


class StoryPrice(Part):
    """What was agreed for a product."""

    price: Decimal | None = None
    overage_price: Decimal | None = None
    setup_price: Decimal | None = None
    commitment: Decimal = Decimal(0)


class StoryChange(Part):
    """A change of a commitment or a price."""

    effective_date: date
    product: Code
    commitment: Decimal | None = None
    price: Decimal | None = None
    overage_price: Decimal | None = None


class StoryRate(Part):
    """One rate of a deck."""

    direction: Literal["outbound", "inbound", "toll_free"]
    prefix: Annotated[str, Meta(pattern=r"^\+[0-9]{0,18}\Z")]
    destination: Text
    per_minute: Decimal


class StoryRateDeck(Part):
    """What calls cost."""

    rates: list[StoryRate]
    increment_seconds: Annotated[int, Meta(ge=6, multiple_of=6)] = 6


class StoryShipment(Part):
    """Part of a hardware order, when it shipped."""

    shipped_on: date
    quantity: Quantity


class StoryOrder(Part):
    """A one-time purchase."""

    placed_on: date
    product: Code
    quantity: Quantity
    price: Decimal
    hardware: bool = False
    shipments: list[StoryShipment] = []


class StoryTax(Part):
    """What one authority charges."""

    authority: Text
    rate: Decimal
    taxable: Decimal
    categories: list[TaxCategory]


class Story(Part):
    """One organization's billing life."""

    story: Text
    organization: StoryOrganization
    subscription: StorySubscription
    prices: dict[Code, StoryPrice]
    run_until: datetime
    price_book: dict[Code, Decimal] = {}
    rate_deck: StoryRateDeck | None = None
    add_ons: list[Code] = []
    changes: list[StoryChange] = []
    orders: list[StoryOrder] = []
    tax: list[StoryTax] = []
    tax_exempt: bool = False
    allowances: dict[Code, dict[Code, Decimal]] = {}
    events: list[dict[str, Any]] = []
    events_file: str | None = None
    expect: dict[str, Any] | None = None


class StoryError(ValueError):
    """A story cannot be played; the message begins with the path of the field to mend."""


def check_story(story: Story) -> None:
    """
    Refuse what each field allows by itself but the story as a whole does not.

    :raises StoryError: with the path of the bad field
    """
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
        listed = story.price_book.get(product)
        commitment = max(row.commitment or 0 for row in (agreed, *changes))
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
