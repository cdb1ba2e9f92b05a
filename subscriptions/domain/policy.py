"""The editions of the rules: which thresholds count users and what is included (table Editions)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Edition(StrEnum):
    """The version of the rules that a subscription was agreed under; old periods replay under theirs."""

    E2016 = "2016"
    E2019 = "2019"
    E2025 = "2025"


class IncludedUse(StrEnum):
    """What a seat brings beside itself."""

    CALL_PORTS = "call_ports"
    FAIR_USE = "fair_use"


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingPolicy:
    """The thresholds of one edition."""

    minimum_assignment: timedelta
    """How long in a period a base license must be assigned to count; zero: one instant will do (BR-20)."""
    pool_needs_queue: bool
    """Whether the concurrent pool holds only those who were on queue (BR-21)."""
    peak_accumulates: bool
    """Whether the 30 minutes of a peak may be collected over the period (BR-21)."""
    minimum_peak: timedelta
    """How long a level must be held to count as the peak (BR-21)."""
    free_ramp_licenses: bool
    """Whether licenses and add-ons are free in the ramp (BR-11)."""
    included_use: IncludedUse
    """Whether seats bring call ports (BR-41) or fair-use allotments (BR-40)."""


HALF_AN_HOUR = timedelta(minutes=30)

POLICIES: Mapping[Edition, BillingPolicy] = {
    Edition.E2016: BillingPolicy(
        minimum_assignment=timedelta(hours=4),
        pool_needs_queue=True,
        peak_accumulates=False,
        minimum_peak=HALF_AN_HOUR,
        free_ramp_licenses=False,
        included_use=IncludedUse.CALL_PORTS,
    ),
    Edition.E2019: BillingPolicy(
        minimum_assignment=timedelta(0),
        pool_needs_queue=False,
        peak_accumulates=False,
        minimum_peak=HALF_AN_HOUR,
        free_ramp_licenses=False,
        included_use=IncludedUse.FAIR_USE,
    ),
    Edition.E2025: BillingPolicy(
        minimum_assignment=timedelta(0),
        pool_needs_queue=False,
        peak_accumulates=True,
        minimum_peak=HALF_AN_HOUR,
        free_ramp_licenses=True,
        included_use=IncludedUse.FAIR_USE,
    ),
}
