"""P6: a hundred times the sessions cost about a hundred times the time."""

from collections.abc import Iterator
from contextlib import nullcontext

from benchmarks.close import closing
from benchmarks.figures import Figure, Size, medians
from benchmarks.worlds.month import Use, an_agreement, close_what_is_older, fill
from invoices.models import BillingCycle


def measure(size: Size) -> Iterator[Figure]:
    """Close 10,000 sessions, and a million."""
    few = Use(users=size.pick(111, 2), sessions=3, calls=0)
    many = Use(users=size.pick(11_100, 4), sessions=3, calls=0)
    cycles = {"few": a_cycle("few", few), "many": a_cycle("many", many)}
    times = medians({"few": lambda: close(cycles["few"]), "many": lambda: close(cycles["many"])})
    yield Figure(
        goal="P6",
        what="closing 100 times the sessions",
        value=times["many"] / times["few"],
        at_most=115,
        remark=f"{times['few'] * 1000:.0f} ms for {few.logins:,}, {times['many']:.1f} s for {many.logins:,}",
    )


def a_cycle(code: str, use: Use) -> BillingCycle:
    """Return the cycle of an organization that was used so much."""
    subscription = an_agreement(code)
    fill(subscription, use)
    return close_what_is_older(subscription)


def close(cycle: BillingCycle) -> float:
    """Return how long it takes to close a cycle."""
    return closing(cycle, nullcontext(), keep=None)
