"""Voice rates by direction and number prefix (BR-42)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

DEFAULT_INCREMENT_SECONDS = 6

DIRECTIONS = ("outbound", "inbound", "toll_free")

_PREFIX = re.compile(r"\+[0-9]{0,15}")


def is_prefix(text: str) -> bool:
    """Tell whether numbers in E.164 can begin with a text: digits after a plus sign."""
    return _PREFIX.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """The price per minute of calls in one direction to or from numbers that begin with a prefix."""

    direction: str
    prefix: str
    destination: str
    per_minute: Decimal


@dataclass(frozen=True, kw_only=True)
class RateDeck:
    """All rates of a subscription; calls are rounded up to `increment_seconds`."""

    rates: Sequence[Rate]
    increment_seconds: int = DEFAULT_INCREMENT_SECONDS

    def match(self, *, direction: str, remote: str) -> Rate | None:
        """Return the rate with the longest prefix of the far end's number, None if none matches (BR-42)."""
        by_prefix = self._by_direction.get(direction, {})
        for length in range(min(len(remote), self._longest_prefix), -1, -1):
            if rate := by_prefix.get(remote[:length]):
                return rate
        return None

    def adjusted_seconds(self, seconds: int) -> int:
        """Return a call's duration rounded up to the increment."""
        return -(-seconds // self.increment_seconds) * self.increment_seconds

    @cached_property
    def _by_direction(self) -> Mapping[str, Mapping[str, Rate]]:
        grouped: dict[str, dict[str, Rate]] = {}
        for rate in self.rates:
            grouped.setdefault(rate.direction, {})[rate.prefix] = rate
        return grouped

    @cached_property
    def _longest_prefix(self) -> int:
        return max((len(rate.prefix) for rate in self.rates), default=0)
