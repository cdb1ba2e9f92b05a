"""A closed period as people read it: the numbers as its close counted them (BR-77)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from subscriptions.domain.formatting import format_day, format_service
from subscriptions.domain.terms import ContractTerms, LicensingModel
from usage.documents.counted import Counted
from usage.documents.explanations import Explanation, explanations_of_closed
from usage.documents.licenses import LicenseUse, PeakUse, add_ons_of, licenses_of, peak_use
from usage.documents.reader import Reader
from usage.documents.resources import ResourceUse, resources_of
from usage.domain.known_period import KnownPeriod


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberLine:
    """So many phone numbers of a kind, and on how many days they were active or that they were set up."""

    name: str
    quantity: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodPage:
    """Everything that was counted in a closed period but its people, who fill pages of their own."""

    period: str
    known_by: str
    licenses: Sequence[LicenseUse]
    add_ons: Sequence[LicenseUse]
    resources: Sequence[ResourceUse]
    numbers: Sequence[NumberLine]
    peak: PeakUse | None
    port_hours: str
    explanations: Sequence[Explanation]


def build_period_page(counted: Counted, *, known: KnownPeriod, reader: Reader) -> PeriodPage:
    """Return a closed period in words and figures."""
    terms, period = known.terms, known.period
    known_by = settled_at(known.received_until, reader)
    return PeriodPage(
        period=format_service(period.start, period.last_day, terms.time_zone, reader.language),
        known_by=known_by,
        licenses=licenses_of(
            counted.billable, terms=terms, period=period, unit=_unit(terms), people=lambda _product: None, reader=reader
        ),
        add_ons=add_ons_of(counted.billable, terms=terms, period=period, reader=reader),
        resources=resources_of(counted.fair_use, reader),
        numbers=_numbers(counted, reader),
        peak=peak_use(counted.peak, reader),
        port_hours=str(counted.call_ports.billed) if counted.call_ports and counted.call_ports.billed else "",
        explanations=explanations_of_closed(terms, period, known_by=known_by),
    )


def settled_at(instant: datetime, reader: Reader) -> str:
    """Write an instant with its year and zone."""
    day = format_day(reader.date(instant), reader.language)
    return _("%(day)s at %(clock)s %(zone)s") % {"day": day, "clock": reader.clock(instant), "zone": reader.zone}


def _unit(terms: ContractTerms) -> str:
    return {
        LicensingModel.NAMED: _("in use"),
        LicensingModel.CONCURRENT: _("at the peak"),
        LicensingModel.HOURLY: _("hours"),
    }[terms.licensing_model]


def _numbers(counted: Counted, reader: Reader) -> list[NumberLine]:
    active = [
        NumberLine(
            name=reader.product(use.product),
            quantity=reader.quantity(Decimal(use.quantity)),
            what=ngettext("active on %(days)s day", "active on %(days)s days", use.days) % {"days": use.days},
        )
        for use in counted.numbers.active
    ]
    set_up = [
        NumberLine(name=reader.product(product), quantity=reader.quantity(Decimal(number)), what=_("set up"))
        for product, number in sorted(counted.numbers.activated.items())
    ]
    return [*active, *set_up]
