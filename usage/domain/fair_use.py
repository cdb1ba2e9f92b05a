"""
Fair use: allotments pooled over the licenses, and what was used above them (BR-40; editions 2019 and 2025).

Figures are exact fractions: minutes, requests, gigabytes averaged over the period. Only the overage is rounded, up, to
the whole unit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import ceil

from subscriptions.domain.catalog import (
    BASIC_IVR,
    BYOC_CLOUD,
    CONTACT_CENTER_TIERS,
    DATA_STORAGE,
    FAIR_USE_RESOURCES,
    HOURS_PER_NAMED_ALLOWANCE,
    VOICE_TRANSCRIPTION,
    built_in_allowance,
)
from subscriptions.domain.period import Window
from subscriptions.domain.terms import Allowance, ContractTerms, LicensingModel
from usage.domain.events import Consumption, StorageReading

_NOTHING = Fraction()
MEASURED_IN_SECONDS = frozenset({BASIC_IVR, BYOC_CLOUD, VOICE_TRANSCRIPTION})


@dataclass(frozen=True, slots=True, kw_only=True)
class FairUse:
    """What was used of a resource, what the licenses bring, and the whole units above it."""

    used: Fraction
    allotment: Fraction
    over: int


def fair_use(
    *,
    consumptions: Iterable[Consumption],
    readings: Sequence[StorageReading],
    period: Window,
    seats: Mapping[str, Decimal],
    terms: ContractTerms,
) -> Mapping[str, FairUse]:
    """
    Return use and overage of every resource that was used or is included (BR-40).

    `seats` are the greater of commitment and billable quantity by license or add-on (hours, for hourly tiers).
    """
    used = _consumed(consumptions, period)
    used[DATA_STORAGE] = average_gigabytes(readings, period=period)
    allotments = _allotments(tuple(seats.items()), tuple(terms.allowances), terms.licensing_model)
    result = {}
    for resource in FAIR_USE_RESOURCES:
        allotment = allotments[resource]
        consumed = used.get(resource, _NOTHING)
        if consumed or allotment:
            over = over_allotment(used=consumed, allotment=allotment)
            result[resource] = FairUse(used=consumed, allotment=allotment, over=over)
    return result


def over_allotment(*, used: Fraction, allotment: Fraction) -> int:
    """Return max(0, used - allotment), rounded up once to the whole unit (BR-40)."""
    return ceil(used - allotment) if used > allotment else 0


def average_gigabytes(readings: Sequence[StorageReading], *, period: Window) -> Fraction:
    """
    Return the time-weighted average of the readings over the period (BR-40).

    A reading holds until the next; of two at one instant the greater counts; the last one before the period holds at
    its start; none means 0, and so does a period over a day that the calendar skipped.
    """
    if period.start == period.end or not readings:
        return _NOTHING
    greatest: dict[datetime, StorageReading] = {}
    for reading in readings:
        known = greatest.get(reading.at)
        if known is None or reading.gigabytes > known.gigabytes:
            greatest[reading.at] = reading
    level, since, weighted = Fraction(), period.start, Fraction()
    for reading in sorted(greatest.values(), key=lambda reading: reading.at):
        if reading.at >= period.end:
            break
        if reading.at > since:
            weighted += level * _microseconds(reading.at - since)
            since = reading.at
        level = Fraction(reading.gigabytes)
    weighted += level * _microseconds(period.end - since)
    return weighted / _microseconds(period.end - period.start)


def _microseconds(duration: timedelta) -> int:
    return duration // timedelta(microseconds=1)


def _consumed(consumptions: Iterable[Consumption], period: Window) -> dict[str, Fraction]:
    counted: dict[str, int] = {}
    for consumption in consumptions:
        if consumption.at in period:
            counted[consumption.resource] = counted.get(consumption.resource, 0) + consumption.amount
    return {
        resource: Fraction(amount, 60) if resource in MEASURED_IN_SECONDS else Fraction(amount)
        for resource, amount in counted.items()
    }


def allowance(terms: ContractTerms, product: str, resource: str) -> Fraction:
    """Return what one seat brings in a month, or one hour of an hourly tier: the named figure / 111 (BR-40)."""
    return _allowance(terms.allowances, terms.licensing_model, product, resource)


@lru_cache(maxsize=1024)
def _allotments(
    seats: tuple[tuple[str, Decimal], ...], agreed: tuple[Allowance, ...], model: LicensingModel
) -> Mapping[str, Fraction]:
    """Return what some seats bring of each resource; remembered, as the seats of many organizations are alike."""
    exact = {product: Fraction(quantity) for product, quantity in seats if quantity}
    return {
        resource: sum(
            (quantity * _allowance(agreed, model, product, resource) for product, quantity in exact.items()),
            start=_NOTHING,
        )
        for resource in FAIR_USE_RESOURCES
    }


def _allowance(agreed: Sequence[Allowance], model: LicensingModel, product: str, resource: str) -> Fraction:
    figure = next((row.quantity for row in agreed if row.product == product and row.resource == resource), None)
    if figure is None:
        concurrent = model is LicensingModel.CONCURRENT
        figure = built_in_allowance(license_code=product, resource=resource, concurrent=concurrent)
    by_the_hour = model is LicensingModel.HOURLY and product in CONTACT_CENTER_TIERS
    return Fraction(figure) / HOURS_PER_NAMED_ALLOWANCE if by_the_hour else Fraction(figure)
