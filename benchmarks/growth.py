"""P6: a hundred times the sessions cost about a hundred times the time, and nine million fit into one worker."""

import resource
import sys
from collections.abc import Iterator
from contextlib import nullcontext

from benchmarks.close import closing
from benchmarks.figures import Figure, Size, medians
from benchmarks.worlds.month import Use, an_agreement, close_what_is_older, fill
from invoices.models import BillingCycle


def measure(size: Size) -> Iterator[Figure]:
    """Close 10,000 sessions, a million, and nine million."""
    few = Use(users=size.pick(111, 2), sessions=3, calls=0)
    many = Use(users=size.pick(11_100, 4), sessions=3, calls=0)
    most = Use(users=size.pick(100_000, 6), sessions=3, calls=0)
    cycles = {"few": a_cycle("few", few), "many": a_cycle("many", many)}
    times = medians({"few": lambda: close(cycles["few"]), "many": lambda: close(cycles["many"])})
    yield Figure(
        goal="P6",
        what="closing 100 times the sessions",
        value=times["many"] / times["few"],
        at_most=115,
        remark=f"{times['few'] * 1000:.0f} ms for {few.logins:,}, {times['many']:.1f} s for {many.logins:,}",
    )
    spent = close(a_cycle("most", most))
    yield Figure(
        goal="P6",
        what=f"closing {most.logins:,} sessions of {most.users:,} people: memory",
        value=peak_of_memory() / 2**30,
        unit="GiB",
        at_most=2,
        remark=f"{spent:.0f} s, in one process",
    )


def a_cycle(code: str, use: Use) -> BillingCycle:
    """Return the cycle of an organization that was used so much."""
    subscription = an_agreement(code)
    fill(subscription, use)
    return close_what_is_older(subscription)


def close(cycle: BillingCycle) -> float:
    """Return how long it takes to close a cycle."""
    return closing(cycle, nullcontext(), keep=None)


def peak_of_memory() -> int:
    """Return the most memory that this process has had, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux tells kibibytes, macOS bytes.
    return peak if sys.platform == "darwin" else peak * 1024
