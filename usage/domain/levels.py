"""How many at once over time, in columns: levels, and for how long a level is held (BR-21, BR-41)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import overload

import numpy as np

from subscriptions.domain.period import Window
from usage.domain.instants import MICROSECOND, Numbers, instant_at, microseconds
from usage.domain.intervals import Interval
from usage.domain.spans import Spans


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """So many distinct users were logged in during an interval."""

    interval: Interval
    users: int


@dataclass(frozen=True, slots=True, eq=False)
class Levels(Sequence[Level]):
    """Levels in order of time, none of nobody; each is told from the one it follows without a gap."""

    since: Numbers
    until: Numbers
    users: Numbers

    @overload
    def __getitem__(self, row: int) -> Level: ...

    @overload
    def __getitem__(self, row: slice) -> "Levels": ...

    def __getitem__(self, row: int | slice) -> "Level | Levels":
        """Return one level, or some of them."""
        if isinstance(row, slice):
            return Levels(self.since[row], self.until[row], self.users[row])
        interval = Interval(instant_at(int(self.since[row])), instant_at(int(self.until[row])))
        return Level(interval=interval, users=int(self.users[row]))

    def __len__(self) -> int:
        """Return how many levels there are."""
        return len(self.users)

    @property
    def highest(self) -> int:
        """Return the most at once."""
        return int(self.users.max(initial=0))

    def runs(self, users: int) -> list[Interval]:
        """Return the longest unbroken times during which at least `users` were in, in order."""
        since, until = self._runs(users)
        return Spans(since, since, until).intervals()

    def unbroken(self, users: int) -> timedelta:
        """Return the longest time during which at least `users` were in without a break."""
        since, until = self._runs(users)
        return int((until - since).max(initial=0)) * MICROSECOND

    def accumulated(self, users: int) -> timedelta:
        """Return the time during which at least `users` were in, added up."""
        enough = self.users >= users
        return int((self.until - self.since)[enough].sum()) * MICROSECOND

    def above(self, users: float) -> "Levels":
        """Return the levels above a number."""
        rows = self.users > users
        return Levels(self.since[rows], self.until[rows], self.users[rows])

    def within(self, window: Window) -> "Levels":
        """Return the parts inside a window."""
        start, end = microseconds(window.start), microseconds(window.end)
        first, last = np.searchsorted(self.until, start, side="right"), np.searchsorted(self.since, end, side="left")
        rows = slice(int(first), max(int(first), int(last)))
        return Levels(np.maximum(self.since[rows], start), np.minimum(self.until[rows], end), self.users[rows])

    def _runs(self, users: int) -> tuple[Numbers, Numbers]:
        enough = self.users >= users
        since, until = self.since[enough], self.until[enough]
        breaks = np.flatnonzero(since[1:] != until[:-1])
        first, last = np.concatenate(([0], breaks + 1)), np.concatenate((breaks, [len(since) - 1]))
        return since[first[: len(since)]], until[last[: len(since)]]


def levels(spans: Spans) -> Levels:
    """Return how many spans there are over time: users, from the disjoint sessions of each, or calls."""
    if not len(spans.key):
        return Levels(spans.start, spans.end, spans.key)
    base = int(spans.start.min())
    # A step in one number: when, and whether someone comes or leaves then.
    steps = np.concatenate((2 * (spans.start - base) + 1, 2 * (spans.end - base)))
    steps.sort()
    at = steps >> 1
    users = np.cumsum(2 * (steps & 1) - 1)
    # One level per instant: who leaves and who comes at the same instant do not make a dip (or a peak) between them.
    last_of_instant = np.concatenate((at[1:] != at[:-1], [True]))
    at, users = at[last_of_instant], users[last_of_instant]
    changes = np.concatenate(([users[0] != 0], users[1:] != users[:-1]))
    at, users = at[changes] + base, users[changes]
    inside = users[:-1] > 0
    return Levels(at[:-1][inside], at[1:][inside], users[:-1][inside])
