"""An issued document as a program reads it, from the same frozen rows as the one on paper (BR-76, BR-78, BR-79)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from invoices.choices import DocumentType
from invoices.documents.document import payment_terms
from invoices.documents.section import DocumentLine, Reading, annex_note, grouped_lines, shown_line
from invoices.domain.charge import ChargeKind
from invoices.domain.e_invoice.figures import line_figures, lump_sum, unit_of
from invoices.domain.e_invoice.taxes import Charged, Taxation, breakdown
from invoices.domain.e_invoice.values import (
    CREDIT_NOTE,
    CREDIT_TRANSFER,
    INVOICE,
    NOT_DEFINED,
    NOTHING_TO_PAY,
    SEPA_CREDIT_TRANSFER,
    Dates,
    EInvoice,
    EInvoiceError,
    Figures,
    Item,
    Payment,
    Preceding,
    Totals,
    TradeParty,
    VatCategory,
)
from invoices.domain.tax import TaxRate
from invoices.domain.tax_treatment import TaxTreatment
from invoices.models import Invoice, InvoiceLine, InvoiceTax
from subscriptions.documents import printable, printable_lines
from subscriptions.domain.catalog import TaxCategory
from subscriptions.domain.credit_transfer import EURO, find_account
from subscriptions.domain.money import exponent
from subscriptions.domain.postal import postal_address
from subscriptions.domain.tax_ids import find_vat_number, vat_number
from subscriptions.domain.terms import LicensingModel


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedRows:
    """
    A document's row, its lines and its taxes, each in their order.

    `rates` are those stored with its terms; None of a document from before they were, on which one authority taxes all.
    """

    invoice: Invoice
    lines: Sequence[InvoiceLine]
    taxes: Sequence[InvoiceTax]
    rates: Sequence[TaxRate] | None


def build_e_invoice(rows: IssuedRows) -> EInvoice:
    """
    Return an issued document as a program reads it, its words in the language frozen with it.

    :raises EInvoiceError: if it is taxed in a way that cannot be stated
    """
    invoice, frozen = rows.invoice, rows.invoice.frozen
    taxation = _taxation(rows)
    with translation.override(frozen["language"]):
        items, period = list(_items(rows, taxation)), _period(frozen["period"])
        is_credit_note = invoice.document_type == DocumentType.CREDIT_NOTE
        return EInvoice(
            number=printable(invoice.number),
            type_code=CREDIT_NOTE if is_credit_note else INVOICE,
            dated=invoice.invoice_date,
            due=invoice.due_date,
            terms=payment_terms(frozen["net_days"]),
            currency=invoice.currency,
            buyer_reference=printable(frozen["bill_to"].get("buyer_reference", "")),
            order_number=printable(frozen["po_number"]),
            notes=[note for note in (annex_note(rows.lines), *map(printable, frozen["notes"])) if note],
            seller=_seller(frozen, items, on=invoice.invoice_date),
            buyer=_buyer(frozen, items, on=invoice.invoice_date),
            preceding=_preceding(frozen.get("credits")),
            period=_covered(items, period, dated=invoice.invoice_date),
            delivered=_delivered(items, period, dated=invoice.invoice_date),
            payment=NOTHING_TO_PAY if is_credit_note else _payment(frozen["issuer"], currency=invoice.currency),
            items=items,
            taxes=breakdown(
                items,
                charged=taxation.charged,
                reasons=_reasons(frozen["notes"]),
                minor_unit=Decimal(1).scaleb(-exponent(invoice.currency)),
                # What is credited by hand takes off what the tax of the rest falls by.
                times_rounded=2 if "credits" in frozen else 1,
            ),
            totals=Totals(
                lines=sum((item.net for item in items), Decimal(0)),
                basis=_amount(invoice.subtotal, invoice),
                tax=_amount(invoice.tax, invoice),
                total=_amount(invoice.total, invoice),
                payable=_amount(invoice.total, invoice),
            ),
        )


def _amount(amount: Decimal, invoice: Invoice) -> Decimal:
    """Return an amount of the document at its currency's precision."""
    return round(amount, exponent(invoice.currency))


def _taxation(rows: IssuedRows) -> Taxation:
    frozen = rows.invoice.frozen
    return Taxation(
        treatment=TaxTreatment(frozen.get("tax", {}).get("treatment", TaxTreatment.TAXED.value)),
        charged=list(_charged(rows)),
        seller_country=frozen["issuer"]["country"],
        buyer_country=frozen["bill_to"]["country"],
        dated=rows.invoice.invoice_date,
    )


def _charged(rows: IssuedRows) -> Iterator[Charged]:
    """Yield each tax of the document with the rate that it was charged by, which knows what it taxes."""
    by_name = {(rate.authority, rate.rate, rate.taxable): rate for rate in rows.rates or []}
    for tax in rows.taxes:
        rate = by_name.get((tax.authority, tax.rate, tax.taxable))
        if rate is None and rows.rates is None and len(rows.taxes) == 1:
            rate = TaxRate(
                authority=tax.authority, rate=tax.rate, taxable=tax.taxable, categories=frozenset(TaxCategory)
            )
        if rate is None:
            raise EInvoiceError(f"Nothing says which lines {tax.authority} taxes: its rate is not stored with them.")
        yield Charged(rate=rate, tax=_amount(tax.amount, rows.invoice))


