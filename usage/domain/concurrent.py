"""
The concurrent peak: the most distinct users logged in together for half an hour (BR-21).

Editions 2016 and 2019 want the half hour without a break, edition 2025 accumulates it over the period.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from subscriptions.domain.catalog import CONTACT_CENTER_TIERS, highest
from subscriptions.domain.policy import BillingPolicy
from usage.domain.activity import Activity
from usage.domain.intervals import Interval, united


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """So many distinct users were logged in during an interval."""

    interval: Interval
    users: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """
    The billable peak and its evidence.

    `tier` is the license the peak is billed at (None if nobody held one), `runs` the times at which the level was at
    least `users` and that made it count, `people` the users who were in during the first of them.
    """

    users: int
    tier: str | None
    configured: int
    runs: Sequence[Interval]
    people: frozenset[str]


def pool(activity: Activity, *, needs_queue: bool) -> frozenset[str]:
    """Return the users who held a tier, and were on queue if the edition wants it, at any instant (BR-21)."""
    holders = activity.holders_of_a_tier()
    return holders & activity.queued if needs_queue else holders


def concurrent_peak(activity: Activity, *, policy: BillingPolicy) -> Peak:
    """Return the largest number of pool users logged in together for long enough, and when that was (BR-21)."""
    members = pool(activity, needs_queue=policy.pool_needs_queue)
    sessions = {user: united(activity.sessions[user]) for user in sorted(members & activity.sessions.keys())}
    level_list = levels(sessions.values())
    held_for = accumulated if policy.peak_accumulates else unbroken
    users = sustained(level_list, minimum=policy.minimum_peak, held_for=held_for)
    runs = [] if users == 0 else _runs_that_count(level_list, users, policy)
    tiers = {product for user in members for product in activity.held[user] if product in CONTACT_CENTER_TIERS}
    return Peak(
        users=users,
        tier=highest(tiers),
        configured=len(activity.holders_of_a_tier()),
        runs=runs,
        people=_people_in(sessions, runs[0]) if runs else frozenset(),
    )


def levels(sessions_by_user: Iterable[Sequence[Interval]]) -> list[Level]:
    """Return the number of users over time from each user's disjoint sessions; times with nobody are left out."""
    steps: defaultdict[datetime, int] = defaultdict(int)
    for sessions in sessions_by_user:
        for session in sessions:
            steps[session.start] += 1
            steps[session.end] -= 1
    result: list[Level] = []
    users, since = 0, None
    # One step per instant: who leaves and who comes at the same instant do not make a dip (or a peak) between them.
    for instant in sorted(steps):
        if steps[instant] == 0:
            continue
        if users and since is not None:
            result.append(Level(interval=Interval(since, instant), users=users))
        users, since = users + steps[instant], instant
    return result


def sustained(
    level_list: Sequence[Level], *, minimum: timedelta, held_for: Callable[[Sequence[Level], int], timedelta]
) -> int:
    """Return the largest n such that at least n users were in for `minimum` or longer; 0 if none (BR-21)."""
    # The higher the level, the shorter it was held: so the largest one held long enough is found by bisection.
    low, high = 0, max((level.users for level in level_list), default=0)
    while low < high:
        middle = (low + high + 1) // 2
        if held_for(level_list, middle) >= minimum:
            low = middle
        else:
            high = middle - 1
    return low


def unbroken(level_list: Sequence[Level], users: int) -> timedelta:
    """Return the longest time during which at least `users` were in without a break."""
    return max((run.duration for run in runs_of(level_list, users)), default=timedelta(0))


def accumulated(level_list: Sequence[Level], users: int) -> timedelta:
    """Return the time during which at least `users` were in, added up."""
    return sum((run.duration for run in runs_of(level_list, users)), timedelta(0))


def runs_of(level_list: Sequence[Level], users: int) -> list[Interval]:
    """Return the longest unbroken times during which at least `users` were in, in order."""
    return united(level.interval for level in level_list if level.users >= users)


def _runs_that_count(level_list: Sequence[Level], users: int, policy: BillingPolicy) -> list[Interval]:
    runs = runs_of(level_list, users)
    return runs if policy.peak_accumulates else [run for run in runs if run.duration >= policy.minimum_peak]


def _people_in(sessions: Mapping[str, Sequence[Interval]], run: Interval) -> frozenset[str]:
    return frozenset(
        user
        for user, intervals in sessions.items()
        if any(interval.start < run.end and interval.end > run.start for interval in intervals)
    )
