"""Reads a period day by day, so that no more than a day of it is held at once."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from subscriptions.domain.catalog import DATA_STORAGE
from usage.domain.activity import activity
from usage.domain.concurrent import pool
from usage.domain.daily import DayInUse, day_in_use, days_of
from usage.domain.fair_use import MEASURED_IN_SECONDS, average_gigabytes
from usage.domain.known_period import KnownPeriod
from usage.domain.resources import DayOfResources
from usage.selectors import (
    RESOURCE_OF,
    get_session_facts,
    get_state_facts,
    list_consumption_by_day,
    list_storage_readings,
)


def iterate_days(known: KnownPeriod) -> Iterator[DayInUse]:
    """Yield the days of a period in order, counted by the meters that bill it (BR-21, BR-23)."""
    states = get_state_facts(known)
    members = pool(activity(states, period=known.window), needs_queue=known.terms.policy.pool_needs_queue)
    for day in days_of(known.window, time_zone=known.terms.time_zone):
        facts = get_session_facts(known, window=day.window)
        # Who is deleted is logged out.
        facts.deletions.extend(states.deletions)
        yield day_in_use(day, activity(facts, period=day.window).sessions, pool=members)


def list_days_of_resources(known: KnownPeriod) -> list[DayOfResources]:
    """Return what was used of each fair-use resource on each day of a period (BR-40)."""
    by_resource = {resource: _consumed_by_day(resource, known) for resource in RESOURCE_OF.values()}
    readings = list_storage_readings(
        organization_id=known.organization_id, window=known.window, received_until=known.received_until
    )
    return [
        DayOfResources(
            date=day.date,
            used={resource: used[day.date] for resource, used in by_resource.items() if day.date in used}
            | ({DATA_STORAGE: average_gigabytes(readings, period=day.window)} if readings else {}),
        )
        for day in days_of(known.window, time_zone=known.terms.time_zone)
    ]


def _consumed_by_day(resource: str, known: KnownPeriod) -> dict[date, Fraction]:
    days = list_consumption_by_day(
        resource,
        organization_id=known.organization_id,
        window=known.window,
        received_until=known.received_until,
        time_zone=known.terms.time_zone,
    )
    divisor = 60 if resource in MEASURED_IN_SECONDS else 1
    return {day.day: Fraction(day.amount, divisor) for day in days}
