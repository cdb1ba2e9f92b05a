"""Draws the curves of a period, unless there is too much to count while a person waits."""

from collections.abc import Mapping

from usage.documents import Reader
from usage.documents.curves import (
    Curve,
    build_curve_of_concurrency,
    build_curve_of_people,
    build_curves_of_resources,
)
from usage.domain.concurrent import Peak
from usage.domain.fair_use import FairUse
from usage.domain.known_period import KnownPeriod
from usage.selectors import count_bearing_events
from usage.services.daily import iterate_days, list_days_of_resources

EVENTS_DRAWN_AT_ONCE = 30_000
"""A page reads so many events for its curves, about a second's work; of more, the files have the numbers."""


def draw_curves(
    known: KnownPeriod, *, peak: Peak | None, fair_use: Mapping[str, FairUse], reader: Reader
) -> list[Curve] | None:
    """Return the curves of a period with what was counted in it; None if that would read too many events."""
    bearing = count_bearing_events(
        organization_id=known.organization_id,
        window=known.window,
        received_until=known.received_until,
        at_most=EVENTS_DRAWN_AT_ONCE + 1,
    )
    if bearing > EVENTS_DRAWN_AT_ONCE:
        return None
    days = list(iterate_days(known))
    if not any(day.logged_in for day in days) and not any(use.used for use in fair_use.values()):
        return []
    curves = [build_curve_of_people(days, known=known, reader=reader)]
    if peak is not None:
        curves.append(build_curve_of_concurrency(days, peak=peak, known=known, reader=reader))
    resources = list_days_of_resources(known)
    return [*curves, *build_curves_of_resources(resources, fair_use=fair_use, known=known, reader=reader)]
