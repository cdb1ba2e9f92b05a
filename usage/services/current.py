"""The running period of an organization as it stands: counted now, or by a worker where that would take too long."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from subscriptions.models import Organization
from usage.domain.bearing import bearing_on, pool_kinds
from usage.domain.known_period import KnownPeriod
from usage.domain.resources import DayOfResources
from usage.domain.snapshot import UsageCount
from usage.domain.so_far import SoFar, count_so_far
from usage.selectors.columns import Asked, AskedPeriod, get_usage_columns
from usage.services.daily import list_days_of_resources
from usage.services.live import is_large, watch
from usage.services.running import find_running_period


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentUsage:
    """
    The running period of an organization as far as it is known, and what was counted in it; None if nothing was yet.

    `count` has the people, where they were counted now; else the live count's rows are them. `is_awaited` tells that a
    newer count is to come, `failed` that the last attempt did not succeed.
    """

    known: KnownPeriod
    so_far: SoFar | None
    count: UsageCount | None = None
    is_awaited: bool = False
    failed: bool = False

    def list_days_of_resources(self) -> Sequence[DayOfResources]:
        """Return what was used of each fair-use resource on each day (BR-40)."""
        if self.so_far is None:
            return ()
        return self.so_far.resources if self.count is None else list_days_of_resources(self.known)


def get_current_usage(*, organization: Organization, now: datetime) -> CurrentUsage | None:
    """Return what was counted so far in the period that holds an instant; None if no agreement runs then."""
    known = find_running_period(organization=organization, now=now)
    if known is None:
        return None
    if is_large(known):
        live = watch(known, now=now)
        return CurrentUsage(known=live.known, so_far=live.so_far, is_awaited=live.is_awaited, failed=live.failed)
    count, so_far = count_running_period(known)
    return CurrentUsage(known=known, so_far=so_far, count=count)


def count_running_period(known: KnownPeriod) -> tuple[UsageCount, SoFar]:
    """Count a running period from its events, all of them."""
    bearing = bearing_on(known.window, terms=known.terms, deck=None)
    asked = Asked(
        organization_id=known.organization_id,
        # Who takes part in the peak is told by day in every licensing model.
        kinds=bearing.kinds | pool_kinds(known.terms),
        received_until=known.received_until,
    )
    columns = get_usage_columns(AskedPeriod(asked=asked, window=known.window, calls=bearing.calls))
    return count_so_far(columns, known=known)
