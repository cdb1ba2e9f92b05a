"""
A period counted one fact after the other, in plain Python: what the columns of the product must agree with.

Slower by far than the columns and faster than the model, so that it may be asked about much: random histories in tests,
a whole month in benchmarks.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil

from subscriptions.domain.catalog import CONTACT_CENTER_TIERS, LICENSE_RANK, highest
from subscriptions.domain.policy import IncludedUse
from subscriptions.domain.terms import LicensingModel
from usage.domain.add_ons import add_on_seats
from usage.domain.call_ports import CallPorts, included_ports
from usage.domain.concurrent import Peak
from usage.domain.events import INTERACTIVE_CLIENTS
from usage.domain.fair_use import fair_use
from usage.domain.intervals import Interval, clip, first_from, instants_by_key, total, touches, united
from usage.domain.numbers import phone_numbers
from usage.domain.snapshot import ExceptionCode, PersonUse, UsageCount, UsageException, seats_of
from usage.domain.voice import MatchedCalls, VoiceUse

DAY, HOUR, MICROSECOND = timedelta(hours=24), timedelta(hours=1), timedelta(microseconds=1)
TIERS = set(CONTACT_CENTER_TIERS)


@dataclass
class Done:
    """What people did and held: intervals by user, and by user and product; who was on queue; what nobody ended."""

    sessions: dict
    held: dict
    queued: set
    unended: set

    def holders(self, products):
        return {user for user, held in self.held.items() if held.keys() & set(products)}


def count_plainly(facts, *, terms, period, window, deck, peak_tier=None):
    """Return the count of a period, as `count_usage` does."""
    done = what_was_done(facts, window)
    concurrent = terms.licensing_model is LicensingModel.CONCURRENT
    configured = done.holders(TIERS)
    license_of = licenses(done, terms.policy.minimum_assignment)
    if concurrent:
        license_of = {user: code for user, code in license_of.items() if user not in configured}
    pool = set()
    if concurrent:
        pool = configured & done.queued if terms.policy.pool_needs_queue else configured
    peak = peak_of(done, pool, configured, terms.policy, peak_tier) if concurrent else None
    holders = {add_on: frozenset(done.holders([add_on])) for add_on in sorted(terms.add_ons)}
    holders = {add_on: users if concurrent else users & license_of.keys() for add_on, users in holders.items() if users}
    billable = billable_of(done, license_of, terms, peak, holders)
    seats = seats_of(billable, terms=terms, index=period.index)
    return UsageCount(
        window=window,
        billable=billable,
        people=people(done, license_of, pool),
        peak=peak,
        add_on_holders=holders,
        fair_use=fair_use(
            consumptions=facts.consumptions, readings=facts.readings, period=window, seats=seats, terms=terms
        )
        if terms.policy.included_use is IncludedUse.FAIR_USE
        else {},
        call_ports=ports(facts.calls, window, port_seats(seats, license_of, terms))
        if terms.policy.included_use is IncludedUse.CALL_PORTS
        else None,
        calls=matched(facts.calls, deck, window),
        numbers=phone_numbers(
            facts.activations, facts.releases, period=period, window=window, time_zone=terms.time_zone
        ),
        exceptions=exceptions(done),
    )


def what_was_done(facts, window):
    """Pair every start with what ends it, and clip it to a window."""
    gone = instants_by_key((fact.user, fact.at) for fact in facts.deletions)
    out = instants_by_key(((fact.user, fact.session), fact.at) for fact in facts.logouts)
    taken = instants_by_key(((fact.user, fact.product), fact.at) for fact in facts.unassignments)
    left = instants_by_key((fact.user, fact.at) for fact in facts.queue_leaves)
    done = Done(defaultdict(list), defaultdict(lambda: defaultdict(list)), set(), set())
    for login in facts.logins:
        if login.client in INTERACTIVE_CLIENTS:
            limit = login.at + DAY
            ended = first_from(out.get((login.user, login.session), ()), login.at)
            ended = min(ended, first_from(gone.get(login.user, ()), login.at))
            interval = Interval(login.at, min(ended, limit))
            if touches(interval, window):
                done.sessions[login.user].append(clip(interval, window))
            if ended > limit and limit in window:
                done.unended.add(login.session)
    for fact in facts.assignments:
        ended = first_from(taken.get((fact.user, fact.product), ()), fact.at)
        interval = Interval(fact.at, min(ended, first_from(gone.get(fact.user, ()), fact.at)))
        if touches(interval, window):
            done.held[fact.user][fact.product].append(clip(interval, window))
    for fact in facts.queue_joins:
        ended = first_from(left.get(fact.user, ()), fact.at)
        if touches(Interval(fact.at, min(ended, first_from(gone.get(fact.user, ()), fact.at))), window):
            done.queued.add(fact.user)
    return done


def licenses(done, minimum):
    """Return the highest license that each user who logged in held long enough (BR-20)."""
    found = {}
    for user in done.sessions:
        held = done.held.get(user, {})
        code = highest({product for product in held if product in LICENSE_RANK and total(held[product]) >= minimum})
        if code is not None:
            found[user] = code
    return found


def levels(spans):
    """Return how many there were, and from when to when."""
    steps = Counter()
    for span in spans:
        steps[span.start] += 1
        steps[span.end] -= 1
    found, users, since = [], 0, None
    for instant in sorted(steps):
        if steps[instant]:
            if users:
                found.append((Interval(since, instant), users))
            users, since = users + steps[instant], instant
    return found


def peak_of(done, pool, configured, policy, decided):
    """Return the largest number held for half an hour, at once or added up, with its evidence (BR-21)."""
    sessions = {user: united(done.sessions[user]) for user in pool if user in done.sessions}
    found = levels(span for spans in sessions.values() for span in spans)
    runs, low, high = [], 0, max((users for _, users in found), default=0)
    while low < high:
        middle = (low + high + 1) // 2
        tried = united(span for span, users in found if users >= middle)
        lasting = [run.duration for run in tried]
        held_for = sum(lasting, timedelta(0)) if policy.peak_accumulates else max(lasting)
        if held_for >= policy.minimum_peak:
            low, runs = middle, tried
        else:
            high = middle - 1
    if not policy.peak_accumulates:
        runs = [run for run in runs if run.duration >= policy.minimum_peak]
    tier = highest({product for user in pool for product in done.held[user] if product in TIERS})
    if decided and tier and LICENSE_RANK[tier] > LICENSE_RANK[decided]:
        tier = decided
    people_in = {
        user
        for user, spans in sessions.items()
        if runs and any(span.start < runs[0].end and span.end > runs[0].start for span in spans)
    }
    return Peak(users=low, tier=tier, configured=len(configured), runs=runs, people=frozenset(people_in))


def billable_of(done, license_of, terms, peak, holders):
    """Return users, hours or seats by license and add-on (BR-20 to BR-24)."""
    found = {code: Decimal(count) for code, count in Counter(license_of.values()).items()}
    if terms.licensing_model is LicensingModel.HOURLY:
        for tier in found.keys() & TIERS:
            hours = sum((total(done.sessions[user]) for user, code in license_of.items() if code == tier), timedelta(0))
            found[tier] = Decimal(-(-hours // HOUR))
    for add_on, users in holders.items():
        seats = len(users)
        if peak is not None:
            seats = add_on_seats(billable=peak.users, configured=peak.configured, assigned=seats)
        found[add_on] = Decimal(seats)
    if peak is not None and peak.tier and peak.users:
        found[peak.tier] = Decimal(peak.users)
    return found


def people(done, license_of, pool):
    """Return everyone who logged in."""
    return [
        PersonUse(
            user=user,
            license=highest(done.held[user].keys() & TIERS) if user in pool else license_of.get(user),
            first_login_at=min(span.start for span in spans),
            last_seen_at=max(span.end for span in spans),
            logged_in=total(spans),
        )
        for user, spans in sorted(done.sessions.items())
    ]


def port_seats(seats, license_of, terms):
    """Return the seats that bring ports: users, where tiers are billed by the hour (BR-41)."""
    if terms.licensing_model is not LicensingModel.HOURLY:
        return seats
    counted = Counter(license_of.values())
    return seats | {tier: Decimal(counted[tier]) for tier in TIERS}


def ports(calls, window, seats):
    """Return the port-hours above what the seats include (BR-41)."""
    included = included_ports(seats)
    spans = [Interval(call.at - timedelta(seconds=call.seconds), call.at) for call in calls]
    found = levels(clip(span, window) for span in spans if touches(span, window))
    over = sum(((users - included) * (span.duration // MICROSECOND) for span, users in found if users > included))
    hours = Fraction(over) / (HOUR // MICROSECOND)
    return CallPorts(included=included, excess_hours=hours, billed=ceil(hours))


def matched(calls, deck, window):
    """Return the calls of the period by rate (BR-42)."""
    if deck is None:
        return MatchedCalls(rated=(), unrated=())
    entries, unrated = {}, []
    for call in calls:
        if call.at not in window:
            continue
        rate = deck.match(direction=call.direction.name.lower(), remote=call.remote)
        if rate is None:
            unrated.append(call)
            continue
        key = rate.direction, rate.destination, f"{rate.per_minute.normalize():f}"
        known, counter = entries.get(key, (rate, Counter()))
        counter[deck.adjusted_seconds(call.seconds)] += 1
        entries[key] = min(known, rate, key=lambda one: one.prefix), counter
    rated = [VoiceUse(rate=rate, calls=dict(sorted(counter.items()))) for _, (rate, counter) in sorted(entries.items())]
    return MatchedCalls(rated=rated, unrated=unrated)


def exceptions(done):
    """Return what a person should look at (BR-12, BR-20, BR-23)."""
    found = {UsageException(code=ExceptionCode.UNENDED_SESSION, subject=session) for session in done.unended}
    for user in done.sessions:
        if not done.held.get(user, {}).keys() & LICENSE_RANK.keys():
            found.add(UsageException(code=ExceptionCode.UNLICENSED_USER, subject=user))
    tiers = [tier for tier in CONTACT_CENTER_TIERS if done.holders([tier])]
    if len(tiers) > 1:
        found.add(UsageException(code=ExceptionCode.MIXED_TIERS, subject=",".join(tiers)))
    return sorted(found)