def _items(rows: IssuedRows, taxation: Taxation) -> Iterator[Item]:
    invoice = rows.invoice
    reading = Reading(
        currency=invoice.currency,
        language=invoice.frozen["language"],
        licensing_model=invoice.frozen["licensing_model"],
    )
    groups = [group for together in grouped_lines(rows.lines).values() for group in together]
    for place, group in enumerate(groups, start=1):
        shown, first = shown_line(group, reading=reading), group[0]
        net = _amount(sum((line.amount for line in group), Decimal(0)), invoice)
        figures = lump_sum(net) if len(group) > 1 else _figures(first, net, invoice)
        yield Item(
            number=str(shown.number or f"S{place}"),
            name=shown.description or printable(first.product),
            description=shown.remark,
            product=printable(first.product),
            note=_note(shown, first, figures),
            figures=figures,
            net=net,
            vat=taxation.vat_of(first.tax_category),
            dates=Dates(
                start=min(line.service_start for line in group), last_day=max(line.service_end for line in group)
            ),
        )


def _figures(line: InvoiceLine, net: Decimal, invoice: Invoice) -> Figures:
    hourly = invoice.frozen["licensing_model"] == LicensingModel.HOURLY
    return line_figures(
        quantity=line.quantity,
        unit_price=line.unit_price,
        unit=unit_of(kind=ChargeKind(line.corrects or line.kind), product=line.product, hourly=hourly),
        months=line.months,
        days=line.days,
        period_days=line.period_days,
        amount=net,
        currency=invoice.currency,
    )


def _note(shown: DocumentLine, line: InvoiceLine, figures: Figures) -> str:
    """Write quantity and rate as they stand on paper, where there are some and the line's own figures are others."""
    if line.kind == ChargeKind.CREDIT and not line.quantity:
        return ""
    if (figures.quantity, figures.price, figures.basis) == (line.quantity, line.unit_price, Decimal(1)):
        return ""
    if not shown.rate:
        return shown.quantity
    return _("%(quantity)s at %(rate)s") % {"quantity": shown.quantity, "rate": shown.rate}


def _reasons(notes: Sequence[str]) -> Mapping[VatCategory, str]:
    """Return why there is no tax, in the words that the document says it with: the first of its notes (BR-78)."""
    why = printable(notes[0]) if notes else ""
    return {
        VatCategory.EXEMPT: why or _("No tax is charged."),
        VatCategory.REVERSE_CHARGE: why or _("Reverse charge"),
        VatCategory.OUTSIDE: _("Not subject to VAT"),
    }


def _is_outside(items: Sequence[Item]) -> bool:
    """Tell whether the document is outside the tax: then no VAT number stands in it."""
    return any(item.vat.category is VatCategory.OUTSIDE for item in items)


def _seller(frozen: dict[str, Any], items: Sequence[Item], *, on: date) -> TradeParty:
    issuer = frozen["issuer"]
    tax_ids = [text for text in map(printable, issuer["tax_ids"]) if text]
    number = frozen.get("tax", {}).get("issuer_vat_number", "")
    number = number or find_vat_number(tax_ids, country=issuer["country"], on=on)
    others = [text for text in tax_ids if not find_vat_number([text], country=issuer["country"], on=on)]
    legal_id = others[0] if others else ""
    return TradeParty(
        name=printable(issuer["legal_name"]),
        address=postal_address(printable_lines(issuer["address"]), country=issuer["country"].upper()),
        vat_number="" if _is_outside(items) else number,
        tax_number="" if number else legal_id,
        legal_id=legal_id,
        email=printable(issuer["invoicing_email"]),
    )


def _buyer(frozen: dict[str, Any], items: Sequence[Item], *, on: date) -> TradeParty:
    bill_to = frozen["bill_to"]
    number = frozen.get("tax", {}).get("customer_vat_number", "")
    number = number or vat_number(bill_to["tax_id"], country=bill_to["country"], on=on)
    return TradeParty(
        name=printable(bill_to["legal_name"]),
        address=postal_address(printable_lines(bill_to["address"]), country=bill_to["country"].upper()),
        vat_number="" if _is_outside(items) else number,
        legal_id="" if number else printable(bill_to["tax_id"]),
    )


def _preceding(original: dict[str, Any] | None) -> Preceding | None:
    if original is None:
        return None
    return Preceding(number=printable(original["number"]), dated=date.fromisoformat(original["invoice_date"]))


def _period(period: dict[str, Any] | None) -> Dates | None:
    if period is None:
        return None
    return Dates(start=date.fromisoformat(period["start"]), last_day=date.fromisoformat(period["last_day"]))


def _covered(items: Sequence[Item], period: Dates | None, *, dated: date) -> Dates:
    """Return all that a document covers: its period, and its lines, of which an advance lies outside of it."""
    each = [item.dates for item in items] + ([period] if period else [])
    return Dates(
        start=min((dates.start for dates in each), default=dated),
        last_day=max((dates.last_day for dates in each), default=dated),
    )


def _delivered(items: Sequence[Item], period: Dates | None, *, dated: date) -> date | None:
    """Return the last day of a document's period, or of its lines if it is about none; None while it lasts."""
    last_day = (period or _covered(items, None, dated=dated)).last_day
    return last_day if last_day <= dated else None


def _payment(issuer: dict[str, Any], *, currency: str) -> Payment:
    bank = issuer["bank"]
    account = find_account(bank["details"]) if bank else None
    code = CREDIT_TRANSFER if account else NOT_DEFINED
    if account and account.is_iban and currency == EURO:
        code = SEPA_CREDIT_TRANSFER
    return Payment(
        code=code,
        account=account.number if account else "",
        is_iban=bool(account and account.is_iban),
        bic=account.bic if account else "",
        account_name=printable(issuer["legal_name"]) if account else "",
        bank_name=printable(bank["bank_name"]) if bank else "",
    )
