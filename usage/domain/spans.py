"""Half-open intervals in columns: starts paired with ends, clipped to a period, overlaps united (BR-23)."""

from dataclasses import dataclass

import numpy as np

from subscriptions.domain.period import Window
from usage.domain.instants import LAST, Numbers, Truths, instant_at, microseconds
from usage.domain.intervals import Interval

LARGEST = 2**63


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """Instants, each of a key: one of few whole numbers from 0 on."""

    key: Numbers
    at: Numbers

    def of(self, rows: Truths) -> "Marks":
        """Return some of the rows."""
        return Marks(self.key[rows], self.at[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Intervals, each of a key; a row is one of them."""

    key: Numbers
    start: Numbers
    end: Numbers

    def of(self, rows: Truths) -> "Spans":
        """Return some of the rows."""
        if rows.all():
            return self
        return Spans(self.key[rows], self.start[rows], self.end[rows])

    def within(self, window: Window) -> "Spans":
        """Return the parts inside a window of those that have an instant there; one of a single instant may (BR-20)."""
        first, last = microseconds(window.start), microseconds(window.end)
        start, end = np.maximum(self.start, first), np.minimum(self.end, last)
        # Of a single instant: not clipped, it would be one still if it lay just before the window.
        at_once = (self.start == self.end) & (self.start >= first) & (self.start < last)
        rows = (start < end) | at_once
        return Spans(self.key[rows], start[rows], end[rows])

    def united(self) -> "Spans":
        """Return the same instants as disjoint spans in order of key and time; those that touch become one."""
        if not len(self.key):
            return self
        base = int(self.start.min())
        length = int(self.end.max()) - base + 1
        keys = int(self.key.max()) + 1
        if keys * length >= LARGEST:
            raise ValueError("So many keys over so long a time do not fit into one column.")
        # Rows are nearly in order of time, and narrow keys are told apart without comparing them: little is sorted.
        order = np.lexsort((self.start, self.key.astype(np.min_scalar_type(keys))))
        key, start, end = self.key[order], self.start[order], self.end[order]
        # Of millions each column counts.
        del order
        # The last end so far. Each key has a stretch of numbers of its own, so that one pass serves them all.
        offset = key * length - base
        end += offset
        np.maximum.accumulate(end, out=end)
        end -= offset
        del offset
        is_gap = (key[1:] != key[:-1]) | (start[1:] > end[:-1])
        is_first, is_last = np.concatenate(([True], is_gap)), np.concatenate((is_gap, [True]))
        return Spans(key[is_first], start[is_first], end[is_last])

    def intervals(self) -> list[Interval]:
        """Return the rows as objects."""
        return [
            Interval(instant_at(start), instant_at(end))
            for start, end in zip(self.start.tolist(), self.end.tolist(), strict=True)
        ]


def first_ends(starts: Marks, ends: Marks) -> Numbers:
    """Return for each start the first end of its key at or after it, or the last instant there is (BR-23)."""
    if not len(starts.key) or not len(ends.key):
        return np.full(len(starts.key), LAST)
    keys = int(max(starts.key.max(), ends.key.max())) + 1
    count = np.bincount(ends.key, minlength=keys)
    # Nearly every key has one end, which needs no sorting.
    at = np.full(keys, LAST)
    at[ends.key] = ends.at
    end = at[starts.key]
    found = np.where(end >= starts.at, end, LAST)
    has_several = count[starts.key] > 1
    if has_several.any():
        found[has_several] = _first_of_several(starts.of(has_several), ends.of(count[ends.key] > 1))
    return found


def _first_of_several(starts: Marks, ends: Marks) -> Numbers:
    """Return the same by sorting starts and ends together."""
    key = np.concatenate((starts.key, ends.key))
    at = np.concatenate((starts.at, ends.at))
    is_end = np.arange(len(key)) >= len(starts.key)
    # An end at the instant of a start ends it: it comes after it.
    order = _in_order(key, 2 * at + is_end)
    places = np.where(is_end[order], np.arange(len(order)), len(order) - 1)
    following = order[np.minimum.accumulate(places[::-1])[::-1]]
    of_its_own = is_end[following] & (key[following] == key[order])
    found = np.empty_like(at)
    found[order] = np.where(of_its_own, at[following], LAST)
    return found[: len(starts.key)]


def _in_order(key: Numbers, then: Numbers) -> Numbers:
    """Return the order of rows by two columns: in one sort, where both fit into one number."""
    base = int(then.min())
    length = int(then.max()) - base + 1
    if (int(key.max()) + 1) * length < LARGEST:
        return np.argsort(key * length + (then - base))
    return np.lexsort((then, key))
