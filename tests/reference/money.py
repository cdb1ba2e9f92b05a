"""How amounts are rounded and written (BR-32)."""

from decimal import Decimal
from fractions import Fraction
from math import floor

NO_MINOR_UNIT = {"JPY"}


def decimals(currency):
    return 0 if currency in NO_MINOR_UNIT else 2


def half_up(exact, places):
    """Return the number at that many decimals, halves away from zero."""
    scaled = abs(Fraction(exact)) * 10**places
    whole = floor(scaled + Fraction(1, 2))
    return Decimal(whole if exact >= 0 else -whole).scaleb(-places)


def written(amount, places):
    return f"{amount + 0:.{places}f}" if amount else f"{Decimal(0):.{places}f}"


def plain(quantity):
    """Return a quantity without trailing zeros or an exponent."""
    text = f"{Decimal(quantity):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
