"""Excess call usage: port-hours above the ports that the seats bring (BR-41; edition 2016)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil

from subscriptions.domain.catalog import COMMUNICATE, CONTACT_CENTER_TIERS
from subscriptions.domain.period import Window
from usage.domain.concurrent import Level, levels
from usage.domain.events import Call
from usage.domain.intervals import Interval, clip, touches

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


def call_ports(calls: Iterable[Call], *, included: Fraction, period: Window) -> CallPorts:
    """
    Return the port-hours above the included ports, rounded up once to the whole port-hour (BR-41).

    A call occupies a port from its duration before its end to its end; one over the period's end counts in both.
    """
    excess = [port_hours(level, included=included) for level in levels_above(calls, included=included, period=period)]
    hours = sum(excess, start=Fraction())
    return CallPorts(included=included, excess_hours=hours, billed=ceil(hours))


def levels_above(calls: Iterable[Call], *, included: Fraction, period: Window) -> list[Level]:
    """Return when more calls than the included ports ran at once, and how many ran."""
    occupied = (
        [clip(interval, period)]
        for call in calls
        if touches(interval := Interval(call.at - timedelta(seconds=call.seconds), call.at), period)
    )
    return [level for level in levels(occupied) if level.users > included]


def port_hours(level: Level, *, included: Fraction) -> Fraction:
    """Return the exact hours of ports above the included ones."""
    microseconds = level.interval.duration // timedelta(microseconds=1)
    return (level.users - included) * Fraction(microseconds, timedelta(hours=1) // timedelta(microseconds=1))
