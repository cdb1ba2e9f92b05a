"""
What a list in force admits: it stands, except that what it does not know may be added (BR-31, BR-42).

Nothing that has charged anybody is changed by an import: other prices are another list, from a day still to come.
"""

from collections.abc import Iterator
from datetime import date

from subscriptions.domain.price_list.comparison import Change, ChangeKind, Comparison
from subscriptions.domain.price_list.entry import ListKind, PriceList, Target
from subscriptions.domain.price_list.fault import Fault, Problem


def refusals(target: Target, *, standing: PriceList, comparison: Comparison, today: date, in_use: bool) -> list[Fault]:
    """
    Return everything that keeps a list from being imported; `today` is the day where it begins first.

    A deck that is not in use charges nobody and may be changed from any day on.
    """
    if target.effective_date > today or (target.kind is ListKind.RATE_DECK and not in_use):
        return []
    if target.kind is ListKind.TAX_RATES:
        return list(_changed(comparison, detail=str(target.effective_date)))
    if standing.since is None:
        # The first book of a currency takes nobody's price away; a deck in use rates calls, or holds their cycles.
        return [] if target.kind is ListKind.PRICE_BOOK else [Fault(problem=Problem.IN_USE)]
    if standing.since != target.effective_date:
        return [] if comparison.is_empty else [Fault(problem=Problem.OTHER_DAY, detail=str(standing.since))]
    return [*_increment(comparison), *_changed(comparison, detail=str(standing.since)), *_covered(comparison)]


def _changed(comparison: Comparison, *, detail: str) -> Iterator[Fault]:
    for change in comparison.changes:
        if change.kind is not ChangeKind.ADDED:
            yield _fault(change, Problem.STANDS, detail=detail)


def _covered(comparison: Comparison) -> Iterator[Fault]:
    """Find the prefixes that are new to a deck while a shorter one rates their calls: that would change a price."""
    for change in comparison.changes:
        if change.kind is ChangeKind.ADDED and change.shorter is not None:
            yield _fault(change, Problem.COVERED, detail=change.shorter.code)


def _increment(comparison: Comparison) -> Iterator[Fault]:
    if comparison.changes_increment:
        yield Fault(problem=Problem.INCREMENT_STANDS, detail=str(comparison.increment_before))


def _fault(change: Change, problem: Problem, *, detail: str) -> Fault:
    return Fault(problem=problem, line=change.entry.line, value=change.entry.code, detail=detail)
