"""
What the meters should find, by another way: a period as a set of moments.

Every instant of a random history is a whole tick. Tick `n` is the moment `2n`, the open stretch of time after it the
moment `2n + 1`: so half-open intervals, and those of a single instant, are plain sets of whole numbers.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from tests.domain.histories import ORIGIN, TICK, TICKS
from usage.domain.events import Client, UsageFacts

Moments = frozenset[int]

PERIOD_MOMENTS: Moments = frozenset(range(2 * TICKS))
TICKS_OF_24_HOURS = 144
LONG_AFTER = 10_000


def tick(instant: datetime) -> int:
    """Return the whole number of ticks of an instant."""
    ticks, rest = divmod(instant - ORIGIN, TICK)
    assert not rest
    return ticks


def moments(start: int, end: int) -> Moments:
    """Return the moments from one tick to another, or the single one if they are the same."""
    return frozenset({2 * start}) if start == end else frozenset(range(2 * start, 2 * end))


def stretches(found: Iterable[int]) -> int:
    """Return for how many ticks of time the moments last."""
    return sum(1 for moment in found if moment % 2)


def _first(ends: Iterable[datetime], start: int) -> int:
    return min((tick(end) for end in ends if tick(end) >= start), default=LONG_AFTER)


def logged_in(facts: UsageFacts) -> dict[str, Moments]:
    """Return the moments of the period at which each user was logged in (BR-20, BR-23)."""
    found: defaultdict[str, Moments] = defaultdict(frozenset)
    for fact in facts.logins:
        if fact.client in {Client.API, Client.INTEGRATION}:
            continue
        start = tick(fact.at)
        end = min(
            _first((out.at for out in facts.logouts if (out.user, out.session) == (fact.user, fact.session)), start),
            _first((gone.at for gone in facts.deletions if gone.user == fact.user), start),
            start + TICKS_OF_24_HOURS,
        )
        found[fact.user] |= moments(start, end) & PERIOD_MOMENTS
    return {user: inside for user, inside in found.items() if inside}


def held_by(facts: UsageFacts) -> dict[str, dict[str, Moments]]:
    """Return the moments of the period at which each user held each product (BR-23)."""
    found: defaultdict[str, defaultdict[str, Moments]] = defaultdict(lambda: defaultdict(frozenset))
    for fact in facts.assignments:
        start = tick(fact.at)
        taken = (end.at for end in facts.unassignments if (end.user, end.product) == (fact.user, fact.product))
        gone = (end.at for end in facts.deletions if end.user == fact.user)
        inside = moments(start, min(_first(taken, start), _first(gone, start))) & PERIOD_MOMENTS
        if inside:
            found[fact.user][fact.product] |= inside
    return {user: dict(products) for user, products in found.items()}


def on_queue(facts: UsageFacts) -> set[str]:
    """Return who was on queue at any moment of the period (BR-23)."""
    found = set()
    for fact in facts.queue_joins:
        start = tick(fact.at)
        left = (end.at for end in facts.queue_leaves if end.user == fact.user)
        gone = (end.at for end in facts.deletions if end.user == fact.user)
        if moments(start, min(_first(left, start), _first(gone, start))) & PERIOD_MOMENTS:
            found.add(fact.user)
    return found


RANKING = ("collaborate", "communicate", "purecloud-1", "purecloud-2", "purecloud-3")


def licenses_by_name(facts: UsageFacts, *, least_ticks: int) -> dict[str, str]:
    """Return the license counted for each user who was logged in (BR-20)."""
    found = {}
    holdings = held_by(facts)
    for user in logged_in(facts):
        for license_code in RANKING:
            inside = holdings.get(user, {}).get(license_code)
            if inside and stretches(inside) >= least_ticks:
                found[user] = license_code
    return found


def level_over_time(facts: UsageFacts, members: Iterable[str]) -> list[int]:
    """Return how many of the users were logged in during each tick of the period (BR-21)."""
    present = [inside for user, inside in logged_in(facts).items() if user in set(members)]
    return [sum(moment in inside for inside in present) for moment in range(1, 2 * TICKS, 2)]


def longest_run(levels: list[int], users: int) -> int:
    """Return for how many ticks in a row at least so many users were in."""
    longest = run = 0
    for level in levels:
        run = run + 1 if level >= users else 0
        longest = max(longest, run)
    return longest
