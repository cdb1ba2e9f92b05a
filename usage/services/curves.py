"""Draws the curves of a closed period, unless there is too much to count while a person waits."""

from collections.abc import Mapping

from usage.documents import Reader
from usage.documents.curves import Curve, build_curves
from usage.domain.concurrent import Peak
from usage.domain.fair_use import FairUse
from usage.domain.known_period import KnownPeriod
from usage.selectors.events import count_bearing_events
from usage.services.daily import list_day_figures, list_days_of_resources

EVENTS_DRAWN_AT_ONCE = 30_000
"""A page reads so many events for its curves, about a second's work; of more, the files have the numbers."""


def draw_curves(
    known: KnownPeriod, *, peak: Peak | None, fair_use: Mapping[str, FairUse], reader: Reader
) -> list[Curve] | None:
    """Return the curves of a closed period with what was counted in it; None if that would read too many events."""
    bearing = count_bearing_events(
        organization_id=known.organization_id,
        window=known.window,
        received_until=known.received_until,
        at_most=EVENTS_DRAWN_AT_ONCE + 1,
    )
    if bearing > EVENTS_DRAWN_AT_ONCE:
        return None
    return build_curves(
        list_day_figures(known),
        list_days_of_resources(known),
        peak=peak,
        fair_use=fair_use,
        known=known,
        reader=reader,
    )
