"""The licenses in use in the current period: committed, in use, over, and the concurrent peak."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from subscriptions.domain.catalog import CONTACT_CENTER_TIERS, LICENSE_RANK, LICENSES
from subscriptions.domain.formatting import format_service
from subscriptions.domain.period import BillingPeriod, local_date
from subscriptions.domain.terms import ContractTerms, LicensingModel
from usage.documents.explanations import Explanation, explanations_of
from usage.documents.people import people_behind
from usage.documents.reader import Reader
from usage.documents.remarks import Remark, remarks_on
from usage.domain.concurrent import Peak
from usage.domain.intervals import Interval
from usage.domain.snapshot import UsageCount

NAMED_TIMES = 3
"""How many times of a peak are named before they are only counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """A bar of 100: so much of it within the commitment, so much above, and where the commitment lies."""

    within: int
    above: int
    commitment: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseUse:
    """
    One license or add-on: what is committed, what is in use, what is over.

    `committed`, `over` and `left` are empty where there is no such quantity; `people` counts who stands behind the
    number, None if that cannot be told.
    """

    product: str
    name: str
    in_use: str
    unit: str
    committed: str
    over: str
    left: str
    people: int | None
    gauge: Gauge


@dataclass(frozen=True, slots=True, kw_only=True)
class PeakUse:
    """The concurrent peak so far: how many, when, and of how many who could have been in."""

    users: str
    license: str
    times: Sequence[str]
    more_times: int
    configured: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LicensesPage:
    """Everything the Subscription Admin view shows of the current period."""

    period: str
    remaining: str
    as_of: str
    licenses: Sequence[LicenseUse]
    add_ons: Sequence[LicenseUse]
    peak: PeakUse | None
    remarks: Sequence[Remark]
    explanations: Sequence[Explanation]
    people: int


def build_licenses_page(
    *, count: UsageCount, terms: ContractTerms, period: BillingPeriod, now: datetime, reader: Reader
) -> LicensesPage:
    """Return the current period's use in words and figures."""
    committed = {product: terms.commitment(product, period.index) for product in terms.committed_products(period.index)}
    shown = count.billable.keys() | committed.keys()
    # What was agreed comes before what merely happened; then the highest license first.
    licenses = sorted(shown & set(LICENSES), key=lambda code: (code in committed, LICENSE_RANK[code]), reverse=True)
    add_ons = sorted(
        product for product in shown & terms.add_ons if count.billable.get(product) or committed.get(product)
    )

    def use(product: str, people: int | None) -> LicenseUse:
        return _license_use(
            product=product,
            unit=_unit(product, terms),
            in_use=count.billable.get(product, Decimal(0)),
            committed=committed.get(product, Decimal(0)),
            people=people,
            reader=reader,
        )

    return LicensesPage(
        period=format_service(period.start, period.last_day, terms.time_zone, reader.language),
        remaining=_remaining(terms, period, now),
        as_of=_("%(moment)s %(zone)s") % {"moment": reader.moment(now), "zone": reader.zone},
        licenses=[use(product, len(people_behind(product, count=count, terms=terms))) for product in licenses],
        add_ons=[use(product, None) for product in add_ons],
        peak=_peak(count.peak, reader),
        remarks=remarks_on(count, reader),
        explanations=explanations_of(terms, period),
        people=len(count.people),
    )


def _unit(product: str, terms: ContractTerms) -> str:
    if product not in CONTACT_CENTER_TIERS:
        return _("in use")
    return {
        LicensingModel.NAMED: _("in use"),
        LicensingModel.CONCURRENT: _("at the peak so far"),
        LicensingModel.HOURLY: _("hours so far"),
    }[terms.licensing_model]


def _license_use(
    *, product: str, unit: str, in_use: Decimal, committed: Decimal, people: int | None, reader: Reader
) -> LicenseUse:
    over = max(Decimal(0), in_use - committed) if committed else Decimal(0)
    left = max(Decimal(0), committed - in_use)
    return LicenseUse(
        product=product,
        name=reader.product(product),
        in_use=reader.quantity(in_use),
        unit=unit,
        committed=reader.quantity(committed) if committed else "",
        over=reader.quantity(over) if over else "",
        left=reader.quantity(left) if left else "",
        people=people,
        gauge=gauge_of(in_use, committed),
    )


def gauge_of(in_use: Decimal, committed: Decimal) -> Gauge:
    """Return the bar of what is in use beside what is committed, or included."""
    if not committed:
        return Gauge(within=100 if in_use else 0, above=0, commitment=None)
    whole = max(in_use, committed)
    within = int(100 * min(in_use, committed) / whole)
    above = 100 - within if in_use > committed else 0
    return Gauge(within=within, above=above, commitment=int(100 * committed / whole))


def _remaining(terms: ContractTerms, period: BillingPeriod, now: datetime) -> str:
    days = (period.last_day - local_date(now, time_zone=terms.time_zone)).days
    if days <= 0:
        return _("This is its last day.")
    return ngettext("%(days)s day is left after today.", "%(days)s days are left after today.", days) % {"days": days}


def _peak(peak: Peak | None, reader: Reader) -> PeakUse | None:
    if peak is None:
        return None
    return PeakUse(
        users=reader.quantity(Decimal(peak.users)),
        license=reader.product(peak.tier) if peak.tier else "",
        times=[_span(run, reader) for run in peak.runs[:NAMED_TIMES]],
        more_times=max(0, len(peak.runs) - NAMED_TIMES),
        configured=reader.quantity(Decimal(peak.configured)),
    )


def _span(run: Interval, reader: Reader) -> str:
    zone = reader.time_zone
    same_day = local_date(run.start, time_zone=zone) == local_date(run.end, time_zone=zone)
    return _("%(start)s – %(end)s") % {
        "start": reader.moment(run.start),
        "end": reader.clock(run.end) if same_day else reader.moment(run.end),
    }
