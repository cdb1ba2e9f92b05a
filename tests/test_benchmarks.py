"""
Each benchmark runs and says what it measured; how fast it was is none of a test's business.

That of several hosts has a file of its own.
"""

from importlib import import_module
from pathlib import Path

import pytest

import benchmarks
from benchmarks.__main__ import NOT_BENCHMARKS, table
from benchmarks.figures import Figure, Size, medians

NAMES = sorted(path.stem for path in Path(benchmarks.__file__).parent.glob("*.py") if path.stem not in NOT_BENCHMARKS)


@pytest.mark.postgresql
@pytest.mark.usefixtures("committed_db")
@pytest.mark.parametrize("name", NAMES)
def test_a_benchmark_runs_on_a_little_data(name):
    figures = list(import_module(f"benchmarks.{name}").measure(Size.SMOKE))

    assert figures
    assert all(figure.value >= 0 for figure in figures)


@pytest.mark.parametrize(
    ("value", "bounds", "shown"),
    [
        (12.34, {"at_least": 10}, "| P1 | a | 12.3 × | ≥ 10 × | met |  |"),
        (9.99, {"at_least": 10}, "| P1 | a | 9.99 × | ≥ 10 × | missed |  |"),
        (0.6, {"at_most": 0.6}, "| P1 | a | 0.6 × | ≤ 0.6 × | met |  |"),
        (0.61, {"at_most": 0.6}, "| P1 | a | 0.61 × | ≤ 0.6 × | missed |  |"),
    ],
)
def test_a_figure_stands_beside_its_goal(value, bounds, shown):
    assert table([Figure(goal="P1", what="a", value=value, **bounds)])[-1] == shown


def test_ways_take_turns_and_the_first_turn_does_not_count():
    turns = []
    costs = {"a": iter([9, 1, 5, 2]), "b": iter([7, 4, 3, 8])}

    def way(name):
        turns.append(name)
        return next(costs[name])

    assert medians({"a": lambda: way("a"), "b": lambda: way("b")}) == {"a": 2, "b": 4}
    assert turns == list("abababab")
