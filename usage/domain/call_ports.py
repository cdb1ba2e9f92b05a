"""Excess call usage: port-hours above the ports that the seats bring (BR-41; edition 2016)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

import numpy as np

from subscriptions.domain.catalog import COMMUNICATE, CONTACT_CENTER_TIERS
from subscriptions.domain.period import ONE_SECOND, Window
from usage.domain.calls import Calls
from usage.domain.instants import MICROSECOND
from usage.domain.levels import Level, Levels, levels
from usage.domain.spans import Spans

ONE_HOUR = timedelta(hours=1)

PORTS_OF_A_CONTACT_CENTER_SEAT = 2
PORTS_OF_A_COMMUNICATE_SEAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPorts:
    """The included ports, the exact excess in hours, and the port-hours billed for it."""

    included: Fraction
    excess_hours: Fraction
    billed: int


def included_ports(seats: Mapping[str, Decimal]) -> Fraction:
    """Return 2 ports per contact-center seat and 1 per Communicate seat (BR-41)."""
    contact_center = sum((seats.get(tier, Decimal(0)) for tier in CONTACT_CENTER_TIERS), start=Decimal(0))
    communicate = seats.get(COMMUNICATE, Decimal(0))
    return PORTS_OF_A_CONTACT_CENTER_SEAT * Fraction(contact_center) + PORTS_OF_A_COMMUNICATE_SEAT * Fraction(
        communicate
    )


def call_ports(calls: Calls, *, included: Fraction, period: Window) -> CallPorts:
    """
    Return the port-hours above the included ports, rounded up once to the whole port-hour (BR-41).

    A call occupies a port from its duration before its end to its end; one over the period's end counts in both.
    """
    above = levels_above(calls, included=included, period=period)
    hours = _port_hours(above, included)
    return CallPorts(included=included, excess_hours=hours, billed=ceil(hours))


def levels_above(calls: Calls, *, included: Fraction, period: Window) -> Levels:
    """Return when more calls than the included ports ran at once, and how many ran."""
    begun = calls.ended - calls.seconds * (ONE_SECOND // MICROSECOND)
    return levels(Spans(calls.remote, begun, calls.ended).within(period)).above(floor(included))


def port_hours(level: Level, *, included: Fraction) -> Fraction:
    """Return the exact hours of ports above the included ones."""
    return (level.users - included) * Fraction(level.interval.duration // MICROSECOND, ONE_HOUR // MICROSECOND)


def _port_hours(above: Levels, included: Fraction) -> Fraction:
    """Return the same of several levels together."""
    length = above.until - above.since
    # In two parts: ports x microseconds of a long period do not fit into one number.
    seconds, rest = np.divmod(length, ONE_SECOND // MICROSECOND)
    occupied = int((above.users * seconds).sum()) * (ONE_SECOND // MICROSECOND) + int((above.users * rest).sum())
    return Fraction(occupied - included * int(length.sum())) / (ONE_HOUR // MICROSECOND)
