"""Add-on seats: by user, or by the pool's usage percentage in concurrent licensing (BR-24)."""

from collections.abc import Iterable
from fractions import Fraction
from math import ceil

from usage.domain.activity import Activity


def add_on_holders(activity: Activity, *, add_ons: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return to whom each add-on was assigned at any instant of the period; an add-on nobody had is left out."""
    held = {add_on: activity.holders_of(add_on) for add_on in sorted(add_ons)}
    return {add_on: holders for add_on, holders in held.items() if holders}


def add_on_seats(*, billable: int, configured: int, assigned: int) -> int:
    """Return usage percentage x add-on licenses, a part of a seat rounded up; 0 if nobody is configured (BR-24)."""
    # An exact fraction: 29 of 100 times 100 is 29, where a float's 0.29 x 100 would round up to 30.
    return ceil(Fraction(billable, configured) * assigned) if configured else 0
