"""What leaves the warehouse of an order of hardware (BR-51)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A part of an order, and what of it had shipped before as far as the person who ships it knows."""

    shipped_on: date
    quantity: Decimal
    shipped_before: Decimal
