"""
Quantity and price of a line whose product is exactly what the line comes to, as programs work it out again (BR-32).

In EN 16931 a line is quantity x price ÷ base quantity. What a charge says beside that, months and days, becomes a part
of its quantity; what is no such product at all is one piece of its own price.
"""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from invoices.domain.charge import ChargeKind
from invoices.domain.e_invoice.values import Figures
from subscriptions.domain.catalog import (
    BASIC_IVR,
    BYOC_CLOUD,
    CALL_PORTS,
    CONTACT_CENTER_TIERS,
    DATA_STORAGE,
    VOICE_TRANSCRIPTION,
)
from subscriptions.domain.money import round_money

PIECE, MINUTE, HOUR, DAY, MONTH, GIGABYTE = "C62", "MIN", "HUR", "DAY", "MON", "E34"
"""Units of measure (UN/ECE Recommendation 20)."""


def unit_of(*, kind: ChargeKind, product: str, hourly: bool) -> str:
    """Return the unit that a charge is counted in; `hourly` licensing counts the tiers in hours."""
    if kind is ChargeKind.VOICE or product in {BASIC_IVR, BYOC_CLOUD, VOICE_TRANSCRIPTION}:
        return MINUTE
    if product == DATA_STORAGE:
        return GIGABYTE
    if product == CALL_PORTS or (hourly and product in CONTACT_CENTER_TIERS):
        return HOUR
    return PIECE


def line_figures(
    *,
    quantity: Decimal,
    unit_price: Decimal,
    unit: str,
    months: int,
    days: int | None,
    period_days: int | None,
    amount: Decimal,
    currency: str,
) -> Figures:
    """Return the first reading of a charge that comes to its amount; the last, one piece at its price, always does."""
    readings = _readings(quantity, unit_price, unit, months, days, period_days)
    return next((one for one in readings if _comes_to(one, amount, currency)), lump_sum(amount))


def lump_sum(amount: Decimal) -> Figures:
    """Return an amount as one piece at its price: what is taken off is minus one piece, as no price is negative."""
    return Figures(quantity=Decimal(-1 if amount < 0 else 1), unit=PIECE, price=abs(amount))


def net_of(figures: Figures, *, currency: str) -> Decimal:
    """Return what figures come to, rounded once."""
    exact = Fraction(figures.quantity) * Fraction(figures.price) / Fraction(figures.basis)
    return Decimal(round_money(exact, currency).amount)


def _readings(
    quantity: Decimal, unit_price: Decimal, unit: str, months: int, days: int | None, period_days: int | None
) -> Iterator[Figures]:
    if days is not None and period_days:
        # Two numbers for 15 of 31 days are 30 days at the price of 31.
        yield Figures(quantity=quantity * days, unit=DAY, price=unit_price, basis=Decimal(period_days))
    if months > 1:
        yield Figures(quantity=quantity * months, unit=MONTH, price=unit_price)
    yield Figures(quantity=quantity, unit=unit, price=unit_price)


def _comes_to(figures: Figures, amount: Decimal, currency: str) -> bool:
    return figures.price >= 0 and figures.quantity != 0 and net_of(figures, currency=currency) == amount
