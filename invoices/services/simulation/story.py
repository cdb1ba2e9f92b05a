"""A billing story: its fields and their types."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from subscriptions.domain.catalog import TaxCategory
from subscriptions.domain.policy import Edition
from subscriptions.domain.terms import CommercialModel, LicensingModel

TOO_LARGE = 10**9

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
