"""
The concurrent peak: the most distinct users logged in together for half an hour (BR-21).

Editions 2016 and 2019 want the half hour without a break, edition 2025 accumulates it over the period.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from subscriptions.domain.catalog import CONTACT_CENTER_TIERS, highest
from subscriptions.domain.policy import BillingPolicy
from usage.domain.activity import Activity
from usage.domain.intervals import Interval
from usage.domain.levels import Levels, levels


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
    sessions = activity.sessions.disjoint(members)
    found = levels(sessions)
    users = sustained(
        found,
        minimum=policy.minimum_peak,
        held_for=found.accumulated if policy.peak_accumulates else found.unbroken,
    )
    runs = [] if users == 0 else _runs_that_count(found, users, policy)
    tiers = {product for user in members for product in activity.held[user] if product in CONTACT_CENTER_TIERS}
    return Peak(
        users=users,
        tier=highest(tiers),
        configured=len(activity.holders_of_a_tier()),
        runs=runs,
        people=activity.sessions.users_in(sessions, runs[0]) if runs else frozenset(),
    )


def sustained(found: Levels, *, minimum: timedelta, held_for: Callable[[int], timedelta]) -> int:
    """Return the largest n such that at least n users were in for `minimum` or longer; 0 if none (BR-21)."""
    # The higher the level, the shorter it was held: so the largest one held long enough is found by bisection.
    low, high = 0, found.highest
    while low < high:
        middle = (low + high + 1) // 2
        if held_for(middle) >= minimum:
            low = middle
        else:
            high = middle - 1
    return low


def _runs_that_count(found: Levels, users: int, policy: BillingPolicy) -> list[Interval]:
    runs = found.runs(users)
    return runs if policy.peak_accumulates else [run for run in runs if run.duration >= policy.minimum_peak]
