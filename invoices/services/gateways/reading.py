"""Reads what a gateway sent: signed, and still looked at as if anybody had written it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from moneyed import CurrencyDoesNotExist, Money, get_currency

from invoices.services.gateways.contract import UnreadableNoticeError
from subscriptions.domain.money import exponent

LONGEST_NAME, LONGEST_REFERENCE = 255, 100
GREATEST_UNITS = 10**12
_LAST_SECOND = 253_402_300_799


def read_name(data: Mapping[str, Any], field: str, *, longest: int = LONGEST_NAME) -> str:
    """
    Return a name that stands in a field; empty if there is none.

    :raises UnreadableNoticeError: if something else stands there
    """
    value = data.get(field)
    if value is None:
        return ""
    # What is not printable is not made by a gateway, and NUL is refused by a database.
    if not isinstance(value, str) or len(value) > longest or not (value.isascii() and value.isprintable()):
        raise UnreadableNoticeError(f"{field} is no name.")
    return value


def read_part(data: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    """
    Return the object that stands in a field, empty if there is none.

    :raises UnreadableNoticeError: if something else stands there
    """
    value = data.get(field)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise UnreadableNoticeError(f"{field} is no object.")
    return value


def read_units(data: Mapping[str, Any], field: str) -> Money:
    """
    Return the amount that a field counts in the minor unit of the currency beside it.

    :raises UnreadableNoticeError: if it is none
    """
    units, code = data.get(field), read_name(data, "currency", longest=3).upper()
    if not isinstance(units, int) or isinstance(units, bool) or not 0 <= units <= GREATEST_UNITS:
        raise UnreadableNoticeError(f"{field} is no amount.")
    try:
        get_currency(code)
    except CurrencyDoesNotExist:
        raise UnreadableNoticeError("currency is none that there is.") from None
    return Money(Decimal(units).scaleb(-exponent(code)), code)


def to_units(amount: Money) -> int:
    """Return an amount counted in the minor unit of its currency."""
    return int(amount.amount.scaleb(exponent(amount.currency)))


def read_instant(data: Mapping[str, Any], field: str) -> datetime:
    """
    Return the instant that a field counts in seconds.

    :raises UnreadableNoticeError: if it is none
    """
    seconds = data.get(field)
    if not isinstance(seconds, int) or isinstance(seconds, bool) or not 0 <= seconds <= _LAST_SECOND:
        raise UnreadableNoticeError(f"{field} is no time.")
    return datetime.fromtimestamp(seconds, tz=UTC)
