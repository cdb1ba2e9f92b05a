"""Who counts: named, concurrent and hourly users, their add-ons, and what is odd about them (BR-12, BR-20 to BR-24)."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise
from math import ceil

RANKS = ["collaborate", "communicate", "purecloud-1", "purecloud-2", "purecloud-3"]
TIERS = ["purecloud-1", "purecloud-2", "purecloud-3"]
FOUR_HOURS = timedelta(hours=4)
HALF_AN_HOUR = timedelta(minutes=30)


@dataclass
class Count:
    """What is billable in a period: a quantity by license and add-on; beside it what ports and agreements ask."""

    quantities: dict = field(default_factory=dict)
    tier_seats: int = 0
    peak_tier: str | None = None
    exceptions: list = field(default_factory=list)


def count(facts, period, *, model, edition, add_ons):
    """Return the Count of a period."""
    sessions = [entry for entry in facts.sessions() if period.meets(entry[1], entry[2])]
    logged_in = {user for user, *_ in sessions}
    held = defaultdict(set)
    for user, begun, ended, product in facts.assignments():
        if period.meets(begun, ended):
            held[user].add(product)
    license_of = _billed_licenses(facts, period, logged_in, held, edition)

    counted = Count(exceptions=_exceptions(facts, period, logged_in, held))
    if model == "concurrent":
        _count_concurrent(counted, facts, period, sessions, held, license_of, edition, add_ons)
    else:
        _count_by_name(counted, period, sessions, held, license_of, model, add_ons)
    return counted


def _billed_licenses(facts, period, logged_in, held, edition):
    """Return the base license that BR-20 bills for each user it counts."""
    chosen = {}
    for user in logged_in:
        licenses = held[user] & set(RANKS)
        if edition == "2016":
            licenses = {product for product in licenses if _time_held(facts, period, user, product) >= FOUR_HOURS}
        if licenses:
            chosen[user] = max(licenses, key=RANKS.index)
    return chosen


def _time_held(facts, period, user, product):
    return _covered(
        [(begun, ended) for who, begun, ended, what in facts.assignments() if (who, what) == (user, product)], period
    )


def _covered(spans, period):
    """Return how much of the period the spans cover, overlaps once."""
    total, reached = timedelta(0), period.start
    for begun, ended in sorted(spans):
        since, till = max(begun, reached), min(ended, period.end)
        if till > since:
            total += till - since
            reached = till
    return total


def _exceptions(facts, period, logged_in, held):
    found = {("unlicensed_user", user) for user in logged_in if not held[user] & set(RANKS)}
    tiers = {product for products in held.values() for product in products} & set(TIERS)
    if len(tiers) > 1:
        found.add(("mixed_tiers", ",".join(sorted(tiers))))
    found |= {
        ("unended_session", session)
        for _, _, ended, session, by_the_limit in facts.sessions()
        if by_the_limit and period.holds(ended)
    }
    return sorted(found)


def _count_by_name(counted, period, sessions, held, license_of, model, add_ons):
    for product in RANKS:
        users = {user for user, chosen in license_of.items() if chosen == product}
        counted.quantities[product] = len(users)
        if product in TIERS:
            counted.tier_seats += len(users)
            if model == "hourly":
                counted.quantities[product] = _hours(users, sessions, period)
    for product in add_ons:
        counted.quantities[product] = sum(product in held[user] for user in license_of)


def _hours(users, sessions, period):
    total = timedelta(0)
    for user in users:
        total += _covered([(begun, ended) for who, begun, ended, *_ in sessions if who == user], period)
    return ceil(Fraction(total // timedelta(microseconds=1), 3_600_000_000))


def _count_concurrent(counted, facts, period, sessions, held, license_of, edition, add_ons):
    configured = {user for user in held if held[user] & set(TIERS)}
    pool = configured
    if edition == "2016":
        queued = {user for user, begun, ended in facts.on_queue() if period.meets(begun, ended)}
        pool = configured & queued
    peak = _peak([entry for entry in sessions if entry[0] in pool], period, accumulated=edition == "2025")
    counted.tier_seats = peak
    if peak:
        counted.peak_tier = max((product for user in pool for product in held[user] & set(TIERS)), key=RANKS.index)
        counted.quantities[counted.peak_tier] = peak
    for product in ("collaborate", "communicate"):
        counted.quantities[product] = sum(
            chosen == product and user not in configured for user, chosen in license_of.items()
        )
    for product in add_ons:
        assigned = sum(product in products for products in held.values())
        counted.quantities[product] = ceil(Fraction(peak * assigned, len(configured))) if configured else 0


def _peak(sessions, period, *, accumulated):
    """Return the largest n such that n distinct users were in for half an hour, tried one n after the other."""
    spans = [(user, max(begun, period.start), min(ended, period.end)) for user, begun, ended, *_ in sessions]
    moments = sorted({moment for _, begun, ended in spans for moment in (begun, ended)})
    pieces = [
        (till - since, len({user for user, begun, ended in spans if begun <= since and till <= ended}))
        for since, till in pairwise(moments)
    ]
    n = 0
    while _time_at(pieces, n + 1, accumulated=accumulated) >= HALF_AN_HOUR:
        n += 1
    return n


def _time_at(pieces, n, *, accumulated):
    longest = run = timedelta(0)
    for length, level in pieces:
        if level >= n:
            run += length
        elif not accumulated:
            run = timedelta(0)
        longest = max(longest, run)
    return longest
