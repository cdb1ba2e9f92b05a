"""Reads what was billed, credited and paid by month, and what is owed at the end of each."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import TruncMonth

from invoices.choices import DocumentType
from invoices.domain.finance.months import month_after, months_from
from invoices.domain.payments import PaymentMethod
from invoices.models import Payment
from invoices.selectors.finance.scope import (
    Scope,
    entity_of_payment,
    from_hundredths,
    get_csms_by_organization,
    hundredths,
)

Key = tuple[str, str]
"""Currency, and who the organizations are assigned to; the latter is empty where it does not matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledMonth:
    """
    What happened in a month in one currency; `csms` are those who share the organizations, if that was asked for.

    Documents count by the day printed on them, payments by the day on which they were received, reversals by the day on
    which they were taken back, in UTC. What is owed is what was billed so far less what was paid: credit that pays
    nothing yet makes it less. With tax. What was carried over from an old system counts from when it was: it is
    owed, and neither billed nor paid here (ADR 43).
    """

    month: date
    currency: str
    csms: str
    invoiced: Decimal
    credited: Decimal
    received: Decimal
    taken_back: Decimal
    carried_over: Decimal
    owed: Decimal

    @property
    def billed(self) -> Decimal:
        """Return what was invoiced less what was credited."""
        return self.invoiced - self.credited

    @property
    def paid(self) -> Decimal:
        """Return what was received less what was taken back."""
        return self.received - self.taken_back


@dataclass(slots=True)
class _Sums:
    invoiced: int = 0
    credited: int = 0
    received: int = 0
    taken_back: int = 0
    carried_over: int = 0

    @property
    def change(self) -> int:
        """Return by how much more is owed."""
        return self.invoiced - self.credited - self.received + self.taken_back + self.carried_over


def list_billed_months(scope: Scope, *, first: date, last: date, by_csm: bool) -> list[BilledMonth]:
    """Return the months from one to another by currency, and by CSM where asked, also those without a movement."""
    names = get_csms_by_organization() if by_csm else {}
    sums: defaultdict[Key, defaultdict[date, _Sums]] = defaultdict(lambda: defaultdict(_Sums))
    end = month_after(last)
    documents = scope.documents().filter(invoice_date__lt=end)
    for key, month, document_type, total in _grouped(documents, "invoice_date", "total", first, names, "document_type"):
        column = "credited" if document_type == DocumentType.CREDIT_NOTE else "invoiced"
        _add(sums[key][month], column, total)
    midnight = datetime.combine(end, time.min, tzinfo=UTC)
    items = scope.carried_over().filter(issued_at__lt=midnight)
    for key, month, total in _grouped(items, "issued_at", "total", first, names):
        _add(sums[key][month], "carried_over", total)
    payments = scope.own(Payment.objects.order_by())
    if scope.issuing_entity_id:
        payments = payments.annotate(of_entity=entity_of_payment()).filter(of_entity=scope.issuing_entity_id)
    left = payments.filter(method=PaymentMethod.CARRIED.value)
    for key, month, total in _grouped(left.filter(recorded_at__lt=midnight), "recorded_at", "amount", first, names):
        _add(sums[key][month], "carried_over", -total)
    left_taken_back = left.filter(reversed_at__isnull=False, reversed_at__lt=midnight)
    for key, month, total in _grouped(left_taken_back, "reversed_at", "amount", first, names):
        _add(sums[key][month], "carried_over", total)
    payments = payments.exclude(method=PaymentMethod.CARRIED.value)
    received = payments.filter(received_on__lt=end)
    for key, month, total in _grouped(received, "received_on", "amount", first, names):
        _add(sums[key][month], "received", total)
    taken_back = payments.filter(reversed_at__isnull=False, reversed_at__lt=midnight)
    for key, month, total in _grouped(taken_back, "reversed_at", "amount", first, names):
        _add(sums[key][month], "taken_back", total)
    months = list(months_from(first, last))
    return [row for key in sorted(sums) for row in _months(key, sums[key], months)]


BEFORE = date.min
"""Stands for all months before the first one that is shown."""


def _grouped(
    rows: QuerySet[Any], day: str, amount: str, first: date, names: Mapping[int, str], *more: str
) -> Iterator[tuple[Any, ...]]:
    """Yield sums by currency and CSMs, by month, and by more columns; of everything before the first month together."""
    by = ("currency", *(("organization_id",) if names else ()), *more)
    is_instant = day.endswith("_at")
    start: Any = datetime.combine(first, time.min, tzinfo=UTC) if is_instant else first
    earlier = rows.filter(**{f"{day}__lt": start}).values(*by).annotate(sum=hundredths(amount))
    since = rows.filter(**{f"{day}__gte": start}).annotate(month=TruncMonth(day, tzinfo=UTC if is_instant else None))
    for row in earlier:
        yield (_key(row, names), BEFORE, *(row[name] for name in more), int(row["sum"]))
    for row in since.values(*by, "month").annotate(sum=hundredths(amount)):
        month = row["month"].date() if isinstance(row["month"], datetime) else row["month"]
        yield (_key(row, names), month, *(row[name] for name in more), int(row["sum"]))


def _key(row: Mapping[str, Any], names: Mapping[int, str]) -> Key:
    return row["currency"], names.get(row["organization_id"], "") if names else ""


def _add(sums: _Sums, column: str, total: int) -> None:
    setattr(sums, column, getattr(sums, column) + total)


def _months(key: Key, sums: Mapping[date, _Sums], months: Sequence[date]) -> Iterator[BilledMonth]:
    currency, csms = key
    before = sums.get(BEFORE, _Sums())
    owed = before.change
    for month in months:
        moved = sums.get(month, _Sums())
        owed += moved.change
        yield BilledMonth(
            month=month,
            currency=currency,
            csms=csms,
            invoiced=from_hundredths(moved.invoiced),
            credited=from_hundredths(moved.credited),
            received=from_hundredths(moved.received),
            taken_back=from_hundredths(moved.taken_back),
            carried_over=from_hundredths(moved.carried_over),
            owed=from_hundredths(owed),
        )
