"""Everything counted in one period of one organization, in one immutable value with its evidence (BR-77)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from operator import itemgetter

from subscriptions.domain.catalog import CONTACT_CENTER_TIERS, LICENSE_RANK, highest
from subscriptions.domain.period import BillingPeriod, Window
from subscriptions.domain.policy import IncludedUse
from subscriptions.domain.rate_deck import RateDeck
from subscriptions.domain.terms import ContractTerms, LicensingModel
from usage.domain.activity import Activity, activity
from usage.domain.add_ons import add_on_holders, add_on_seats
from usage.domain.call_ports import CallPorts, call_ports, included_ports
from usage.domain.calls import Calls
from usage.domain.columns import UsageColumns
from usage.domain.concurrent import Peak, concurrent_peak, pool
from usage.domain.events import RareFacts
from usage.domain.fair_use import FairUse, fair_use
from usage.domain.hourly import hours_by_tier
from usage.domain.named import NamedUsers, named_users
from usage.domain.numbers import PhoneNumbers, phone_numbers
from usage.domain.voice import MatchedCalls, match_calls


class ExceptionCode(StrEnum):
    """What a CSM should look at in a period's usage; the period is billed all the same."""

    MIXED_TIERS = "mixed_tiers"
    UNENDED_SESSION = "unended_session"
    UNLICENSED_USER = "unlicensed_user"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class UsageException:
    """One thing to look at: the user, the session, or the tiers."""

    code: ExceptionCode
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonUse:
    """
    One person who was logged in during the period.

    `license` is the one counted for them by name, or the tier that put them into the concurrent pool; None if they are
    not counted. `logged_in` is their time in the period, overlapping sessions once.
    """

    user: str
    license: str | None
    first_login_at: datetime
    last_seen_at: datetime
    logged_in: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageCount:
    """
    The billable quantities of one period and what stands behind them.

    `billable` holds users, seats or whole hours by license and add-on.
    """

    window: Window
    billable: Mapping[str, Decimal]
    people: Sequence[PersonUse]
    peak: Peak | None
    add_on_holders: Mapping[str, frozenset[str]]
    """Who counts for each add-on: billable users by name, in concurrent licensing everyone who had it."""
    fair_use: Mapping[str, FairUse]
    call_ports: CallPorts | None
    calls: MatchedCalls
    numbers: PhoneNumbers
    exceptions: Sequence[UsageException]


def count_usage(
    columns: UsageColumns,
    *,
    terms: ContractTerms,
    period: BillingPeriod,
    window: Window,
    deck: RateDeck | None,
    peak_tier: str | None = None,
) -> UsageCount:
    """
    Count one period of an organization: the same code for the close, the preview and the live view (BR-20 to BR-24).

    `window` holds the instants of `period`, as the cycle stored them. The order of the facts does not matter. A
    `peak_tier` is the license at which a person decided that the peak is billed, instead of a higher one held (BR-21).
    """
    done = activity(columns, period=window)
    return count_activity(done, columns, terms=terms, period=period, window=window, deck=deck, peak_tier=peak_tier)


def count_activity(
    done: Activity,
    columns: UsageColumns,
    *,
    terms: ContractTerms,
    period: BillingPeriod,
    window: Window,
    deck: RateDeck | None,
    peak_tier: str | None = None,
) -> UsageCount:
    """Count one period of which is known what everyone did and held in it."""
    rare = columns.rare
    named = named_users(done, minimum_assignment=terms.policy.minimum_assignment)
    peak = _peak(done, terms, peak_tier)
    license_of = _named_licenses(named, done, terms)
    holders = _add_on_holders(done, license_of, terms)
    billable = _billable(done, license_of, terms) | _add_on_seats(holders, peak) | _peak_seats(peak)
    seats = seats_of(billable, terms=terms, index=period.index)
    return UsageCount(
        window=window,
        billable=billable,
        people=_people(done, license_of, _pool(done, terms)),
        peak=peak,
        add_on_holders=holders,
        fair_use=_fair_use(rare, window, seats, terms),
        call_ports=_call_ports(columns.calls, window, _port_seats(seats, license_of, terms), terms),
        calls=match_calls(columns.calls, deck=deck, period=window),
        numbers=phone_numbers(rare.activations, rare.releases, period=period, window=window, time_zone=terms.time_zone),
        exceptions=_exceptions(done, named),
    )


def _peak(done: Activity, terms: ContractTerms, decided: str | None) -> Peak | None:
    if terms.licensing_model is not LicensingModel.CONCURRENT:
        return None
    peak = concurrent_peak(done, policy=terms.policy)
    if decided is None or peak.tier is None or LICENSE_RANK[peak.tier] <= LICENSE_RANK[decided]:
        return peak
    return replace(peak, tier=decided)


def _pool(done: Activity, terms: ContractTerms) -> frozenset[str]:
    if terms.licensing_model is not LicensingModel.CONCURRENT:
        return frozenset()
    return pool(done, needs_queue=terms.policy.pool_needs_queue)


