"""Makes the reports of a period: of a closed one from what its close kept, of a running one as it stands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from invoices.exports.voice import voice_usage
from invoices.services.history import find_closed_period
from subscriptions.exports.report import Report
from subscriptions.models import Organization
from subscriptions.selectors.catalog import get_product_names
from subscriptions.selectors.rate_decks import find_rate_sheet, get_rate_deck, get_rate_deck_version
from usage.documents import Counted
from usage.domain.known_period import KnownPeriod
from usage.domain.so_far import SoFar
from usage.exports.reports import billable_usage, concurrent_usage, resources_usage, user_hours
from usage.selectors.events import list_calls
from usage.selectors.people import (
    get_live_add_on_holders,
    iterate_live_people,
    iterate_people_counted,
    list_live_people_at_peak,
)
from usage.services.current import CurrentUsage, get_current_usage
from usage.services.daily import iterate_days, list_day_figures, list_days_of_resources
from usage.services.live import iterate_days_so_far
from usage.services.running import find_running_period

# A file is for programs: the same for every reader.
LANGUAGE_OF_FILES = "en"


class NotCountedYetError(Exception):
    """A running period has more use than is counted while a person waits, and no worker has counted it yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedPeriod:
    """
    A period to report on, and the rates of its calls.

    `snapshot_id` and `counted` are what its close kept; None while it runs.
    """

    organization: Organization
    known: KnownPeriod
    rate_deck_version_id: int | None
    snapshot_id: int | None = None
    counted: Counted | None = None


def find_reported_period(organization: Organization, *, start: date, now: datetime) -> ReportedPeriod | None:
    """Return the closed or the running period that began on a day; None if there is none."""
    closed = find_closed_period(organization, start=start)
    if closed is not None:
        return ReportedPeriod(
            organization=organization,
            known=closed.known,
            rate_deck_version_id=closed.inputs.rate_deck_version_id,
            snapshot_id=closed.snapshot.pk,
            counted=closed.counted,
        )
    known = find_running_period(organization=organization, now=now)
    if known is None or known.period.start != start:
        return None
    agreement = organization.subscriptions.get(effective_date=known.terms.effective_date)
    version = get_rate_deck_version(agreement.rate_deck_id, on=start)
    return ReportedPeriod(organization=organization, known=known, rate_deck_version_id=version)


@dataclass(frozen=True, slots=True, kw_only=True)
class BillableUse:
    """What a period is billed for, by license and add-on, and the report of who is behind it."""

    quantities: Mapping[str, Decimal]
    report: Report


def make_report(name: str, found: ReportedPeriod) -> Report:
    """
    Return a report by its name; its rows are read as they are written.

    :raises KeyError: if there is no such report
    :raises NotCountedYetError: if a worker has to count the period before
    """
    return _REPORTS[name](found)


def count_billable(found: ReportedPeriod) -> BillableUse:
    """
    Return what a period is billed for, and who is behind it, from one count.

    :raises NotCountedYetError: if a worker has to count the period before
    """
    names = get_product_names(LANGUAGE_OF_FILES)
    if found.snapshot_id is not None and found.counted is not None:
        people, counted = iterate_people_counted(found.snapshot_id), found.counted
        report = billable_usage(people, peak=counted.peak, add_on_holders=counted.add_on_holders, names=names)
        return BillableUse(quantities=counted.billable, report=report)
    current, so_far = _current(found)
    if (count := current.count) is not None:
        report = billable_usage(count.people, peak=count.peak, add_on_holders=count.add_on_holders, names=names)
        return BillableUse(quantities=count.billable, report=report)
    at_peak = frozenset(list_live_people_at_peak(found.organization.pk))
    report = billable_usage(
        iterate_live_people(found.organization.pk),
        peak=so_far.peak and replace(so_far.peak, people=at_peak),
        add_on_holders=get_live_add_on_holders(found.organization.pk),
        names=names,
    )
    return BillableUse(quantities=so_far.billable, report=report)


def _billable(found: ReportedPeriod) -> Report:
    return count_billable(found).report


def _concurrent(found: ReportedPeriod) -> Report:
    if found.snapshot_id is not None:
        return concurrent_usage(list_day_figures(found.known))
    return concurrent_usage(_current(found)[1].days)


def _resources(found: ReportedPeriod) -> Report:
    names = get_product_names(LANGUAGE_OF_FILES)
    if found.snapshot_id is not None:
        return resources_usage(list_days_of_resources(found.known), names=names)
    return resources_usage(_current(found)[0].list_days_of_resources(), names=names)


def _current(found: ReportedPeriod) -> tuple[CurrentUsage, SoFar]:
    current = get_current_usage(organization=found.organization, now=found.known.received_until)
    if current is None or current.so_far is None:
        raise NotCountedYetError
    return current, current.so_far


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
    if found.snapshot_id is None:
        current, _so_far = _current(found)
        if current.count is None:
            return user_hours(iterate_days_so_far(current.known))
    return user_hours(iterate_days(found.known))


_REPORTS: Mapping[str, Callable[[ReportedPeriod], Report]] = {
    "billable-usage": _billable,
    "concurrent-usage": _concurrent,
    "resources-usage": _resources,
    "voice-usage": _voice,
    "user-hours": _hours,
}
