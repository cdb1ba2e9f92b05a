"""Amounts of money and the one rounding function (BR-32, BR-83)."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache

from moneyed import Currency, Money, get_currency

CURRENCIES = ("AUD", "BRL", "CAD", "EUR", "GBP", "JPY", "NZD", "USD")
"""The currencies a subscription may be agreed in (BR-83)."""

UNIT_PRICE_DECIMALS = 6


@lru_cache(maxsize=64)
def exponent(currency: Currency | str) -> int:
    """Return how many decimals the currency's minor unit has: 2 for most, 0 for the yen."""
    return len(str(get_currency(str(currency)).sub_unit)) - 1


def round_half_up(value: Fraction | Decimal, decimals: int) -> Decimal:
    """
    Round to so many decimals, a half away from zero, for negative values as well (BR-32).

    A `Fraction` is rounded exactly: it is never turned into a decimal first.
    """
    numerator, denominator = value.as_integer_ratio()
    return Decimal(whole_half_up(numerator * 10**decimals, denominator)).scaleb(-decimals)


def whole_half_up(numerator: int, denominator: int) -> int:
    """Round a ratio to a whole number, a half away from zero (BR-32)."""
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return magnitude if numerator >= 0 else -magnitude


def multiplied(*factors: Fraction | Decimal | int) -> Fraction:
    """Return the exact product of numbers, reduced once and not with every factor."""
    numerator = denominator = 1
    for factor in factors:
        above, below = factor.as_integer_ratio()
        numerator, denominator = numerator * above, denominator * below
    return Fraction(numerator, denominator)


def round_money(value: Fraction | Decimal, currency: Currency | str) -> Money:
    """Round to the currency's minor unit, half up: the only place where an amount loses precision (BR-32)."""
    return Money(round_half_up(value, exponent(currency)), str(currency))


def zero(currency: Currency | str) -> Money:
    """Return nothing, at the currency's precision."""
    return round_money(Fraction(0), currency)


def plain(value: Decimal) -> str:
    """Write a decimal without exponent and without trailing zeros: `2`, `3.8`, `-1`."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"", "-0"} else text


def at_precision(amount: Money) -> str:
    """Write an amount's number at its currency's precision: `150.00`, `2000`."""
    return f"{amount.amount.quantize(Decimal(1).scaleb(-exponent(amount.currency)), rounding=ROUND_HALF_UP):f}"
