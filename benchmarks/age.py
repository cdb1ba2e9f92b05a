"""P12: what a close costs does not grow with how long the organization has been a customer."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext

from benchmarks.close import closing
from benchmarks.figures import Figure, Size, medians
from benchmarks.worlds.month import Use, an_agreement, close_what_is_older, fill
from invoices.models import BillingCycle

YOUNG = 1


def measure(size: Size) -> Iterator[Figure]:
    """Close the same month after one month and after three years, in the edition that reads the most of the past."""
    use = Use(users=size.pick(100, 3), sessions=3, calls=3, queue=True, retractions=size.pick(100, 1))
    cycles = {}
    for name, months in {"young": YOUNG, "old": size.pick(36, 2)}.items():
        subscription = an_agreement(name, edition="2016", months=months)
        fill(subscription, use, months=months + 1)
        cycles[name] = close_what_is_older(subscription)

    def close(cycle: BillingCycle) -> Callable[[], float]:
        return lambda: closing(cycle, nullcontext(), keep=None)

    times = medians({name: close(cycle) for name, cycle in cycles.items()})
    yield Figure(
        goal="P12",
        what="closing a month after 36 months, against the same after 1 month",
        value=times["old"] / times["young"],
        at_most=1.2,
        remark=f"{times['old'] * 1000:.0f} ms and {times['young'] * 1000:.0f} ms; with queues and retractions",
    )
