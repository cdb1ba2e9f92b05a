"""
Which cycles and documents wait for a person: one definition for the number on the staff's home and the list behind it.

Each function takes rows, those of a person or of a list, and returns the ones that wait.
"""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from invoices.choices import PAYABLE, CycleState
from invoices.domain.ageing import Age, due_dates_of
from invoices.domain.charge import ChargeKind
from invoices.models import BillingCycle, DocumentBalance, Invoice, InvoiceDelivery, InvoiceLine
from invoices.selectors.corrections import with_settled
from invoices.selectors.stopped import of_no_parked_organization
from subscriptions.models import BillingContact

LOOKED_BACK = timedelta(days=110)
"""Three periods and the days until they are closed: what went over before that is no news."""


DUE_DAYS = range(8)
"""How many days ahead one may look at what is due; 0 is today."""


class Undelivered(StrEnum):
    """What the mail of a document waits for."""

    NOBODY = "nobody"
    PENDING = "pending"


def until_end_of(days_ahead: int, *, now: datetime) -> datetime:
    """Return the first instant after the day that is so many days ahead, by the staff's clock, which is UTC."""
    day = now.astimezone(UTC).date() + timedelta(days=days_ahead + 1)
    return datetime.combine(day, time.min, tzinfo=UTC)


def list_held(cycles: QuerySet[BillingCycle]) -> QuerySet[BillingCycle]:
    """Return the cycles that wait for a person (BR-72)."""
    # The first two conditions are implied by the third; they are what an index can use.
    waiting = cycles.exclude(state=CycleState.CLOSED).filter(held_at__isnull=False)
    return waiting.exclude(held_reasons=[])


def list_due_by(cycles: QuerySet[BillingCycle], *, until: datetime) -> QuerySet[BillingCycle]:
    """Return the cycles that open or close before an instant by themselves: neither held nor parked (BR-71)."""
    opening = Q(state=CycleState.OPENING, starts_at__lt=until)
    return (
        of_no_parked_organization(cycles)
        .exclude(state=CycleState.CLOSED)
        .filter(opening | Q(state=CycleState.OPEN, cutoff_at__lt=until), held_reasons=[])
    )


def list_over_commitment_twice(cycles: QuerySet[BillingCycle], *, on: date) -> QuerySet[BillingCycle]:
    """
    Return the running cycle of each agreement that went over its commitment in the two periods before it (BR-30).

    A new commitment may be cheaper for the customer: that is worth a call.
    """
    lines = InvoiceLine.objects.filter(kind=ChargeKind.OVERAGE, service_start__gte=on - LOOKED_BACK)
    of_this = lines.filter(subscription=OuterRef("subscription"))
    # The first two conditions are implied by the others; they are what indexes can use.
    running = cycles.exclude(state=CycleState.CLOSED).filter(subscription__in=lines.values("subscription"))
    return running.alias(last=_start_of_period(back=1), before=_start_of_period(back=2)).filter(
        Exists(of_this.filter(service_start=OuterRef("last"))), Exists(of_this.filter(service_start=OuterRef("before")))
    )


def _start_of_period(*, back: int) -> Subquery:
    earlier = BillingCycle.objects.filter(subscription=OuterRef("subscription"), index=OuterRef("index") - back)
    return Subquery(earlier.values("period_start")[:1])


def list_to_settle(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return the usage that came too late and that nobody has dealt with (BR-74)."""
    with_states: QuerySet[Any] = with_settled(rows)
    return with_states.filter(settled=False)


def list_past_due(invoices: QuerySet[Invoice], *, on: date, age: Age | None = None) -> QuerySet[Invoice]:
    """Return the invoices past due on a day of which something is open; those of one age, or all of them (BR-82)."""
    open_ones = DocumentBalance.objects.filter(open__gt=0).values("document_id")
    past_due = invoices.filter(pk__in=open_ones, document_type__in=PAYABLE, due_date__lt=on)
    if age is None:
        return past_due
    first, last = due_dates_of(age, on=on)
    if first is not None:
        past_due = past_due.filter(due_date__gte=first)
    return past_due if last is None else past_due.filter(due_date__lte=last)


def list_undelivered(invoices: QuerySet[Invoice], waits_for: Undelivered) -> QuerySet[Invoice]:
    """Return the documents whose mail is not written yet, by what it waits for (BR-84)."""
    waiting = InvoiceDelivery.objects.filter(queued_at__isnull=True).values("invoice_id")
    has_contact = Exists(BillingContact.objects.filter(organization=OuterRef("organization")))
    found = invoices.filter(pk__in=waiting)
    return found.filter(has_contact if waits_for is Undelivered.PENDING else ~has_contact)
