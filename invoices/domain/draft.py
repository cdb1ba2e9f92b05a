"""A document before it is issued: ordered lines, tax, totals, and which way its signs point (BR-73, BR-74)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from moneyed import Money

from invoices.domain.charge import Charge, line_order
from invoices.domain.schedule import due_date
from invoices.domain.tax import TaxAmount, TaxRate, taxes_on
from invoices.domain.tax_treatment import TaxFacts
from subscriptions.domain.money import zero


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDraft:
    """An invoice or, with all signs turned round, a credit note; totals are sums of rounded lines (BR-32)."""

    is_credit_note: bool
    currency: str
    invoice_date: date
    due_date: date
    lines: Sequence[Charge]
    taxes: Sequence[TaxAmount]
    subtotal: Money
    tax: Money
    total: Money
    tax_facts: TaxFacts | None = None
    """What decided how it is taxed; None of what was stored before that was kept."""


def draft_invoice(
    charges: Iterable[Charge],
    *,
    currency: str,
    dated: date,
    net_days: int,
    tax_rates: Iterable[TaxRate],
    tax_facts: TaxFacts | None = None,
) -> InvoiceDraft | None:
    """
    Return one document over all charges due, or None if nothing is due (BR-73).

    `tax_rates` are those that are charged; `tax_facts` are why.

    :raises ValueError: if a charge is in another currency
    """
    lines = sorted(charges, key=line_order)
    if not lines:
        return None
    if any(line.amount.currency.code != currency for line in lines):
        raise ValueError(f"Every charge of this document must be in {currency}: nothing is added across currencies.")
    nothing = zero(currency)
    subtotal = _total(lines, nothing)
    taxes = taxes_on(lines, rates=tax_rates, currency=currency)
    tax = _total(taxes, nothing)
    draft = InvoiceDraft(
        is_credit_note=False,
        currency=currency,
        invoice_date=dated,
        due_date=due_date(dated=dated, net_days=net_days),
        lines=lines,
        taxes=taxes,
        subtotal=subtotal,
        tax=tax,
        total=subtotal + tax,
        tax_facts=tax_facts,
    )
    return _turned_round(draft) if draft.total < nothing else draft


def _total(parts: Iterable[Charge | TaxAmount], nothing: Money) -> Money:
    """Return the sum of parts in one currency."""
    return Money(sum((part.amount.amount for part in parts), start=nothing.amount), nothing.currency)


def _turned_round(draft: InvoiceDraft) -> InvoiceDraft:
    """Return the draft as a credit note: what is credited is positive and a charge is negative (BR-74)."""
    return replace(
        draft,
        is_credit_note=True,
        lines=[replace(line, quantity=-line.quantity, amount=-line.amount) for line in draft.lines],
        taxes=[replace(row, revenue=-row.revenue, amount=-row.amount) for row in draft.taxes],
        subtotal=-draft.subtotal,
        tax=-draft.tax,
        total=-draft.total,
    )
