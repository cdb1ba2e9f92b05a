"""How the API writes money, quantities, instants and periods: exactly, and for every reader the same."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from moneyed import Money as Amount
from ninja import Schema
from pydantic import AfterValidator, Field, PlainSerializer

from subscriptions.domain.money import at_precision, plain, round_half_up
from subscriptions.domain.period import BillingPeriod, window

LARGEST_ID = 2**63 - 1
DECIMALS = 6
"""An exact fraction is written with so many decimals at most."""

Quantity = Annotated[str, Field(pattern=r"^-?[0-9]+(\.[0-9]+)?$", examples=["12.5"])]
"""A decimal number in a text, as no program rounds it there."""

Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]


def instant_text(value: datetime) -> str:
    """Write an instant."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds" if value.microsecond else "seconds")[:-6] + "Z"


Instant = Annotated[
    datetime,
    AfterValidator(lambda value: value.astimezone(UTC)),
    PlainSerializer(instant_text, return_type=Annotated[str, Field(json_schema_extra={"format": "date-time"})]),
]
"""An instant in RFC 3339, in UTC."""


class Money(Schema):
    """An amount with its currency."""

    amount: Quantity = Field(description="A decimal number in a text, exact.")
    currency: str = Field(description="ISO 4217.", examples=["USD"])


class Period(Schema):
    """A billing period, by the calendar of the billing time zone and as instants."""

    start: date
    last_day: date = Field(description="Inclusive.")
    starts_at: Instant
    ends_at: Instant = Field(description="Exclusive: the first instant after it.")
    time_zone: str = Field(description="The billing time zone, by its IANA name.")


def money(amount: Decimal, currency: str) -> Money:
    """Return an amount at its currency's precision."""
    return Money(amount=at_precision(Amount(amount, currency)), currency=currency)


def price(value: Decimal, currency: str) -> Money:
    """Return a price with every decimal it was agreed with."""
    return Money(amount=plain(value), currency=currency)


def quantity(value: Decimal | Fraction | int) -> str:
    """Write a quantity; an exact fraction is rounded to six decimals."""
    return plain(round_half_up(value, DECIMALS) if isinstance(value, Fraction) else Decimal(value))


def period(of: BillingPeriod, *, time_zone: str) -> Period:
    """Return a billing period."""
    instants = window(of, time_zone=time_zone)
    return Period(
        start=of.start,
        last_day=of.last_day,
        starts_at=instants.start,
        ends_at=instants.end,
        time_zone=time_zone,
    )
