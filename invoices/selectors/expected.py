"""Reads what was billed before, to compare with, and what is expected to be billed next."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When

from invoices.choices import CycleState, DocumentType
from invoices.domain.charge import IN_ARREARS, ChargeKind
from invoices.domain.unusual import Bill, Finding, Oddity
from invoices.models import BillingCycle, ExpectedBill, InvoiceLine
from invoices.selectors.cycles import with_figures
from subscriptions.models import Subscription

COMPARED_CLOSES = 13
"""A year and a month: so an advance for a year finds the one before it."""

OPENED_WITHIN = timedelta(days=30)
"""The first cycle of an agreement is made within minutes of its begin; older ones need not be looked through."""

OLD_AFTER = timedelta(days=1)
"""What was expected longer ago than this is not shown without saying so."""


def list_past_bills(subscription_id: int, *, before: int) -> list[Bill]:
    """Return what the last openings and closes of an agreement billed before a period, oldest first."""
    closed = BillingCycle.objects.filter(subscription_id=subscription_id, state=CycleState.CLOSED, index__lt=before)
    recent = with_figures(closed.order_by("-index"))[:COMPARED_CLOSES]
    used = {cycle.index: is_used(cycle.billable) for cycle in recent}  # type: ignore[attr-defined]
    lines = InvoiceLine.objects.filter(
        subscription_id=subscription_id,
        invoice__cycle__index__lt=before,
        invoice__cycle__index__gte=min(used, default=0),
    )
    sums: dict[int, dict[str, Any]] = defaultdict(lambda: {"is_used": None})
    for line in lines.values_list(
        "invoice__cycle__index",
        "invoice__cycle__period_start",
        "invoice__document_type",
        "service_start",
        "kind",
        "months",
        "amount",
    ):
        _add(sums, *line)
    for index, was_used in used.items():
        sums[index]["is_used"] = was_used
    return [Bill(**bill) for _, bill in sorted(sums.items())]


def _add(
    sums: dict[int, dict[str, Any]],
    index: int,
    period_start: Any,
    document_type: str,
    service_start: Any,
    kind: str,
    months: int,
    amount: Decimal,
) -> None:
    is_advance = kind == ChargeKind.PREPAY
    # The advance of a first period is billed by its opening, before its close.
    bill = sums[index - 1 if is_advance and service_start == period_start else index]
    part = "advance" if is_advance else "arrears" if ChargeKind(kind) in _OWN else "corrections"
    bill[part] = bill.get(part, Decimal(0)) + (-amount if document_type == DocumentType.CREDIT_NOTE else amount)
    if is_advance:
        bill["months"] = max(bill.get("months", 0), months)


_OWN = IN_ARREARS - {ChargeKind.ADJUSTMENT}


def is_used(billable: Mapping[str, str] | None) -> bool:
    """Tell whether anybody was counted, by the billable quantities as a snapshot keeps them."""
    return any(Fraction(quantity) > 0 for quantity in (billable or {}).values())


def keep_findings(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Return findings as they are stored."""
    return [
        {
            "oddity": finding.oddity.value,
            "times": str(finding.times),
            "usual": None if finding.usual is None else str(finding.usual),
            "past": finding.past,
        }
        for finding in findings
    ]


def findings_of(row: ExpectedBill) -> list[Finding]:
    """Return the findings that are stored with an expected bill."""
    return [
        Finding(
            oddity=Oddity(kept["oddity"]),
            times=Fraction(kept["times"]),
            usual=None if kept["usual"] is None else Decimal(kept["usual"]),
            past=kept["past"],
        )
        for kept in row.findings
    ]


def expected_of(cycle: BillingCycle) -> ExpectedBill | None:
    """Return what a cycle, read with it, is expected to bill; None if it was not worked out."""
    row: ExpectedBill | None = getattr(cycle.subscription, "expected_bill", None)
    return row if row is not None and row.index == cycle.index and row.as_of is not None else None


class ExpectedTotal(NamedTuple):
    """What a cycle is expected to bill, as far as it is known: of which period that is, as of when, how much."""

    period: int
    known_period: int | None
    as_of: datetime | None
    currency: str | None
    total: Decimal | None

    def is_known_since(self, instant: datetime) -> bool:
        """Tell whether it is of this very cycle, and was worked out after an instant."""
        return self.period == self.known_period and self.as_of is not None and self.as_of > instant


def list_expected_totals(cycles: QuerySet[BillingCycle], *, at_most: int) -> list[ExpectedTotal]:
    """Return what cycles are expected to bill, those that fall due first in front."""
    bill = "subscription__expected_bill"
    columns = ("index", f"{bill}__index", f"{bill}__as_of", f"{bill}__currency", f"{bill}__total")
    rows = cycles.order_by("cutoff_at", "pk").values_list(*columns)[:at_most]
    return [ExpectedTotal._make(row) for row in rows]


def with_unusualness(cycles: QuerySet[BillingCycle]) -> QuerySet[BillingCycle]:
    """Read cycles with what they are expected to bill, and add `unusualness` to rank by; 0 where it is not known."""
    known = When(
        Q(subscription__expected_bill__index=F("index"), subscription__expected_bill__as_of__isnull=False),
        then=F("subscription__expected_bill__unusualness"),
    )
    ranked = cycles.annotate(unusualness=Case(known, default=Value(0), output_field=IntegerField()))
    return ranked.select_related("organization", "subscription__expected_bill")


def list_beginning(subscriptions: QuerySet[Subscription], *, until: datetime) -> QuerySet[Subscription]:
    """Return the agreements that begin before an instant and have no cycle yet, with what they are expected to bill."""
    begins = {"effective_date__lt": until.date(), "effective_date__gte": until.date() - OPENED_WITHIN}
    cycles = BillingCycle.objects.filter(subscription=OuterRef("pk"))
    coming = subscriptions.filter(~Exists(cycles), **begins)
    return coming.select_related("organization", "expected_bill").order_by("effective_date", "pk")


def list_to_expect(cycles: QuerySet[BillingCycle], *, fresh_since: datetime) -> QuerySet[BillingCycle]:
    """Return those of the cycles that were never worked out, or not since an instant."""
    return cycles.exclude(
        subscription__expected_bill__index=F("index"), subscription__expected_bill__as_of__gt=fresh_since
    )
