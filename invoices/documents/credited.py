"""What has been given back of an invoice by hand, as people read it beside the invoice."""

from collections.abc import Sequence
from dataclasses import dataclass

from moneyed import Money

from invoices.models import Invoice
from invoices.selectors.issued import list_credit_notes
from subscriptions.domain.formatting import format_money
from subscriptions.domain.money import zero


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNoteOf:
    """A credit note of an invoice: its key, its number, and what it came to."""

    pk: int
    number: str
    total: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Credited:
    """How much of an invoice's total was credited, by which documents, and what is left of it."""

    credited: str
    total: str
    left: str
    notes: Sequence[CreditNoteOf]


def get_credited(invoice: Invoice, *, language: str) -> Credited | None:
    """Return what was credited of an invoice by hand; None if nothing was."""
    notes = list_credit_notes(invoice)
    if not notes:
        return None
    currency = invoice.currency
    credited = sum((Money(note.total, currency) for note in notes), start=zero(currency))
    total = Money(invoice.total, currency)
    return Credited(
        credited=format_money(credited, language),
        total=format_money(total, language),
        left=format_money(total - credited, language),
        notes=[
            CreditNoteOf(pk=note.pk, number=note.number, total=format_money(Money(note.total, currency), language))
            for note in notes
        ],
    )
