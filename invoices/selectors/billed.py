"""Reads what was billed before: by closes, by advances, and what was given back by hand."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Case, DateField, F, Value, When
from moneyed import Money

from invoices.choices import DocumentType
from invoices.domain.adjustments import CreditedByHand, Invoiced
from invoices.domain.charge import IN_ARREARS, Charge, ChargeIdentity, ChargeKind, Service
from invoices.models import (
    BillingCycle,
    InvoiceLine,
    ShadowLine,
)
from subscriptions.domain.catalog import TaxCategory


def get_invoiced(cycle: BillingCycle, *, until: BillingCycle) -> dict[ChargeIdentity, Invoiced]:
    """
    Return what had been invoiced in arrears for a period when a later cycle closed, by charge (BR-74).

    Earlier adjustments are included.
    """
    lines = (
        InvoiceLine.objects.filter(
            subscription_id=cycle.subscription_id,
            service_start=cycle.period_start,
            kind__in=[kind.value for kind in IN_ARREARS],
            invoice__cycle__index__lt=until.index,
        )
        .select_related("invoice")
        .order_by("invoice__cycle__index", "pk")
    )
    invoiced: dict[ChargeIdentity, Invoiced] = {}
    for line in lines:
        charge = charge_of(line)
        before = invoiced.get(charge.identity)
        invoiced[charge.identity] = Invoiced(
            quantity=charge.quantity + (before.quantity if before else 0),
            amount=charge.amount.amount + (before.amount if before else 0),
            last=charge,
        )
    return invoiced


def list_charges_billed(subscription_id: int, *, since: date) -> list[Charge]:
    """Return what openings and closes billed for service on a day or later, with the advances that reach into it."""
    lines = InvoiceLine.objects.filter(
        subscription_id=subscription_id, service_end__gte=since, invoice__cycle__isnull=False
    )
    rows = lines.select_related("invoice").defer("invoice__frozen").order_by("invoice__issued_at", "pk")
    return [charge_of(line) for line in rows]


def get_prepaid(subscription_id: int, *, on: date) -> dict[str, Decimal]:
    """
    Return how much of each product advances of earlier days have charged for the period that starts on a day (BR-15).

    What is credited by hand is not charged again, so only the documents of cycles count.
    """
    return list_prepaid({subscription_id: on})[subscription_id]


def list_prepaid(days: Mapping[int, date]) -> dict[int, dict[str, Decimal]]:
    """Return what `get_prepaid` returns for each subscription and its day, in one statement."""
    paid: dict[int, dict[str, Decimal]] = {subscription_id: {} for subscription_id in days}
    if not days:
        return paid
    for row in _list_advances(days):
        day = days[row.subscription_id]
        if row.start < day <= row.end and (row.counts_until is None or day <= row.counts_until):
            before = paid[row.subscription_id].get(row.product, Decimal(0))
            paid[row.subscription_id][row.product] = before + _sign(row.document_type) * row.quantity
    return paid


class _AdvanceLine(NamedTuple):
    subscription_id: int
    start: date
    end: date
    product: str
    quantity: Decimal
    document_type: str
    counts_until: date | None


def _list_advances(days: Mapping[int, date]) -> Iterable[_AdvanceLine]:
    """
    Return the advances for periods around these days: those of our documents, and those that stand in shadow.

    What stands in shadow was billed by the old system, unless it is known that it was not: then it counts up to the
    day on which the organization goes live (ADR 42).
    """
    around = {
        "subscription__among": days,
        "kind": ChargeKind.PREPAY,
        "service_start__lt": max(days.values()),
        "service_end__gte": min(days.values()),
    }
    columns = ("subscription_id", "service_start", "service_end", "product", "quantity", "of_type", "counts_until")
    ours = InvoiceLine.objects.filter(invoice__cycle__isnull=False, **around).annotate(
        of_type=F("invoice__document_type"), counts_until=Value(None, output_field=DateField())
    )
    of_old_system = ShadowLine.objects.filter(**around).annotate(
        of_type=F("bill__document_type"),
        counts_until=Case(
            When(organization__shadow__ahead_is_billed=False, then=F("organization__shadow__live_from")),
            output_field=DateField(),
        ),
    )
    both = ours.order_by().values_list(*columns).union(of_old_system.order_by().values_list(*columns), all=True)
    return map(_AdvanceLine._make, both)


def get_credited_by_hand(cycle: BillingCycle) -> list[CreditedByHand]:
    """Return what credit notes by hand have given back of the charges in arrears of a period (BR-74)."""
    lines = InvoiceLine.objects.filter(
        credited__original_line__subscription_id=cycle.subscription_id,
        credited__original_line__service_start=cycle.period_start,
        corrects__in=[kind.value for kind in IN_ARREARS],
    ).select_related("invoice")
    given: dict[ChargeIdentity, CreditedByHand] = {}
    for line in lines.order_by("pk"):
        identity = charge_of(line).identity
        before = given.get(identity)
        given[identity] = CreditedByHand(
            identity=identity,
            quantity=line.quantity + (before.quantity if before else 0),
            amount=line.amount + (before.amount if before else 0),
        )
    return list(given.values())


def charge_of(line: InvoiceLine) -> Charge:
    """Return a line as the charge it was, its signs as they were before a credit note turned them round."""
    sign = _sign(line.invoice.document_type)
    return Charge(
        kind=ChargeKind(line.kind),
        product=line.product,
        quantity=sign * line.quantity,
        unit_price=line.unit_price,
        amount=Money(sign * line.amount, line.invoice.currency),
        service=Service(start=line.service_start, last_day=line.service_end),
        tax_category=TaxCategory(line.tax_category),
        months=line.months,
        destination=line.destination,
        direction=line.direction,
        days=line.days,
        period_days=line.period_days,
        corrects=ChargeKind(line.corrects) if line.corrects else None,
    )


def _sign(document_type: str) -> int:
    """Return how what stands on a document counts: a credit note turns every sign round (BR-74)."""
    return -1 if document_type == DocumentType.CREDIT_NOTE else 1
