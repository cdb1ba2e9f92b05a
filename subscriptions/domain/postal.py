"""Reads postal code and city out of an address as it is printed in Europe: a line such as `23552 Lübeck`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from subscriptions.domain.european_union import MEMBER_SINCE

CODE_FIRST = frozenset(MEMBER_SINCE) - {"GB", "IE", "LV"} | {"CH", "IS", "LI", "MC", "NO"}
"""The countries in which the postal code stands before the city; elsewhere a number may begin a street."""

LINES = 3
"""So many lines an address has beside its city, where a program reads it."""

_PREFIX = r"(?:[A-Z]{1,2}[- ])?"
_POST_CODE = _PREFIX + r"(?:\d{3} \d{2}|\d{2}-\d{3}|\d{4}-\d{3}|\d{4} ?[A-Z]{2}|\d{4,5}|[A-Z]\d{2} [A-Z0-9]{4})"
_CITY_LINE = re.compile(rf"(?P<code>{_POST_CODE})\s+(?P<city>\S.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostalAddress:
    """An address in parts; city and postal code are empty where no line of it tells them apart."""

    lines: tuple[str, ...]
    city: str
    post_code: str
    country: str


def postal_address(lines: Sequence[str], *, country: str) -> PostalAddress:
    """Return an address in parts, at most three lines beside the city: what is more is joined to the third."""
    last = lines[:-3:-1] if country.upper() in CODE_FIRST else ()
    found = next((match for line in last if (match := _CITY_LINE.fullmatch(line))), None)
    rest = [line for line in lines if found is None or line != found.string]
    if len(rest) > LINES:
        rest[LINES - 1 :] = [", ".join(rest[LINES - 1 :])]
    return PostalAddress(
        lines=tuple(rest),
        city=found["city"] if found else "",
        post_code=found["code"] if found else "",
        country=country,
    )
