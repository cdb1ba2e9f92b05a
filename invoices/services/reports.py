"""Makes the reports of a period: of a closed one from what its close kept, of a running one as it stands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from invoices.exports.voice import voice_usage
from invoices.services.history import find_closed_period
from subscriptions.exports.report import Report
from subscriptions.models import Organization
from subscriptions.selectors import find_rate_sheet, get_product_names, get_rate_deck, get_rate_deck_version
from usage.documents import Counted
from usage.domain.known_period import KnownPeriod
from usage.exports.reports import billable_usage, concurrent_usage, resources_usage, user_hours
from usage.selectors import iterate_people_counted, list_calls
from usage.services.current import count_known_period, find_running_period
from usage.services.daily import iterate_days, list_days_of_resources

# A file is for programs: the same for every reader.
LANGUAGE_OF_FILES = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedPeriod:
    """
    A period to report on, and the rates of its calls.

    `snapshot_id` and `counted` are what its close kept; None while it runs.
    """

    known: KnownPeriod
    rate_deck_version_id: int | None
    snapshot_id: int | None = None
    counted: Counted | None = None


def find_reported_period(organization: Organization, *, start: date, now: datetime) -> ReportedPeriod | None:
    """Return the closed or the running period that began on a day; None if there is none."""
    closed = find_closed_period(organization, start=start)
    if closed is not None:
        return ReportedPeriod(
            known=closed.known,
            rate_deck_version_id=closed.inputs.rate_deck_version_id,
            snapshot_id=closed.snapshot.pk,
            counted=closed.counted,
        )
    known = find_running_period(organization=organization, now=now)
    if known is None or known.period.start != start:
        return None
    agreement = organization.subscriptions.get(effective_date=known.terms.effective_date)
    return ReportedPeriod(known=known, rate_deck_version_id=get_rate_deck_version(agreement.rate_deck_id, on=start))


def make_report(name: str, found: ReportedPeriod) -> Report:
    """
    Return a report by its name; its rows are read as they are written.

    :raises KeyError: if there is no such report
    """
    return _REPORTS[name](found)


def _billable(found: ReportedPeriod) -> Report:
    names = get_product_names(LANGUAGE_OF_FILES)
    if found.snapshot_id is None or found.counted is None:
        count = count_known_period(found.known)
        return billable_usage(count.people, peak=count.peak, add_on_holders=count.add_on_holders, names=names)
    return billable_usage(
        iterate_people_counted(found.snapshot_id),
        peak=found.counted.peak,
        add_on_holders=found.counted.add_on_holders,
        names=names,
    )


def _concurrent(found: ReportedPeriod) -> Report:
    return concurrent_usage(iterate_days(found.known))


def _resources(found: ReportedPeriod) -> Report:
    return resources_usage(list_days_of_resources(found.known), names=get_product_names(LANGUAGE_OF_FILES))


def _voice(found: ReportedPeriod) -> Report:
    known, version = found.known, found.rate_deck_version_id
    calls = list_calls(
        organization_id=known.organization_id,
        since=known.window.start,
        until=known.window.end,
        received_until=known.received_until,
    )
    return voice_usage(
        calls,
        deck=None if version is None else get_rate_deck(version),
        currency=known.terms.currency,
        rate_sheet="" if version is None else find_rate_sheet(version),
    )


def _hours(found: ReportedPeriod) -> Report:
    return user_hours(iterate_days(found.known))


_REPORTS: Mapping[str, Callable[[ReportedPeriod], Report]] = {
    "billable-usage": _billable,
    "concurrent-usage": _concurrent,
    "resources-usage": _resources,
    "voice-usage": _voice,
    "user-hours": _hours,
}
