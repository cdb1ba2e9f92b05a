"""Why so many licenses: people by name, hours, the concurrent peak, add-ons (BR-20 to BR-24)."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from invoices.documents.explanation.basis import Basis, arrears_rules
from invoices.documents.explanation.prices import price_fact
from invoices.documents.explanation.shape import Answer, Evidence, Row, figure_column, text_column
from subscriptions.documents import Fact
from subscriptions.domain.catalog import CONTACT_CENTER_TIERS
from subscriptions.domain.period import local_date
from subscriptions.domain.terms import LicensingModel
from usage.documents import how_a_peak_is_counted, how_hours_are_counted, how_people_are_counted
from usage.domain.concurrent import Peak
from usage.domain.intervals import Interval
from usage.models import SnapshotUser

NAMED_RUNS = 3
"""How many times of a peak are named before they are only counted."""


def explain_license(basis: Basis) -> Answer:
    """Explain the use of a license or an add-on, all of it or what is above the commitment."""
    product, model = basis.line.product, basis.terms.licensing_model
    if product in basis.terms.add_ons:
        return _add_on(basis)
    if product in CONTACT_CENTER_TIERS and model is LicensingModel.CONCURRENT:
        return _peak(basis)
    if product in CONTACT_CENTER_TIERS and model is LicensingModel.HOURLY:
        return _hours(basis)
    return _named(basis)


def _named(basis: Basis) -> Answer:
    product = basis.line.product
    return Answer(
        rules=arrears_rules(basis, "BR-20"),
        words=[how_people_are_counted(basis.terms.policy), _what_is_charged(basis)],
        facts=[*basis.service_facts(), *_billable_facts(basis, _("People counted")), price_fact(basis)],
        arithmetic=_arithmetic(basis),
        evidence=_people(basis, _("The people counted"), lambda row: row.license == product),
    )


def _hours(basis: Basis) -> Answer:
    product = basis.line.product
    return Answer(
        rules=arrears_rules(basis, "BR-22"),
        words=[how_hours_are_counted(), _what_is_charged(basis)],
        facts=[*basis.service_facts(), *_billable_facts(basis, _("Hours, rounded up once")), price_fact(basis)],
        arithmetic=_arithmetic(basis),
        evidence=_people(basis, _("The people and their hours"), lambda row: row.license == product),
    )


def _peak(basis: Basis) -> Answer:
    peak = basis.counted.peak
    at_peak = peak.people if peak else frozenset()
    note = ""
    if peak and peak.runs:
        note = _("Everyone who was logged in at some instant of %(run)s: some came while others left.") % {
            "run": _run(basis, peak.runs[0])
        }
    return Answer(
        rules=arrears_rules(basis, "BR-21"),
        words=[how_a_peak_is_counted(basis.terms.policy), *_decided(basis), _what_is_charged(basis)],
        facts=[
            *basis.service_facts(),
            *_billable_facts(basis, _("Peak")),
            *(_peak_facts(basis, peak) if peak else []),
            price_fact(basis),
        ],
        arithmetic=_arithmetic(basis),
        evidence=_people(basis, _("The people in the peak"), lambda row: row.user in at_peak, note),
    )


def _decided(basis: Basis) -> list[str]:
    if not basis.bills_agreed_tier:
        return []
    return [_("A person decided to bill this peak at the agreed license, though somebody held a higher one.")]


def _peak_facts(basis: Basis, peak: Peak) -> list[Fact]:
    facts = []
    if peak.runs:
        named = "; ".join(_run(basis, run) for run in peak.runs[:NAMED_RUNS])
        more = len(peak.runs) - NAMED_RUNS
        if more > 0:
            named += " " + ngettext("and %(more)s more time", "and %(more)s more times", more) % {"more": more}
        facts.append(Fact(label=_("When"), value=f"{named}, {basis.reader.zone}"))
    if len(peak.runs) > 1:
        together = sum((run.duration for run in peak.runs), timedelta())
        facts.append(Fact(label=_("Together"), value=_duration(together)))
    facts.append(Fact(label=_("Contact-center users"), value=basis.number(peak.configured)))
    return facts


def _add_on(basis: Basis) -> Answer:
    peak, product = basis.counted.peak, basis.line.product
    holders = basis.counted.add_on_holders.get(product, frozenset())
    if basis.terms.licensing_model is LicensingModel.CONCURRENT:
        rule = _(
            "In concurrent licensing an add-on is billed by use: the share of the contact-center users that the peak "
            "makes up, times the people to whom the add-on was assigned. A part of a seat is rounded up."
        )
    else:
        rule = _("Everyone who counts for a license and had the add-on at any moment of the period counts for it.")
    return Answer(
        rules=arrears_rules(basis, "BR-24"),
        words=[rule, _what_is_charged(basis)],
        facts=[
            *basis.service_facts(),
            *(_share_facts(basis, peak, len(holders)) if peak else []),
            *_billable_facts(basis, _("Seats counted")),
            price_fact(basis),
        ],
        arithmetic=_arithmetic(basis),
        evidence=_holders(basis, holders),
    )


def _share_facts(basis: Basis, peak: Peak, assigned: int) -> list[Fact]:
    share = {"billable": basis.number(peak.users), "configured": basis.number(peak.configured)}
    return [
        Fact(label=_("Usage percentage"), value=_("%(billable)s / %(configured)s contact-center users") % share),
        Fact(label=_("Add-ons assigned"), value=basis.number(assigned)),
    ]


def _billable_facts(basis: Basis, label: str) -> list[Fact]:
    """Return what was counted and, where there is one, the commitment it is held against."""
    billable, product = basis.counted.billable.get(basis.line.product, Decimal(0)), basis.line.product
    facts = [Fact(label=label, value=basis.number(billable))]
    if not basis.is_uncommitted:
        committed = basis.terms.commitment(product, basis.index)
        facts.append(Fact(label=_("Committed"), value=basis.number(committed)))
        facts.append(Fact(label=_("Above the commitment"), value=basis.number(max(Decimal(0), billable - committed))))
    return facts


def _what_is_charged(basis: Basis) -> str:
    if basis.terms.in_ramp(basis.index):
        return _("The period belongs to the ramp: actual use is charged, at the contracted price.")
    if basis.is_uncommitted:
        return _("The agreement is month to month: all of it is charged after the period.")
    return _("The commitment was charged in advance; what exceeds it is charged after the period.")


def _arithmetic(basis: Basis) -> str:
    """Write how the quantity and the amount come about."""
    committed = Decimal(0) if basis.is_uncommitted else basis.terms.commitment(basis.line.product, basis.index)
    if not committed:
        return basis.quantity_times_price()
    billable = basis.counted.billable.get(basis.line.product, Decimal(0))
    over = f"{basis.number(billable)} − {basis.number(committed)} = {basis.number(billable - committed)}"  # noqa: RUF001
    return f"{over}; {basis.quantity_times_price()}"


def _people(basis: Basis, title: str, counts: Callable[[SnapshotUser], bool], note: str = "") -> Evidence:
    names, people = basis.reader.names, basis.people

    def rows() -> Iterator[Row]:
        for person in people() if people else ():
            if counts(person):
                yield _person(person, names)

    return Evidence(
        title=title,
        note=note,
        is_kept=people is not None,
        columns=[
            text_column(_("User")),
            text_column(_("License")),
            text_column(_("First log-in")),
            text_column(_("Last seen")),
            figure_column(_("Logged in")),
        ],
        source=rows,
    )


def _holders(basis: Basis, holders: frozenset[str]) -> Evidence:
    """Return who had an add-on; someone who never logged in may have had it in concurrent licensing."""
    people = _people(basis, _("The people who had it"), lambda row: row.user in holders)

    def rows() -> Iterator[Row]:
        missing = set(holders)
        for row in people.source():
            missing.discard(str(row[0]))
            yield row
        for user in sorted(missing):
            yield (user, None, None, None, None)

    return replace(people, source=rows)


def _person(person: SnapshotUser, names: dict[str, str]) -> Row:
    return (
        person.user,
        names.get(person.license, person.license) or None,
        person.first_login_at,
        person.last_seen_at,
        timedelta(seconds=person.seconds),
    )


def _run(basis: Basis, run: Interval) -> str:
    zone = basis.reader.time_zone
    same_day = local_date(run.start, time_zone=zone) == local_date(run.end, time_zone=zone)
    words = {
        "start": basis.moment(run.start),
        "end": basis.reader.clock(run.end) if same_day else basis.moment(run.end),
        "duration": _duration(run.duration),
    }
    return _("%(start)s – %(end)s (%(duration)s)") % words


def _duration(duration: timedelta) -> str:
    """Write a time to the second: a peak may be decided by one."""
    minutes, seconds = divmod(int(duration.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = {"hours": hours, "minutes": f"{minutes:02}", "seconds": f"{seconds:02}"}
    if seconds:
        return _("%(hours)s h %(minutes)s min %(seconds)s s") % parts
    return _("%(hours)s h %(minutes)s min") % parts
