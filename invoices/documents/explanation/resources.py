"""Why so much above what the seats include: fair use and excess call usage (BR-40, BR-41)."""

from collections.abc import Iterator
from fractions import Fraction

from django.utils.translation import gettext as _

from invoices.documents.explanation.basis import PRINTED_DECIMALS, Basis
from invoices.documents.explanation.prices import price_fact
from invoices.documents.explanation.shape import Answer, Cell, Evidence, Row, figure_column, text_column
from subscriptions.documents import Fact
from subscriptions.domain.catalog import API_REQUESTS, DATA_STORAGE
from subscriptions.domain.money import round_half_up
from usage.domain.call_ports import levels_above, port_hours
from usage.domain.calls import calls_of
from usage.domain.events import StorageReading
from usage.domain.fair_use import FairUse, allowance
from usage.domain.snapshot import seats_of
from usage.selectors.events import list_calls, list_consumption_by_day, list_storage_readings


def explain_fair_use(basis: Basis) -> Answer:
    """Explain the use of a resource above the allotment that the licenses bring."""
    resource = basis.line.product
    use = basis.counted.fair_use.get(resource, FairUse(used=Fraction(), allotment=Fraction(), over=0))
    used = {
        DATA_STORAGE: _("Stored gigabytes are averaged over the time of the period; a reading holds until the next."),
        API_REQUESTS: _("Every request of the period counts."),
    }.get(resource, _("Seconds of the period are added up and divided by 60."))
    figures = {"used": basis.number(use.used), "allotment": basis.number(use.allotment), "over": basis.number(use.over)}
    return Answer(
        rules=["BR-40", "BR-31"],
        words=[
            _(
                "Each license and add-on brings an allotment for every seat, committed or counted, whichever is more; "
                "they are pooled over the organization. What is used above the pool is rounded up once to the unit."
            ),
            used,
        ],
        facts=[
            *basis.service_facts(),
            *_allotment_facts(basis, resource),
            Fact(label=_("Allotment"), value=figures["allotment"]),
            Fact(label=_("Used"), value=figures["used"]),
            price_fact(basis),
        ],
        arithmetic=_("%(used)s used, %(allotment)s included: %(over)s over, rounded up") % figures
        + f"; {basis.quantity_times_price()}",
        evidence=_readings(basis) if resource == DATA_STORAGE else _days(basis, resource),
    )


def _allotment_facts(basis: Basis, resource: str) -> list[Fact]:
    facts = []
    for product, seats in seats_of(basis.counted.billable, terms=basis.terms, index=basis.index).items():
        each = allowance(basis.terms, product, resource)
        if each and seats:
            words = {
                "seats": basis.number(seats),
                "each": basis.number(each),
                "together": basis.number(Fraction(seats) * each),
            }
            facts.append(
                Fact(label=basis.reader.product(product), value=_("%(seats)s × %(each)s = %(together)s") % words)
            )
    return facts


def _readings(basis: Basis) -> Evidence:
    window, snapshot = basis.window, basis.counted_snapshot

    def rows() -> Iterator[Row]:
        readings = list_storage_readings(
            organization_id=snapshot.organization_id, window=window, received_until=snapshot.cutoff_at
        )
        level: dict[object, StorageReading] = {}
        for reading in readings:
            known = level.get(reading.at)
            # Of two at one instant the greater counts.
            level[reading.at] = reading if known is None or reading.gigabytes > known.gigabytes else known
        in_order = list(level.values())
        for reading, following in zip(in_order, [*in_order[1:], None], strict=True):
            start = max(reading.at, window.start)
            end = following.at if following else window.end
            yield (reading.at, start, end, end - start, reading.gigabytes)

    return Evidence(
        title=_("The readings"),
        note=_(
            "The average is the sum of gigabytes × time, divided by the time of the period; before the first it is 0."
        ),
        columns=[
            text_column(_("Measured")),
            text_column(_("Counts from")),
            text_column(_("Until")),
            figure_column(_("Time")),
            figure_column(_("Gigabytes")),
        ],
        source=rows,
    )


def _days(basis: Basis, resource: str) -> Evidence:
    window, snapshot, zone = basis.window, basis.counted_snapshot, basis.reader.time_zone

    def rows() -> Iterator[Row]:
        yield from list_consumption_by_day(
            resource,
            organization_id=snapshot.organization_id,
            window=window,
            received_until=snapshot.cutoff_at,
            time_zone=zone,
        )

    unit = _("Requests") if resource == API_REQUESTS else _("Seconds")
    return Evidence(
        title=_("What was used, by day"),
        columns=[text_column(_("Day")), figure_column(_("Events")), figure_column(unit)],
        source=rows,
    )


def explain_call_ports(basis: Basis) -> Answer:
    """Explain the hours of call ports above those that the seats include."""
    ports = basis.counted.call_ports
    included = ports.included if ports else Fraction()
    hours = ports.excess_hours if ports else Fraction()
    billed = ports.billed if ports else 0
    figures = {"hours": basis.number(hours), "billed": basis.number(billed)}
    return Answer(
        rules=["BR-41", "BR-31"],
        words=[
            _(
                "A contact-center seat includes two call ports, a Communicate seat one. Every call occupies a port "
                "until it ends; the hours of calls above the included ports are added up and rounded up once."
            )
        ],
        facts=[
            *basis.service_facts(),
            Fact(label=_("Included ports"), value=basis.number(included)),
            Fact(label=_("Excess port-hours"), value=figures["hours"]),
            price_fact(basis),
        ],
        arithmetic=_("%(hours)s h, rounded up to %(billed)s h") % figures + f"; {basis.quantity_times_price()}",
        evidence=_levels(basis, included),
    )


def _levels(basis: Basis, included: Fraction) -> Evidence:
    window, snapshot = basis.window, basis.counted_snapshot

    def rows() -> Iterator[Row]:
        # A call is reported when it ends: one that ends after the period may have begun in it.
        calls = list_calls(
            organization_id=snapshot.organization_id,
            since=window.start,
            until=None,
            received_until=snapshot.cutoff_at,
        )
        for level in levels_above(calls_of(list(calls)), included=included, period=window):
            hours: Cell = round_half_up(port_hours(level, included=included), PRINTED_DECIMALS)
            above = round_half_up(level.users - included, PRINTED_DECIMALS)
            yield (level.interval.start, level.interval.end, level.users, above, hours)

    return Evidence(
        title=_("When more calls ran than are included"),
        columns=[
            text_column(_("From")),
            text_column(_("Until")),
            figure_column(_("Calls at once")),
            figure_column(_("Above the included")),
            figure_column(_("Port-hours")),
        ],
        source=rows,
    )
