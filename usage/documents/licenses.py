"""The licenses in use in the current period: committed, in use, over, and the concurrent peak."""

from collections.abc import Callable, Mapping, Sequence
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
from usage.documents.gauge import Gauge, gauge_of
from usage.documents.reader import Reader
from usage.documents.remarks import Remark, remarks_on
from usage.documents.resources import ResourceUse, resources_of
from usage.domain.concurrent import Peak
from usage.domain.known_period import KnownPeriod
from usage.domain.so_far import SoFar

NAMED_TIMES = 3
"""How many times of a peak are named before they are only counted."""


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
    resources: Sequence[ResourceUse]
    peak: PeakUse | None
    remarks: Sequence[Remark]
    explanations: Sequence[Explanation]
    people: int


def build_licenses_page(so_far: SoFar, *, known: KnownPeriod, now: datetime, reader: Reader) -> LicensesPage:
    """Return the current period's use, as it is known, in words and figures; `now` is when that is read."""
    terms, period = known.terms, known.period
    return LicensesPage(
        period=format_service(period.start, period.last_day, terms.time_zone, reader.language),
        remaining=_remaining(terms, period, now),
        as_of=_("%(moment)s %(zone)s") % {"moment": reader.moment(known.received_until), "zone": reader.zone},
        licenses=licenses_of(
            so_far.billable,
            terms=terms,
            period=period,
            unit=unit_so_far(terms),
            people=lambda product: so_far.behind.get(product, 0),
            reader=reader,
        ),
        add_ons=add_ons_of(so_far.billable, terms=terms, period=period, reader=reader),
        resources=resources_of(so_far.fair_use, reader),
        peak=peak_use(so_far.peak, reader),
        remarks=remarks_on(so_far, reader),
        explanations=explanations_of(terms, period),
        people=so_far.people,
    )


def licenses_of(
    billable: Mapping[str, Decimal],
    *,
    terms: ContractTerms,
    period: BillingPeriod,
    unit: str,
    people: Callable[[str], int | None],
    reader: Reader,
) -> list[LicenseUse]:
    """Return the licenses of a period: those agreed before those that merely happened, then the highest first."""
    committed = set(terms.committed_products(period.index))
    shown = (billable.keys() | committed) & set(LICENSES)
    return [
        _license_use(
            product=product,
            unit=unit if product in CONTACT_CENTER_TIERS else _("in use"),
            in_use=billable.get(product, Decimal(0)),
            committed=terms.commitment(product, period.index),
            people=people(product),
            reader=reader,
        )
        for product in sorted(shown, key=lambda code: (code in committed, LICENSE_RANK[code]), reverse=True)
    ]


def add_ons_of(
    billable: Mapping[str, Decimal], *, terms: ContractTerms, period: BillingPeriod, reader: Reader
) -> list[LicenseUse]:
    """Return the add-ons of a period that were agreed or counted."""
    committed = set(terms.committed_products(period.index))
    shown = {product for product in terms.add_ons if billable.get(product) or product in committed}
    return [
        _license_use(
            product=product,
            unit=_("in use"),
            in_use=billable.get(product, Decimal(0)),
            committed=terms.commitment(product, period.index),
            people=None,
            reader=reader,
        )
        for product in sorted(shown)
    ]


def unit_so_far(terms: ContractTerms) -> str:
    """Return what a contact-center license is counted in while its period runs."""
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


def _remaining(terms: ContractTerms, period: BillingPeriod, now: datetime) -> str:
    days = (period.last_day - local_date(now, time_zone=terms.time_zone)).days
    if days <= 0:
        return _("This is its last day.")
    return ngettext("%(days)s day is left after today.", "%(days)s days are left after today.", days) % {"days": days}


def peak_use(peak: Peak | None, reader: Reader) -> PeakUse | None:
    """Return the concurrent peak and when it was; None if none is counted (BR-21)."""
    if peak is None:
        return None
    return PeakUse(
        users=reader.quantity(Decimal(peak.users)),
        license=reader.product(peak.tier) if peak.tier else "",
        times=[reader.span(run) for run in peak.runs[:NAMED_TIMES]],
        more_times=max(0, len(peak.runs) - NAMED_TIMES),
        configured=reader.quantity(Decimal(peak.configured)),
    )
