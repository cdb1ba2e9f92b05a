"""Tells a period day by day."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from subscriptions.domain.catalog import DATA_STORAGE
from usage.domain.activity import Activity, activity
from usage.domain.bearing import SESSION_KINDS, pool_kinds
from usage.domain.concurrent import pool
from usage.domain.daily import DayFigures, DayInUse, day_in_use, days_of, figures_by_day
from usage.domain.events import EventKind
from usage.domain.fair_use import MEASURED_IN_SECONDS, average_gigabytes
from usage.domain.known_period import KnownPeriod
from usage.domain.resources import RESOURCE_OF, DayOfResources
from usage.selectors.columns import Asked, AskedPeriod, get_usage_columns
from usage.selectors.events import list_consumption_by_day, list_storage_readings


def list_day_figures(known: KnownPeriod) -> list[DayFigures]:
    """Return the days of a period in figures, counted by the meters that bill it (BR-21, BR-23)."""
    done = _read(known, SESSION_KINDS | pool_kinds(known.terms))
    members = pool(done, needs_queue=known.terms.policy.pool_needs_queue)
    days = days_of(known.window, time_zone=known.terms.time_zone)
    return figures_by_day(done.sessions, pool=members, days=days)


def iterate_days(known: KnownPeriod) -> Iterator[DayInUse]:
    """Yield who was in on each day of a period, in order (BR-23)."""
    sessions = _read(known, SESSION_KINDS | {EventKind.DELETED}).sessions
    for day in days_of(known.window, time_zone=known.terms.time_zone):
        yield day_in_use(day, sessions)


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


def _read(known: KnownPeriod, kinds: frozenset[EventKind]) -> Activity:
    asked = Asked(organization_id=known.organization_id, kinds=kinds, received_until=known.received_until)
    columns = get_usage_columns(AskedPeriod(asked=asked, window=known.window, calls=known.window))
    return activity(columns, period=known.window)


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
