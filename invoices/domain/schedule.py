"""Which charges fall due when: in advance at a period's start, in arrears at its end, on which date (BR-03, BR-10)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from invoices.domain.charge import Service
from subscriptions.domain.period import local_date, nth_period
from subscriptions.domain.terms import CommercialModel, ContractTerms, advance_cancelled_on

LATE_AFTER = timedelta(days=3)
"""A document issued later than this is dated on the day it is issued (BR-03)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """A committed quantity to be charged in advance for one or more periods (BR-10)."""

    product: str
    quantity: Decimal
    months: int
    service: Service


def advances_due(terms: ContractTerms, *, index: int, paid: Mapping[str, Decimal] | None = None) -> list[Advance]:
    """
    Return what falls due in advance at the start of period `index`, by product (BR-10, BR-11, BR-15, BR-16).

    `paid` is what earlier advances have charged for that period; without it, what they charge by the agreement as it
    stands. The two differ where a cancellation that shortened an advance was withdrawn.
    """
    if terms.commercial_model is CommercialModel.MONTH_TO_MONTH or terms.in_ramp(index):
        return []
    covered = _periods_covered(terms, index)
    if not covered:
        return []
    service = _service(terms, covered)
    return [
        Advance(product=product, quantity=quantity, months=len(covered), service=service)
        for product, quantity in _quantities(terms, index, _paid_by_agreement(terms, index) if paid is None else paid)
    ]


def _periods_covered(terms: ContractTerms, index: int) -> range:
    """Return the periods that an advance at the start of `index` pays for; none past a cancellation it knows of."""
    stop = terms.periods_in_advance(index).stop
    if _knows_the_end(terms, index) and terms.last_index is not None:
        stop = min(stop, terms.last_index + 1)
    return range(index, stop)


def _knows_the_end(terms: ContractTerms, index: int) -> bool:
    """Tell whether the cancellation was recorded on or before the day the advance is due (BR-16)."""
    recorded = advance_cancelled_on(terms)
    return recorded is not None and nth_period(effective_date=terms.effective_date, index=index).start >= recorded


def _service(terms: ContractTerms, covered: range) -> Service:
    last_day = nth_period(effective_date=terms.effective_date, index=covered[-1]).last_day
    if _knows_the_end(terms, covered[0]) and terms.last_service_date is not None:
        last_day = min(last_day, terms.last_service_date)
    return Service(start=nth_period(effective_date=terms.effective_date, index=covered[0]).start, last_day=last_day)


def _quantities(terms: ContractTerms, index: int, paid: Mapping[str, Decimal]) -> Iterator[tuple[str, Decimal]]:
    """Yield the committed quantities not yet paid for: all of them, or a mid-year increase under `PREPAY` (BR-15)."""
    for product, committed in terms.commitments(index).items():
        quantity = committed - paid.get(product, Decimal(0))
        if quantity > 0:
            yield product, quantity


def _paid_by_agreement(terms: ContractTerms, index: int) -> Mapping[str, Decimal]:
    """Return what the advances of a contract year cover of its later periods: what was in force before (BR-10)."""
    if terms.commercial_model is not CommercialModel.PREPAY or index == terms.contract_year(index).start:
        return {}
    return terms.commitments(index - 1)


def invoice_date(*, due_on: date, due_at: datetime, issued_at: datetime, was_held: bool, time_zone: str) -> date:
    """
    Return the date a document bears (BR-03).

    It is the anniversary `due_on`, unless the document comes more than three days after the instant `due_at` or after
    its cycle was held: then the local day on which it is issued.
    """
    if was_held or issued_at > due_at + LATE_AFTER:
        return local_date(issued_at, time_zone=time_zone)
    return due_on


def due_date(*, dated: date, net_days: int) -> date:
    """Return the day by which a document is to be paid (BR-03)."""
    return dated + timedelta(days=net_days)
