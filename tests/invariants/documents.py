"""Documents add up, to the minor unit of their currency, and are whole: lines, tax, ledger, a place for the PDF."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

from invoices.models import Invoice, InvoiceLine, RenderedPdf
from subscriptions.domain.money import exponent
from subscriptions.models import Subscription
from tests.invariants.reading import Books, is_carried, sign_of, total

PRICED_ONE_BY_ONE = {"voice"}
"""Kinds whose amount is a sum over many rounded prices, not quantity times price."""

GIVEN_BACK_BY_HAND = "credit"
"""The kind of line whose amount somebody chose; its tax is a part of what the invoice charged."""


def assert_documents_add_up(books: Books) -> None:
    """Assert totals, precision, signs and the amount of each line and tax (BR-32, BR-74, BR-78)."""
    currency_of = dict(Subscription.objects.values_list("pk", "currency"))
    for invoice in books.invoices:
        lines, taxes = list(invoice.lines.all()), list(invoice.taxes.all())
        if is_carried(invoice):
            assert (lines, taxes, invoice.tax, invoice.subtotal) == ([], [], 0, invoice.total), f"{invoice}"
            continue
        assert lines, f"{invoice} has no lines"
        assert [line.position for line in lines] == list(range(len(lines)))
        assert invoice.currency == currency_of[invoice.subscription_id]
        assert total(line.amount for line in lines) == invoice.subtotal
        assert total(tax.amount for tax in taxes) == invoice.tax
        assert invoice.subtotal + invoice.tax == invoice.total
        assert invoice.total >= 0, f"{invoice} is negative: a credit note turns its signs round"
        for amount in (*(line.amount for line in lines), *(tax.amount for tax in taxes)):
            assert amount.is_finite()
            assert amount == round(amount, exponent(invoice.currency))
        for line in lines:
            _assert_its_amount_is_that_of_its_quantity(line, invoice)
        if any(line.kind == GIVEN_BACK_BY_HAND for line in lines):
            continue
        taxed = [(tax.authority, tax.rate, tax.taxable, tax.amount) for tax in taxes]
        assert taxed == list(_taxes_of(invoice, lines)), f"{invoice}: tax"


def assert_documents_are_whole(books: Books) -> None:
    """Assert that each document was posted once and has its place in the renderer's queue."""
    issued = sorted(invoice.pk for invoice in books.invoices)
    assert sorted(posted.invoice_id for posted in books.transactions if posted.invoice_id) == issued
    ours = [pk for pk in issued if pk not in {invoice.pk for invoice in books.invoices if is_carried(invoice)}]
    assert sorted(RenderedPdf.objects.values_list("pk", flat=True)) == ours
    for invoice in books.invoices:
        assert invoice.terms_snapshot.organization_id == invoice.organization_id
        assert invoice.frozen["bill_to"], f"{invoice} does not say who is billed"
        assert is_carried(invoice) or invoice.number.endswith(f"{invoice.sequence:06}")


def _assert_its_amount_is_that_of_its_quantity(line: InvoiceLine, invoice: Invoice) -> None:
    if line.kind in {"adjustment", GIVEN_BACK_BY_HAND} or line.kind in PRICED_ONE_BY_ONE:
        return
    part = Fraction(line.days, line.period_days) if line.kind == "number" else line.months
    exact = Fraction(line.quantity) * Fraction(line.unit_price) * part
    assert line.amount == _half_up(exact, invoice.currency), f"{invoice}, {line}: {line.amount} is not {exact}"


def _taxes_of(invoice: Invoice, lines: list[InvoiceLine]) -> Iterator[tuple[Any, ...]]:
    """Yield the tax that each authority charges on a document by the rates that were stored with it (BR-78)."""
    for rate in invoice.terms_snapshot.terms["tax_rates"]:
        taxed = [line.amount for line in lines if line.tax_category in rate["categories"]]
        if taxed:
            percent, taxable = Decimal(rate["rate"]), Decimal(rate["taxable"])
            # Tax is computed before the signs of a credit note are turned round; a half goes away from zero either way.
            revenue = sign_of(invoice) * Fraction(total(taxed))
            exact = revenue * Fraction(percent) * Fraction(taxable) / 10_000
            yield rate["authority"], percent, taxable, sign_of(invoice) * _half_up(exact, invoice.currency)


def _half_up(exact: Fraction, currency: str) -> Decimal:
    """Round by another way than the code does it."""
    scaled = abs(exact) * 10 ** exponent(currency)
    whole = int(scaled) + (scaled - int(scaled) >= Fraction(1, 2))
    return Decimal(whole if exact >= 0 else -whole).scaleb(-exponent(currency))
