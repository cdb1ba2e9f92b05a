"""Add-on seats: by user, or by the pool's usage percentage in concurrent licensing (BR-24)."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from math import ceil

from usage.domain.activity import Activity


def add_ons_by_user(activity: Activity, *, add_ons: Iterable[str], license_of: Mapping[str, str]) -> dict[str, Decimal]:
    """Return how many billable users had each add-on assigned: named and hourly licensing (BR-24)."""
    return {add_on: Decimal(len(activity.holders_of(add_on) & license_of.keys())) for add_on in add_ons}


def add_ons_by_percentage(
    activity: Activity, *, add_ons: Iterable[str], billable: int, configured: int
) -> dict[str, Decimal]:
    """Return the add-on seats of concurrent licensing from those assigned in the period (BR-24)."""
    return {
        add_on: Decimal(
            add_on_seats(billable=billable, configured=configured, assigned=len(activity.holders_of(add_on)))
        )
        for add_on in add_ons
    }


def add_on_seats(*, billable: int, configured: int, assigned: int) -> int:
    """Return usage percentage x add-on licenses, a part of a seat rounded up; 0 if nobody is configured (BR-24)."""
    # An exact fraction: 29 of 100 times 100 is 29, where a float's 0.29 x 100 would round up to 30.
    return ceil(Fraction(billable, configured) * assigned) if configured else 0
