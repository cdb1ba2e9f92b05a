"""What was counted so far in a running period, without the people behind it, who fill pages of their own (BR-90)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from subscriptions.domain.catalog import CONTACT_CENTER_TIERS, LICENSES
from subscriptions.domain.terms import LicensingModel
from usage.domain.activity import activity
from usage.domain.columns import UsageColumns
from usage.domain.concurrent import Peak, pool
from usage.domain.daily import DayFigures, days_of, figures_by_day
from usage.domain.fair_use import FairUse
from usage.domain.known_period import KnownPeriod
from usage.domain.resources import DayOfResources
from usage.domain.snapshot import ExceptionCode, UsageCount, count_activity

NOT_COUNTED = "none"
"""What stands for the license of people who logged in and did not count."""

NAMED_SUBJECTS = 5
"""How many users or sessions are named of one kind of exception."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exceptional:
    """How many exceptions there are of one kind, and the first of them by name."""

    number: int
    first: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SoFar:
    """
    The figures of a running period and its days.

    `people` counts who logged in, `behind` those of them who stand behind each license and add-on, or `NOT_COUNTED`.
    The peak is without its people; `resources` are filled where they are kept with the rest.
    """

    billable: Mapping[str, Decimal]
    peak: Peak | None
    fair_use: Mapping[str, FairUse]
    exceptions: Mapping[ExceptionCode, Exceptional]
    people: int
    behind: Mapping[str, int]
    days: Sequence[DayFigures]
    resources: Sequence[DayOfResources] = ()


def count_so_far(columns: UsageColumns, *, known: KnownPeriod) -> tuple[UsageCount, SoFar]:
    """Count a running period as its close will (BR-20 to BR-24), and by day."""
    terms, window = known.terms, known.window
    done = activity(columns, period=window)
    # The view shows no calls: they need no rates.
    count = count_activity(done, columns, terms=terms, period=known.period, window=window, deck=None)
    days = figures_by_day(
        done.sessions,
        pool=pool(done, needs_queue=terms.policy.pool_needs_queue),
        days=days_of(window, time_zone=terms.time_zone),
    )
    return count, SoFar(
        billable=count.billable,
        peak=count.peak and replace(count.peak, people=frozenset()),
        fair_use=count.fair_use,
        exceptions=_exceptions(count),
        people=len(count.people),
        behind=_behind(count, known),
        days=days,
    )


def list_exceeded(billable: Mapping[str, Decimal], *, known: KnownPeriod) -> list[tuple[str, Decimal]]:
    """Return the products of which more was counted than is committed to in the period, with how much (BR-30)."""
    terms, index = known.terms, known.period.index
    return [
        (product, billable[product])
        for product, committed in terms.commitments(index).items()
        if billable.get(product, Decimal(0)) > committed
    ]


def licenses_behind(product: str, *, known: KnownPeriod) -> Sequence[str | None]:
    """
    Return the licenses of the people behind a license's number; the empty one is nobody's who counts.

    In concurrent licensing the peak is of all tiers together, whichever of them is billed (BR-21).
    """
    if known.terms.licensing_model is LicensingModel.CONCURRENT and product in CONTACT_CENTER_TIERS:
        return CONTACT_CENTER_TIERS
    return [None if product == NOT_COUNTED else product]


def _behind(count: UsageCount, known: KnownPeriod) -> dict[str, int]:
    with_license: defaultdict[str | None, int] = defaultdict(int)
    for person in count.people:
        with_license[person.license] += 1
    found = {
        product: sum(with_license[license_code] for license_code in licenses_behind(product, known=known))
        for product in (*LICENSES, NOT_COUNTED)
    }
    logged_in = {person.user for person in count.people}
    return found | {add_on: len(users & logged_in) for add_on, users in count.add_on_holders.items()}


def _exceptions(count: UsageCount) -> dict[ExceptionCode, Exceptional]:
    subjects: defaultdict[ExceptionCode, list[str]] = defaultdict(list)
    for found in count.exceptions:
        subjects[found.code].append(found.subject)
    return {code: Exceptional(number=len(named), first=named[:NAMED_SUBJECTS]) for code, named in subjects.items()}
