"""The books, read once for all the invariants that look at them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from invoices.models import (
    BillingCycle,
    Invoice,
    InvoiceLine,
    LedgerEntry,
    LedgerTransaction,
    NumberSeries,
    SeriesStart,
    Shadow,
    ShadowLine,
)
from subscriptions.models import Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """Every document with its lines and taxes, every cycle and every entry, as the database has them."""

    invoices: Sequence[Invoice]
    """In order of their keys, with lines, taxes and the terms they were computed from."""
    cycles: Mapping[Subscription, Sequence[BillingCycle]]
    """By agreement, in order."""
    transactions: Sequence[LedgerTransaction]
    entries: Sequence[LedgerEntry]
    series: Sequence[NumberSeries]
    starts: Mapping[tuple[int, str], SeriesStart]
    """Where a series was set to go on, by issuing entity and type."""
    shadows: Mapping[int, Shadow]
    """By organization, of those that are or were in shadow."""
    shadow_lines: Sequence[ShadowLine]

    def lines(self) -> Iterator[tuple[Invoice, InvoiceLine]]:
        """Yield every line with its document."""
        for invoice in self.invoices:
            for line in invoice.lines.all():
                yield invoice, line


def read_books() -> Books:
    """Read everything at once, in a few queries however much there is."""
    invoices = Invoice.objects.order_by("pk").select_related("terms_snapshot").prefetch_related("lines", "taxes")
    cycles: defaultdict[Subscription, list[BillingCycle]] = defaultdict(list)
    for cycle in BillingCycle.objects.select_related("subscription").order_by("subscription_id", "index"):
        cycles[cycle.subscription].append(cycle)
    return Books(
        invoices=list(invoices),
        cycles=cycles,
        transactions=list(LedgerTransaction.objects.all()),
        entries=list(LedgerEntry.objects.all()),
        series=list(NumberSeries.objects.all()),
        starts={
            (start.series.issuing_entity_id, start.series.document_type): start
            for start in SeriesStart.objects.select_related("series")
        },
        shadows={shadow.organization_id: shadow for shadow in Shadow.objects.all()},
        shadow_lines=list(ShadowLine.objects.select_related("bill")),
    )


def sign_of(invoice: Invoice) -> int:
    """Return how what stands on a document counts: a credit note turns every sign round (BR-74)."""
    return -1 if invoice.document_type == "credit_note" else 1


def is_carried(invoice: Invoice) -> bool:
    """Tell whether a document was carried over from an old system: it has no lines, no tax and no PDF (ADR 43)."""
    return invoice.document_type == "opening_item"


def without_zeros(sums: Mapping[tuple[int, str], Decimal]) -> dict[tuple[int, str], Decimal]:
    """Return the sums that are not zero."""
    return {key: amount for key, amount in sums.items() if amount}


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Return the sum of amounts, an exact one."""
    return sum(amounts, start=Decimal(0))