def _named_licenses(named: NamedUsers, done: Activity, terms: ContractTerms) -> Mapping[str, str]:
    """Return the license of whoever is counted by name; holders of a tier are not in concurrent licensing (BR-21)."""
    if terms.licensing_model is not LicensingModel.CONCURRENT:
        return named.license_of
    pooled = done.holders_of_a_tier()
    return {user: license_code for user, license_code in named.license_of.items() if user not in pooled}


def _billable(done: Activity, license_of: Mapping[str, str], terms: ContractTerms) -> dict[str, Decimal]:
    """Return users by license, hours for the tiers of hourly licensing."""
    licenses = list(license_of.values())
    counted = {code: Decimal(licenses.count(code)) for code in sorted(set(licenses), key=LICENSE_RANK.__getitem__)}
    if terms.licensing_model is LicensingModel.HOURLY:
        return counted | hours_by_tier(done, license_of=license_of)
    return counted


def _peak_seats(peak: Peak | None) -> dict[str, Decimal]:
    if peak is None or peak.tier is None or peak.users == 0:
        return {}
    return {peak.tier: Decimal(peak.users)}


def _add_on_holders(done: Activity, license_of: Mapping[str, str], terms: ContractTerms) -> dict[str, frozenset[str]]:
    """Return who counts for each add-on (BR-24)."""
    held = add_on_holders(done, add_ons=terms.add_ons)
    if terms.licensing_model is LicensingModel.CONCURRENT:
        return held
    return {add_on: holders & license_of.keys() for add_on, holders in held.items()}


def _add_on_seats(holders: Mapping[str, frozenset[str]], peak: Peak | None) -> dict[str, Decimal]:
    """Return the seats billed: the holders, or in concurrent licensing the usage percentage of them (BR-24)."""
    if peak is None:
        return {add_on: Decimal(len(users)) for add_on, users in holders.items()}
    return {
        add_on: Decimal(add_on_seats(billable=peak.users, configured=peak.configured, assigned=len(users)))
        for add_on, users in holders.items()
    }


def _fair_use(
    rare: RareFacts, window: Window, seats: Mapping[str, Decimal], terms: ContractTerms
) -> Mapping[str, FairUse]:
    if terms.policy.included_use is not IncludedUse.FAIR_USE:
        return {}
    return fair_use(consumptions=rare.consumptions, readings=rare.readings, period=window, seats=seats, terms=terms)


def _call_ports(calls: Calls, window: Window, seats: Mapping[str, Decimal], terms: ContractTerms) -> CallPorts | None:
    if terms.policy.included_use is not IncludedUse.CALL_PORTS:
        return None
    return call_ports(calls, included=included_ports(seats), period=window)


def seats_of(billable: Mapping[str, Decimal], *, terms: ContractTerms, index: int) -> Mapping[str, Decimal]:
    """Return the greater of commitment and billable quantity of each license and add-on (BR-40, BR-41)."""
    committed = terms.commitments(index)
    return {
        product: max(committed.get(product, Decimal(0)), billable.get(product, Decimal(0)))
        for product in sorted(billable.keys() | committed.keys())
    }


def _port_seats(
    seats: Mapping[str, Decimal], license_of: Mapping[str, str], terms: ContractTerms
) -> Mapping[str, Decimal]:
    """Return the seats that bring call ports; where tiers are billed by the hour, their users are (BR-41)."""
    if terms.licensing_model is not LicensingModel.HOURLY:
        return seats
    users = list(license_of.values())
    return dict(seats) | {tier: Decimal(users.count(tier)) for tier in CONTACT_CENTER_TIERS}


def _people(done: Activity, license_of: Mapping[str, str], pooled: frozenset[str]) -> list[PersonUse]:
    return [
        PersonUse(
            user=user,
            license=_tier_of(done, user) if user in pooled else license_of.get(user),
            first_login_at=times.first_login_at,
            last_seen_at=times.last_seen_at,
            logged_in=times.logged_in,
        )
        for user, times in sorted(done.sessions.times.items(), key=itemgetter(0))
    ]


def _tier_of(done: Activity, user: str) -> str | None:
    return highest(done.held[user].keys() & set(CONTACT_CENTER_TIERS))


def _exceptions(done: Activity, named: NamedUsers) -> list[UsageException]:
    """Return what to look at, by code and subject (BR-12, BR-20, BR-23)."""
    found = {UsageException(code=ExceptionCode.UNLICENSED_USER, subject=user) for user in named.unlicensed}
    left_open = {unended.session for unended in done.sessions.unended}
    found |= {UsageException(code=ExceptionCode.UNENDED_SESSION, subject=session) for session in left_open}
    tiers = [tier for tier in CONTACT_CENTER_TIERS if done.holders_of(tier)]
    if len(tiers) > 1:
        found.add(UsageException(code=ExceptionCode.MIXED_TIERS, subject=",".join(tiers)))
    return sorted(found)
