"""Bars of what is used beside what is agreed."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """A bar of 100: so much of it within the commitment, so much above, and where the commitment lies."""

    within: int
    above: int
    commitment: int | None


def gauge_of(in_use: Decimal, committed: Decimal) -> Gauge:
    """Return the bar of what is in use beside what is committed, or included."""
    if not committed:
        return Gauge(within=100 if in_use else 0, above=0, commitment=None)
    whole = max(in_use, committed)
    within = int(100 * min(in_use, committed) / whole)
    above = 100 - within if in_use > committed else 0
    return Gauge(within=within, above=above, commitment=int(100 * committed / whole))
