"""Voice rates by direction and number prefix (BR-42)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from subscriptions.domain import e164

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

    def match_all(self, *, directions: NDArray[np.int8], remotes: NDArray[np.int64]) -> NDArray[np.int64]:
        """
        Return the place among the rates of the one that `match` returns for each call, -1 for none.

        `directions` are counted from 1 in the order of `DIRECTIONS`; `remotes` are the far ends' codes.
        """
        bounds, places = self._ranges
        codes = directions.astype(np.int64) * _ALL_CODES + remotes
        # Codes in order are found in a fraction of the time: each lies where the one before it did, or next to it.
        order = np.argsort(codes)
        found = np.empty(len(codes), np.int64)
        found[order] = places[np.searchsorted(bounds, codes[order], side="right") - 1]
        return found

    def adjusted_seconds(self, seconds: int) -> int:
        """Return a call's duration rounded up to the increment."""
        return -(-seconds // self.increment_seconds) * self.increment_seconds

    @cached_property
    def shown_as(self) -> NDArray[np.int64]:
        """Return a number for each rate, in order of direction, destination and price: one for all that share these."""
        keys = [(rate.direction, rate.destination, f"{rate.per_minute.normalize():f}") for rate in self.rates]
        numbers = {key: number for number, key in enumerate(sorted(set(keys)))}
        return np.array([numbers[key] for key in keys], np.int64)

    @cached_property
    def _by_direction(self) -> Mapping[str, Mapping[str, Rate]]:
        grouped: dict[str, dict[str, Rate]] = {}
        for rate in self.rates:
            grouped.setdefault(rate.direction, {})[rate.prefix] = rate
        return grouped

    @cached_property
    def _ranges(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """
        Return where the codes of numbers change their rate, and the place of the rate from there on.

        Each direction has a stretch of codes of its own, so that all of them are searched at once.
        """
        by_direction: dict[str, dict[str, int]] = {}
        for place, rate in enumerate(self.rates):
            by_direction.setdefault(rate.direction, {})[rate.prefix] = place
        ranges = [
            (number * _ALL_CODES + first, place)
            for number, direction in enumerate(DIRECTIONS, start=1)
            for first, place in sorted(_flattened(by_direction.get(direction, {})).items())
        ]
        bounds, places = zip(*ranges, strict=True)
        return np.array(bounds), np.array(places)

    @cached_property
    def _longest_prefix(self) -> int:
        return max((len(rate.prefix) for rate in self.rates), default=0)


_ALL_CODES = e164.codes_of("")[1]


def _flattened(places: Mapping[str, int]) -> Mapping[int, int]:
    """Return nested prefixes as ranges side by side, by their first code; the longest prefix has its own."""
    ranges = {0: -1}
    within: list[tuple[int, int]] = []

    def leave_until(code: int) -> None:
        # Where a prefix ends, the one around it goes on.
        while within and within[-1][0] <= code:
            end, _ = within.pop()
            ranges[end] = within[-1][1] if within else -1

    for prefix in sorted(prefix for prefix in places if not prefix or is_prefix(prefix)):
        first, after = e164.codes_of(prefix)
        leave_until(first)
        ranges[first] = places[prefix]
        within.append((after, places[prefix]))
    leave_until(_ALL_CODES)
    return ranges
