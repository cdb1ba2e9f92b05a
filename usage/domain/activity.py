"""What each person did and held in one period: sessions, assignments and on-queue times (BR-23)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from subscriptions.domain.catalog import CONTACT_CENTER_TIERS, LICENSE_RANK
from subscriptions.domain.period import Window
from usage.domain.columns import UsageColumns
from usage.domain.events import Assignment, UserFact
from usage.domain.intervals import Interval, clip, first_from, instants_by_key, touches
from usage.domain.sessions import Sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Everything people did and held inside one period; each interval is clipped to it."""

    sessions: Sessions
    """By user: times logged in through the desktop, web or mobile client, overlaps included."""
    held: Mapping[str, Mapping[str, Sequence[Interval]]]
    """By user and product: times a license or add-on was assigned."""
    queued: frozenset[str]
    """The users who were on queue."""

    def licenses_of(self, user: str) -> frozenset[str]:
        """Return the base licenses a user held at any instant of the period."""
        return frozenset(product for product in self.held.get(user, ()) if product in LICENSE_RANK)

    def holders_of_a_tier(self) -> frozenset[str]:
        """Return the users who held PureCloud 1, 2 or 3 at any instant of the period (BR-21)."""
        return frozenset(user for user, products in self.held.items() if products.keys() & set(CONTACT_CENTER_TIERS))

    def holders_of(self, product: str) -> frozenset[str]:
        """Return the users to whom a product was assigned at any instant of the period."""
        return frozenset(user for user, products in self.held.items() if product in products)


def activity(columns: UsageColumns, *, period: Window) -> Activity:
    """Pair what is rare and clip everything to the period; the order of facts does not matter (BR-23)."""
    rare = columns.rare
    deletions = instants_by_key((fact.user, fact.at) for fact in rare.deletions)
    held: defaultdict[str, defaultdict[str, list[Interval]]] = defaultdict(lambda: defaultdict(list))
    for (user, product), interval in _assignments(rare.assignments, rare.unassignments, deletions):
        if touches(interval, period):
            held[user][product].append(clip(interval, period))
    queue = _on_queue(rare.queue_joins, rare.queue_leaves, deletions)
    queued = frozenset(user for user, interval in queue if touches(interval, period))
    return Activity(sessions=columns.sessions.within(period), held=held, queued=queued)


def _assignments(
    starts: Sequence[Assignment], ends: Sequence[Assignment], deletions: Mapping[str, Sequence[datetime]]
) -> Iterator[tuple[tuple[str, str], Interval]]:
    taken = instants_by_key(((fact.user, fact.product), fact.at) for fact in ends)
    for fact in starts:
        key = (fact.user, fact.product)
        end = min(first_from(taken.get(key, ()), fact.at), first_from(deletions.get(fact.user, ()), fact.at))
        yield key, Interval(fact.at, end)


def _on_queue(
    joins: Sequence[UserFact], leaves: Sequence[UserFact], deletions: Mapping[str, Sequence[datetime]]
) -> Iterator[tuple[str, Interval]]:
    left = instants_by_key((fact.user, fact.at) for fact in leaves)
    for fact in joins:
        end = min(first_from(left.get(fact.user, ()), fact.at), first_from(deletions.get(fact.user, ()), fact.at))
        yield fact.user, Interval(fact.at, end)
