"""What a qualified invoice in Japan says beside any other: registration number, amounts and tax by rate (BR-78)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from moneyed import Money

from invoices.choices import DocumentType
from invoices.domain.qualified import ChargedTax, TaxedAt, taxed_by_rate
from invoices.models import Invoice, InvoiceLine, InvoiceTax
from subscriptions.domain.formatting import format_money, format_percentage
from subscriptions.domain.money import exponent
from subscriptions.domain.tax_ids import find_registration_number


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRow:
    """What is taxed at a rate, without the tax, and the tax; empty for what nobody taxes."""

    rate: str
    revenue: str
    tax: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QualifiedPart:
    """The title, the number under which its issuer is registered, and the amounts by rate."""

    title: str
    registration_number: str
    rows: tuple[RateRow, ...]


def qualified_part(
    invoice: Invoice, lines: Sequence[InvoiceLine], taxes: Sequence[InvoiceTax], *, language: str
) -> QualifiedPart | None:
    """
    Return what makes a document a qualified one; None if its issuer is not registered, or its tax is none of Japan's.

    Words are in the language that is active.
    """
    number = find_registration_number(invoice.frozen["issuer"]["tax_ids"])
    if not number or not taxes:
        return None
    by_rate = _by_rate(invoice, taxes)
    if by_rate is None:
        return None
    is_credit_note = invoice.document_type == DocumentType.CREDIT_NOTE
    untaxed = sum((line.amount for line in lines), Decimal(0)) - sum((each.revenue for each in by_rate), Decimal(0))
    rows = [_row(each, invoice, language) for each in by_rate]
    if untaxed:
        rows.append(RateRow(rate=_("Not taxed"), revenue=_money(untaxed, invoice, language), tax=""))
    return QualifiedPart(
        title=_("Qualified return invoice") if is_credit_note else _("Qualified invoice"),
        registration_number=number,
        rows=tuple(rows),
    )


def _by_rate(invoice: Invoice, taxes: Sequence[InvoiceTax]) -> Sequence[TaxedAt] | None:
    charged = [ChargedTax(rate=tax.rate, taxable=tax.taxable, revenue=tax.revenue, tax=tax.amount) for tax in taxes]
    # What is credited by hand takes off what the tax of the rest falls by.
    slack = Decimal(1).scaleb(-exponent(invoice.currency)) if "credits" in invoice.frozen else Decimal(0)
    return taxed_by_rate(charged, currency=invoice.currency, slack=slack)


def _row(each: TaxedAt, invoice: Invoice, language: str) -> RateRow:
    return RateRow(
        rate=format_percentage(each.rate, language),
        revenue=_money(each.revenue, invoice, language),
        tax=_money(each.tax, invoice, language),
    )


def _money(amount: Decimal, invoice: Invoice, language: str) -> str:
    return format_money(Money(amount, invoice.currency), language)
