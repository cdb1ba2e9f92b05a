"""Half-open intervals of time: pairing starts with ends, clipping to a period, uniting overlaps (BR-23)."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from subscriptions.domain.period import Window

NEVER = datetime.max.replace(tzinfo=UTC)
"""The end of what has not ended."""

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """The instants from `start` up to, not including, `end`; of one instant if they are equal."""

    start: datetime
    end: datetime

    @property
    def duration(self) -> timedelta:
        """Return the elapsed time."""
        return self.end - self.start


def instants_by_key(pairs: Iterable[tuple[Key, datetime]]) -> Mapping[Key, Sequence[datetime]]:
    """Group instants by key, each group in order."""
    grouped: defaultdict[Key, list[datetime]] = defaultdict(list)
    for key, instant in pairs:
        grouped[key].append(instant)
    for instants in grouped.values():
        instants.sort()
    return grouped


def first_from(instants: Sequence[datetime], start: datetime) -> datetime:
    """Return the first of the ordered instants at or after `start`, or never (BR-23)."""
    position = bisect_left(instants, start)
    return instants[position] if position < len(instants) else NEVER


def touches(interval: Interval, window: Window) -> bool:
    """
    Tell whether the interval has an instant inside the window; one of a single instant may (BR-20).

    A window over a day that the calendar skipped has no instant at all (BR-01).
    """
    if interval.start == interval.end:
        return interval.start in window
    return max(interval.start, window.start) < min(interval.end, window.end)


def clip(interval: Interval, window: Window) -> Interval:
    """Return the part of a touching interval that lies inside the window."""
    return Interval(max(interval.start, window.start), min(interval.end, window.end))


def united(intervals: Iterable[Interval]) -> list[Interval]:
    """Return the same instants as disjoint intervals in order; those that touch become one."""
    result: list[Interval] = []
    for interval in sorted(intervals):
        if result and interval.start <= result[-1].end:
            if interval.end > result[-1].end:
                result[-1] = Interval(result[-1].start, interval.end)
        else:
            result.append(interval)
    return result


def total(intervals: Iterable[Interval]) -> timedelta:
    """Return the elapsed time of all intervals, overlaps once."""
    return sum((interval.duration for interval in united(intervals)), timedelta(0))
