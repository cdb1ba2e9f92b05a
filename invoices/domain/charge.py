"""A priced quantity, before and after it stands on a document (BR-30, BR-32)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from moneyed import Money

from subscriptions.domain.catalog import TaxCategory
from subscriptions.domain.money import multiplied, plain, round_money


class ChargeKind(StrEnum):
    """What a charge is for, in the order in which lines stand on a document."""

    PREPAY = "prepay"
    USAGE = "usage"
    OVERAGE = "overage"
    FAIR_USE = "fair_use"
    CALL_PORTS = "call_ports"
    VOICE = "voice"
    NUMBER_SETUP = "number_setup"
    NUMBER = "number"
    ONE_TIME = "one_time"
    HARDWARE = "hardware"
    ADJUSTMENT = "adjustment"
    CREDIT = "credit"


KIND_ORDER = {kind: position for position, kind in enumerate(ChargeKind)}

IN_ARREARS = frozenset(ChargeKind) - {
    ChargeKind.PREPAY,
    ChargeKind.ONE_TIME,
    ChargeKind.HARDWARE,
    ChargeKind.CREDIT,
}
"""The kinds that are charged after their period and may be corrected; adjustments themselves included (BR-74)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The dates a charge is for; `last_day` is inclusive, as it is printed."""

    start: date
    last_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """
    A quantity at a price for a service, rounded once to the currency's minor unit.

    `unit_price` is net, per unit and month, in the amount's currency. `destination` and `direction` tell voice charges
    apart, `days` and `period_days` those of phone numbers; `corrects` is the kind that an adjustment corrects, or a
    credit by hand gives back.
    """

    kind: ChargeKind
    product: str
    quantity: Decimal
    unit_price: Decimal
    amount: Money
    service: Service
    tax_category: TaxCategory
    months: int = 1
    destination: str = ""
    direction: str = ""
    days: int | None = None
    period_days: int | None = None
    corrects: ChargeKind | None = None
    order_key: str = ""

    @property
    def identity(self) -> "ChargeIdentity":
        """Return what tells this charge from the others of its service period (BR-74)."""
        kind = self.corrects or self.kind
        return ChargeIdentity(
            kind=kind,
            product=self.product,
            direction=self.direction,
            destination=self.destination,
            rate=self.unit_price if kind is ChargeKind.VOICE else None,
            days=self.days,
        )

    def key(self, revision: str) -> str:
        """
        Return the text that must be unique over all documents of the subscription (BR-70).

        `revision` names the close that corrects, for an adjustment; the first charge of a service has none, whoever
        issues it. `order_key` stands for all of it where an order or a shipment is charged, or a line is credited by
        hand.
        """
        if self.order_key:
            return self.order_key
        who = self.identity
        rate = "" if who.rate is None else plain(who.rate)
        days = "" if who.days is None else str(who.days)
        parts = (self.kind, who.kind, who.product, who.direction, who.destination, rate, days, self.service.start)
        return "|".join([*map(str, parts), revision if self.kind is ChargeKind.ADJUSTMENT else ""])


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeIdentity:
    """Kind and product; for voice also direction, destination and rate, for a number its days (BR-74)."""

    kind: ChargeKind
    product: str
    direction: str
    destination: str
    rate: Decimal | None
    days: int | None


def charged_amount(*, quantity: Decimal | Fraction, unit_price: Decimal, months: int, currency: str) -> Money:
    """Return quantity x unit price x months, rounded once, half up, to the currency's minor unit (BR-32)."""
    return round_money(multiplied(quantity, unit_price, months), currency)


def line_order(charge: Charge) -> tuple[object, ...]:
    """
    Return where a line stands on its document.

    By kind, product, service start, destination, direction, corrected kind, unit price, days.
    """
    return (
        KIND_ORDER[charge.kind],
        charge.product,
        charge.service.start,
        charge.destination,
        charge.direction,
        KIND_ORDER[charge.corrects] if charge.corrects else -1,
        charge.unit_price,
        charge.days or 0,
    )
