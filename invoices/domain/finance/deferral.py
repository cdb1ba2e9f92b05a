"""
Deferred revenue: what of a prepaid line is not earned yet, by the day, and when it will be (ADR 41).

A line is earned in equal parts on each day of its service. Amounts are whole minor units of one currency; what is
earned by a day is rounded once, from the beginning of the line, so the parts always add up to the line.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from invoices.domain.finance.months import month_after, month_of, months_from


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepaidLine:
    """
    A line of an issued document that was charged in advance.

    `amount` is negative where a credit note gives something back. It counts from the day it was `booked_on`, and is for
    the days from `start` up to `end`, which is exclusive.
    """

    booked_on: date
    start: date
    end: date
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolled:
    """How what is deferred came from the beginning of a month to its end: opening + billed - released = closing."""

    opening: int = 0
    billed: int = 0
    released: int = 0

    @property
    def closing(self) -> int:
        """Return what is deferred at the end."""
        return self.opening + self.billed - self.released


def earned(line: PrepaidLine, *, until: date) -> int:
    """
    Return what of a line is earned by the days before one; nothing before the line is booked.

    What was served before it was booked is earned at once. Half a minor unit is rounded away from zero.
    """
    if until <= line.booked_on:
        return 0
    days = (line.end - line.start).days
    passed = (until - line.start).days
    if passed >= days:
        return line.amount
    return _half_up(line.amount * passed, days) if passed > 0 else 0


def deferred(line: PrepaidLine, *, until: date) -> int:
    """Return what of a line has been billed before a day and is not earned by then."""
    return line.amount - earned(line, until=until) if until > line.booked_on else 0


def roll_forward(lines: Iterable[PrepaidLine], *, months: Sequence[date]) -> Mapping[date, Rolled]:
    """Return how what is deferred moved in each of some consecutive months; lines are of one currency."""
    opening: defaultdict[date, int] = defaultdict(int)
    billed: defaultdict[date, int] = defaultdict(int)
    released: defaultdict[date, int] = defaultdict(int)
    first, last = months[0], months[-1]
    for line in lines:
        opening[first] += deferred(line, until=first)
        booked = month_of(line.booked_on)
        if first <= booked <= last:
            billed[booked] += line.amount
        before = earned(line, until=first)
        for month in _bearing(line, first, last):
            after = earned(line, until=month_after(month))
            released[month] += after - before
            before = after
    rolled: dict[date, Rolled] = {}
    carried = opening[first]
    for month in months:
        rolled[month] = Rolled(opening=carried, billed=billed[month], released=released[month])
        carried = rolled[month].closing
    return rolled


def releases(lines: Iterable[PrepaidLine], *, until: date) -> Mapping[date, int]:
    """
    Return by month what of the lines booked before a day is earned from that day on: the schedule of what is deferred.

    It adds up to what is deferred then. The first month may be the rest of one.
    """
    found: defaultdict[date, int] = defaultdict(int)
    for line in lines:
        if line.booked_on >= until or line.end <= until:
            continue
        before = earned(line, until=until)
        for month in months_from(month_of(max(until, line.start)), month_of(line.end)):
            after = earned(line, until=month_after(month))
            if after != before:
                found[month] += after - before
            before = after
    return dict(sorted(found.items()))


def _bearing(line: PrepaidLine, first: date, last: date) -> Iterable[date]:
    """Return the months in which something of a line may be earned."""
    begins = max(first, month_of(max(line.start, line.booked_on)))
    return months_from(begins, min(last, month_of(max(line.end, line.booked_on))))


def _half_up(numerator: int, denominator: int) -> int:
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return magnitude if numerator >= 0 else -magnitude
