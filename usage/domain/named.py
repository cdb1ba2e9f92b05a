"""
Who is a billable named user, and at which license (BR-20).

Whoever was logged in at any instant of the period counts, at the highest base license assigned to them at any instant
of it; in edition 2016 only licenses assigned for four hours or more in total count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from subscriptions.domain.catalog import LICENSE_RANK, highest
from usage.domain.activity import Activity
from usage.domain.intervals import Interval, total


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedUsers:
    """The users counted by name with the license counted for each, and those who had none at all."""

    license_of: Mapping[str, str]
    unlicensed: frozenset[str]


def named_users(activity: Activity, *, minimum_assignment: timedelta) -> NamedUsers:
    """Return the license counted for each user who was logged in; who is left with none is not billable (BR-20)."""
    counted = {
        user: counted_license(activity.held.get(user, {}), minimum_assignment=minimum_assignment)
        for user in activity.sessions
    }
    return NamedUsers(
        license_of={user: license_code for user, license_code in counted.items() if license_code is not None},
        unlicensed=frozenset(
            user for user, license_code in counted.items() if license_code is None and not activity.licenses_of(user)
        ),
    )


def counted_license(held: Mapping[str, Sequence[Interval]], *, minimum_assignment: timedelta) -> str | None:
    """Return the highest base license held long enough in the period, each license by itself; None if none was."""
    return highest(
        {
            product
            for product, intervals in held.items()
            # However short is long enough where no edition asks for more: nothing is to be added up.
            if product in LICENSE_RANK and (not minimum_assignment or total(intervals) >= minimum_assignment)
        }
    )
