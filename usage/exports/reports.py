"""The reports of a period: billable usage, concurrent usage by day, resources by day, user hours by day."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from subscriptions.domain.catalog import API_REQUESTS, CONTACT_CENTER_TIERS, DATA_STORAGE
from subscriptions.domain.money import round_half_up
from subscriptions.exports.csv_file import Value
from subscriptions.exports.report import Report
from usage.domain.concurrent import Peak
from usage.domain.daily import DayFigures, DayInUse
from usage.domain.resources import DayOfResources
from usage.domain.snapshot import PersonUse

DECIMALS = 6
"""Figures of a file have so many decimals, where they need them."""

UNITS = {DATA_STORAGE: "GB", API_REQUESTS: "requests"}


def billable_usage(
    people: Iterable[PersonUse],
    *,
    peak: Peak | None,
    add_on_holders: Mapping[str, frozenset[str]],
    names: Mapping[str, str],
) -> Report:
    """
    Return who is behind each charge and when they first logged in.

    In concurrent licensing those behind the charge are who was in when the peak was first reached (BR-21).
    """
    return Report(
        name="billable-usage",
        columns=("charge_name", "entity", "first_login_utc"),
        rows=_billable_rows(people, peak, add_on_holders, names),
    )


def _billable_rows(
    people: Iterable[PersonUse],
    peak: Peak | None,
    add_on_holders: Mapping[str, frozenset[str]],
    names: Mapping[str, str],
) -> Iterator[Sequence[Value]]:
    without_login = {add_on: set(holders) for add_on, holders in add_on_holders.items()}
    for person in people:
        license_code = _charged_license(person, peak)
        held = [add_on for add_on, holders in sorted(add_on_holders.items()) if person.user in holders]
        for product in held if license_code is None else [license_code, *held]:
            yield names.get(product, product), person.user, instant_utc(person.first_login_at)
        for add_on in held:
            without_login[add_on].discard(person.user)
    # In concurrent licensing an add-on counts for whoever had it, logged in or not (BR-24).
    for add_on, users in sorted(without_login.items()):
        for user in sorted(users):
            yield names.get(add_on, add_on), user, None


def _charged_license(person: PersonUse, peak: Peak | None) -> str | None:
    if peak is None or person.license not in CONTACT_CENTER_TIERS:
        return person.license
    return peak.tier if person.user in peak.people else None


def concurrent_usage(days: Iterable[DayFigures]) -> Report:
    """Return the most people at once of each local day, and for how many minutes."""
    return Report(
        name="concurrent-usage",
        columns=("date", "peak_concurrent_users", "minutes_at_peak"),
        rows=(
            (day.date.isoformat(), Decimal(day.highest), _in_units_of(timedelta(minutes=1), day.time_at_highest))
            for day in days
        ),
    )


def resources_usage(days: Iterable[DayOfResources], *, names: Mapping[str, str]) -> Report:
    """Return what was used of each resource on each local day."""
    return Report(
        name="resources-usage",
        columns=("date", "resource", "quantity", "unit"),
        rows=(
            (day.date.isoformat(), names.get(resource, resource), _figure(used), UNITS.get(resource, "minutes"))
            for day in days
            for resource, used in sorted(day.used.items())
        ),
    )


def user_hours(days: Iterable[DayInUse]) -> Report:
    """Return how long each person was logged in on each local day, overlapping sessions once."""
    return Report(
        name="user-hours",
        columns=("date", "user", "seconds", "hours"),
        rows=(
            (
                day.day.date.isoformat(),
                user,
                _in_units_of(timedelta(seconds=1), logged_in),
                _in_units_of(timedelta(hours=1), logged_in),
            )
            for day in days
            for user, logged_in in day.logged_in.items()
        ),
    )


def instant_utc(instant: datetime) -> str:
    """Write an instant so that a program reads it back: ISO 8601, in UTC."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _in_units_of(unit: timedelta, duration: timedelta) -> Decimal:
    microsecond = timedelta(microseconds=1)
    return _figure(Fraction(duration // microsecond, unit // microsecond))


def _figure(quantity: Fraction) -> Decimal:
    return round_half_up(quantity, DECIMALS)
