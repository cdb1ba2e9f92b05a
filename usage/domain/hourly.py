"""Hours logged in, summed per tier and rounded up once (BR-22)."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from subscriptions.domain.catalog import CONTACT_CENTER_TIERS
from usage.domain.activity import Activity

ONE_HOUR = timedelta(hours=1)


def hours_by_tier(activity: Activity, *, license_of: Mapping[str, str]) -> dict[str, Decimal]:
    """
    Return the billable hours of each contact-center tier: whole hours, rounded up once per tier (BR-22).

    `license_of` is the license counted for each user (BR-20); overlapping sessions of one user count once.
    """
    logged_in: defaultdict[str, timedelta] = defaultdict(timedelta)
    for user, license_code in license_of.items():
        if license_code in CONTACT_CENTER_TIERS:
            logged_in[license_code] += activity.sessions.times[user].logged_in
    return {tier: Decimal(-(-duration // ONE_HOUR)) for tier, duration in logged_in.items()}
