"""Why one person is billed: what counted, in words, and what they did and held in the period (BR-20 to BR-24)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _

from subscriptions.domain.catalog import CONTACT_CENTER_TIERS
from subscriptions.domain.formatting import format_day, format_service
from subscriptions.domain.terms import ContractTerms, LicensingModel
from usage.documents.explanations import how_a_peak_is_counted, how_hours_are_counted, how_people_are_counted
from usage.documents.reader import Reader, format_hours
from usage.domain.activity import Activity
from usage.domain.daily import days_of
from usage.domain.intervals import Interval, clip, total, touches, united
from usage.domain.known_period import KnownPeriod
from usage.domain.snapshot import PersonUse


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDay:
    """A day on which a person was logged in: from when to when, and how long in all."""

    day: str
    times: Sequence[str]
    logged_in: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A license or add-on that a person held, and when within the period."""

    name: str
    times: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPage:
    """One person in a period: the verdict, the rule behind it, and the evidence."""

    user: str
    period: str
    verdict: str
    rule: str
    notes: Sequence[str]
    days: Sequence[PersonDay]
    held: Sequence[Holding]
    logged_in: str


def build_person_page(
    user: str, *, done: Activity, use: PersonUse | None, add_ons: frozenset[str], known: KnownPeriod, reader: Reader
) -> PersonPage:
    """Return why a person is billed, or why not."""
    terms, period = known.terms, known.period
    return PersonPage(
        user=user,
        period=format_service(period.start, period.last_day, terms.time_zone, reader.language),
        verdict=_verdict(user, done, use, terms, reader),
        rule=_rule(use, terms),
        notes=[_("Counts for %(add_on)s.") % {"add_on": reader.product(add_on)} for add_on in sorted(add_ons)],
        days=_days(done.sessions.get(user, ()), known, reader),
        held=[
            Holding(name=reader.product(product), times=[_held(time, known, reader) for time in united(times)])
            for product, times in sorted(done.held.get(user, {}).items())
        ],
        logged_in=format_hours(use.logged_in if use else timedelta(0)),
    )


def _verdict(user: str, done: Activity, use: PersonUse | None, terms: ContractTerms, reader: Reader) -> str:
    if use is None:
        return _("Not counted: nobody logged in as this user in the period.")
    if use.license is None:
        return _not_counted(user, done)
    words = {"license": reader.product(use.license), "hours": format_hours(use.logged_in)}
    if use.license not in CONTACT_CENTER_TIERS or terms.licensing_model is LicensingModel.NAMED:
        return _("Counts as one %(license)s: logged in, and held no higher license that counts in the period.") % words
    if terms.licensing_model is LicensingModel.HOURLY:
        return _("%(hours)s count towards the hours of %(license)s.") % words
    return _("Takes part in the concurrent peak, whenever logged in, as a holder of %(license)s.") % words


def _not_counted(user: str, done: Activity) -> str:
    if not done.licenses_of(user):
        return _("Not counted: logged in, but held no license in the period.")
    return _("Not counted: logged in, but what was held in the period does not meet the rule below.")


def _rule(use: PersonUse | None, terms: ContractTerms) -> str:
    if use is None or use.license not in CONTACT_CENTER_TIERS or terms.licensing_model is LicensingModel.NAMED:
        return how_people_are_counted(terms.policy)
    if terms.licensing_model is LicensingModel.HOURLY:
        return how_hours_are_counted()
    return how_a_peak_is_counted(terms.policy)


def _days(sessions: Sequence[Interval], known: KnownPeriod, reader: Reader) -> list[PersonDay]:
    days = []
    for day in days_of(known.window, time_zone=known.terms.time_zone):
        times = united(clip(session, day.window) for session in sessions if touches(session, day.window))
        if times:
            days.append(
                PersonDay(
                    day=format_day(day.date, reader.language),
                    times=[reader.hours(time) for time in times],
                    logged_in=format_hours(total(times)),
                )
            )
    return days


def _held(time: Interval, known: KnownPeriod, reader: Reader) -> str:
    if time.start == known.window.start and time.end == known.window.end:
        return _("throughout")
    if time.end == known.window.end:
        return _("from %(start)s") % {"start": reader.moment(time.start)}
    if time.start == known.window.start:
        return _("until %(end)s") % {"end": reader.moment(time.end)}
    return reader.span(time)
