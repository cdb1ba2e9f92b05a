"""What a benchmark says, and how times are taken so that they can be compared."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from statistics import median
from time import perf_counter

ROUNDS = 3


class Size(Enum):
    """How much data a benchmark makes: as much as its goal says, or a little, to show that it runs."""

    FULL = "full"
    SMOKE = "smoke"

    def pick(self, full: int, smoke: int) -> int:
        """Return the number for this size."""
        return full if self is Size.FULL else smoke


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured figure and the bound that it should keep: at least, or at most."""

    goal: str
    """The row of the table of goals, as `P4`."""
    what: str
    value: float
    unit: str = "×"
    at_least: float | None = None
    at_most: float | None = None
    remark: str = ""
    """The times behind it, or what stood in the way."""

    @property
    def bound(self) -> str:
        """Return the goal in words."""
        if self.at_least is not None:
            return f"≥ {self.at_least:g} {self.unit}".rstrip()
        return f"≤ {self.at_most:g} {self.unit}".rstrip()

    @property
    def is_met(self) -> bool:
        """Tell whether the figure keeps its bound."""
        if self.at_least is not None:
            return self.value >= self.at_least
        return self.at_most is not None and self.value <= self.at_most


def seconds(work: Callable[[], object]) -> float:
    """Return how long one call takes."""
    begin = perf_counter()
    work()
    return perf_counter() - begin


def medians(ways: Mapping[str, Callable[[], float]], *, rounds: int = ROUNDS) -> dict[str, float]:
    """
    Return the median seconds of each way of doing something, taken in turns so that a noisy machine disturbs all alike.

    A way prepares what it needs, and returns the seconds of the part that counts. One more turn than `rounds` is taken:
    the first only warms caches and connections.
    """
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + 1):
        for name, way in ways.items():
            spent = way()
            if turn:
                taken[name].append(spent)
    return {name: median(spent) for name, spent in taken.items()}
