"""What each person did and held in one period: sessions, assignments and on-queue times, paired (BR-23)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from subscriptions.domain.catalog import CONTACT_CENTER_TIERS, LICENSE_RANK
from subscriptions.domain.period import Window
from usage.domain.events import INTERACTIVE_CLIENTS, Assignment, UsageFacts, UserFact
from usage.domain.intervals import Interval, clip, first_from, instants_by_key, touches

LONGEST_SESSION = timedelta(hours=24)
"""A session that nothing ended ends after this long (BR-23)."""


@dataclass(frozen=True, slots=True)
class Unended:
    """An interactive session that only the 24 hours closed, at `at`."""

    user: str
    session: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Everything people did and held inside one period; each interval is clipped to it."""

    sessions: Mapping[str, Sequence[Interval]]
    """By user: times logged in through the desktop, web or mobile client, overlaps included."""
    held: Mapping[str, Mapping[str, Sequence[Interval]]]
    """By user and product: times a license or add-on was assigned."""
    queued: frozenset[str]
    """The users who were on queue."""
    unended: Sequence[Unended]

    def licenses_of(self, user: str) -> frozenset[str]:
        """Return the base licenses a user held at any instant of the period."""
        return frozenset(product for product in self.held.get(user, ()) if product in LICENSE_RANK)

    def holders_of_a_tier(self) -> frozenset[str]:
        """Return the users who held PureCloud 1, 2 or 3 at any instant of the period (BR-21)."""
        return frozenset(user for user, products in self.held.items() if products.keys() & set(CONTACT_CENTER_TIERS))

    def holders_of(self, product: str) -> frozenset[str]:
        """Return the users to whom a product was assigned at any instant of the period."""
        return frozenset(user for user, products in self.held.items() if product in products)


def activity(facts: UsageFacts, *, period: Window) -> Activity:
    """Pair the facts of an organization and clip them to the period; their order does not matter (BR-23)."""
    deletions = instants_by_key((fact.user, fact.at) for fact in facts.deletions)
    sessions: defaultdict[str, list[Interval]] = defaultdict(list)
    unended = []
    for user, session, interval, timed_out in _sessions(facts, deletions):
        if touches(interval, period):
            sessions[user].append(clip(interval, period))
        if timed_out and interval.end in period:
            unended.append(Unended(user, session, interval.end))
    held: defaultdict[str, defaultdict[str, list[Interval]]] = defaultdict(lambda: defaultdict(list))
    for (user, product), interval in _assignments(facts.assignments, facts.unassignments, deletions):
        if touches(interval, period):
            held[user][product].append(clip(interval, period))
    queue = _on_queue(facts.queue_joins, facts.queue_leaves, deletions)
    queued = frozenset(user for user, interval in queue if touches(interval, period))
    return Activity(sessions=sessions, held=held, queued=queued, unended=unended)


def _sessions(
    facts: UsageFacts, deletions: Mapping[str, Sequence[datetime]]
) -> Iterator[tuple[str, str, Interval, bool]]:
    """Yield each interactive session and whether only the 24 hours ended it."""
    logouts = instants_by_key(((fact.user, fact.session), fact.at) for fact in facts.logouts)
    for login in facts.logins:
        if login.client not in INTERACTIVE_CLIENTS:
            continue
        ended = first_from(logouts.get((login.user, login.session), ()), login.at)
        deleted = first_from(deletions.get(login.user, ()), login.at)
        limit = login.at + LONGEST_SESSION
        end = min(ended, deleted, limit)
        # An end reported at the 24th hour is an end: only its absence is worth a look.
        yield login.user, login.session, Interval(login.at, end), min(ended, deleted) > limit


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
