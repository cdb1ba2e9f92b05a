"""A whole invoice or credit note, from its frozen row to what stands on the page (BR-76)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from moneyed import Money

from invoices.choices import DocumentType
from invoices.documents.qualified import QualifiedPart, qualified_part
from invoices.documents.section import DocumentSection, Reading, annex_note, sections_of
from invoices.documents.transfer import TransferCode, transfer_code_of
from invoices.domain.tax_treatment import TaxTreatment
from invoices.models import Invoice, InvoiceLine, InvoiceTax
from subscriptions.choices import COMMERCIAL_MODELS, LICENSING_MODELS
from subscriptions.documents import Fact, Link, Party, describe_party, logo_url, paper_of, printable
from subscriptions.domain.formatting import (
    currency_name,
    format_day,
    format_money,
    format_percentage,
    format_service,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BankDetails:
    """Where to pay."""

    bank_name: str
    details: tuple[Fact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRow:
    """What one authority charges, and on what basis: rate, taxable share and revenue, or why there is no tax."""

    authority: str
    basis: str
    amount: str


LONG_TOTAL = 15
"""The most characters of a total that its column usually holds on paper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDocument:
    """
    An issued document in one language; every figure is text, as it is printed.

    `paper` is `a4` or `letter`; `logo` is a `data:` URL or empty; `issued_at` is ISO 8601. A credit note has no
    `remit_to`; an invoice in a currency without a bank account has none either, and a `payment_note` instead.
    `annex_note` says so where lines are added up, and each is in the file of lines that goes with it.
    `transfer` is what a banking app reads of an invoice in euros; `qualified` is what Japan asks of an invoice.
    `balance` is what was open of earlier invoices and is with this one, on a final invoice only (BR-16).
    """

    language: str
    paper: str
    title: str
    is_credit_note: bool
    number: str
    issued_at: str
    invoice_date: str
    due_date: str
    amount_label: str
    total: str
    logo: str
    issuer: Party
    bill_to: Party
    facts: tuple[Fact, ...]
    sections: tuple[DocumentSection, ...]
    annex_note: str
    subtotal: str
    taxes: tuple[TaxRow, ...]
    qualified: QualifiedPart | None
    balance: tuple[Fact, ...]
    remit_to: BankDetails | None
    transfer: TransferCode | None
    payment_note: str
    notes: tuple[str, ...]
    contacts: tuple[Fact, ...]
    links: tuple[Link, ...]

    @property
    def is_wide(self) -> bool:
        """Tell whether the columns of amounts need more room on paper: they are of one width in all sections."""
        return any(section.is_wide for section in self.sections)

    @property
    def has_long_total(self) -> bool:
        """Tell whether the total needs more room on paper than the column of totals has."""
        return len(self.total) > LONG_TOTAL


def get_invoice_document(invoice: Invoice, *, language: str) -> InvoiceDocument:
    """
    Return an issued document for a reader.

    The PDF is in the language frozen with it (`invoice.frozen["language"]`), a page may be in the reader's.
    """
    return build_invoice_document(
        invoice=invoice, lines=list(invoice.lines.all()), taxes=list(invoice.taxes.all()), language=language
    )


def build_invoice_document(
    *, invoice: Invoice, lines: Sequence[InvoiceLine], taxes: Sequence[InvoiceTax], language: str
) -> InvoiceDocument:
    """Return a document from its row, its lines and its taxes, each in their order."""
    with translation.override(language):
        frozen = invoice.frozen
        is_credit_note = invoice.document_type == DocumentType.CREDIT_NOTE
        return InvoiceDocument(
            language=language,
            paper=paper_of(frozen["bill_to"]["country"]),
            title=str(DocumentType(invoice.document_type).label),
            is_credit_note=is_credit_note,
            number=printable(invoice.number),
            issued_at=f"{invoice.issued_at:%Y-%m-%dT%H:%M:%SZ}",
            invoice_date=format_day(invoice.invoice_date, language),
            due_date=format_day(invoice.due_date, language),
            amount_label=_("Amount credited") if is_credit_note else _("Amount due"),
            total=_money(invoice.total, invoice, language),
            logo=logo_url(frozen["issuer"]["logo_svg"]),
            issuer=describe_party(frozen["issuer"], frozen["issuer"]["tax_ids"], language),
            bill_to=describe_party(frozen["bill_to"], [_tax_id(frozen["bill_to"]["tax_id"])], language),
            facts=_facts(invoice, language),
            sections=sections_of(
                lines,
                reading=Reading(
                    currency=invoice.currency, language=language, licensing_model=frozen["licensing_model"]
                ),
            ),
            annex_note=annex_note(lines),
            subtotal=_money(invoice.subtotal, invoice, language),
            taxes=_taxes(invoice, taxes, language),
            qualified=qualified_part(invoice, lines, taxes, language=language),
            balance=_balance(invoice, language),
            remit_to=None if is_credit_note else _bank(frozen["issuer"]["bank"]),
            transfer=None if is_credit_note else transfer_code_of(invoice, language=language),
            payment_note="" if is_credit_note else _payment_note(invoice, language),
            notes=tuple(map(printable, frozen["notes"])),
            contacts=_contacts(frozen["issuer"], about=_("This credit note") if is_credit_note else _("This invoice")),
            links=_links(frozen["issuer"]),
        )


def get_bank_details(invoice: Invoice) -> BankDetails | None:
    """Return where to pay an invoice; None if it names no bank account."""
    return _bank(invoice.frozen["issuer"]["bank"])


def get_payment_note(invoice: Invoice, *, language: str) -> str:
    """Say how to find out where to pay an invoice that names no bank account; empty if it names one."""
    with translation.override(language):
        return _payment_note(invoice, language)


def get_contacts(invoice: Invoice, *, language: str) -> tuple[Fact, ...]:
    """Return whom to ask about what, of who issued a document."""
    with translation.override(language):
        return _contacts(invoice.frozen["issuer"], about=_("This invoice"))


def _money(amount: Decimal, invoice: Invoice, language: str) -> str:
    return format_money(Money(amount, invoice.currency), language)


def _tax_id(tax_id: str) -> str:
    return _("Tax ID %(tax_id)s") % {"tax_id": tax_id} if tax_id else ""


def _facts(invoice: Invoice, language: str) -> tuple[Fact, ...]:
    frozen = invoice.frozen
    facts = [
        *_paying(invoice, language),
        Fact(label=_("PO number"), value=printable(frozen["po_number"])),
        Fact(label=_("Your reference"), value=printable(frozen["bill_to"].get("buyer_reference", ""))),
        Fact(label=_("Service period"), value=service_period(frozen, language)),
        Fact(label=_("Agreement"), value=_agreement(frozen)),
        Fact(label=_("Credits invoice"), value=_credited(frozen, language)),
    ]
    return tuple(fact for fact in facts if fact.value)


def _paying(invoice: Invoice, language: str) -> list[Fact]:
    """Write when a document is of, and when and in what it is to be paid: nobody pays a credit note."""
    dated, currency = format_day(invoice.invoice_date, language), currency_name(invoice.currency, language)
    if invoice.document_type == DocumentType.CREDIT_NOTE:
        return [Fact(label=_("Date"), value=dated), Fact(label=_("Currency"), value=currency)]
    return [
        Fact(label=_("Invoice date"), value=dated),
        Fact(label=_("Due date"), value=format_day(invoice.due_date, language)),
        Fact(label=_("Payment terms"), value=payment_terms(invoice.frozen["net_days"])),
        Fact(label=_("Payable in"), value=currency),
    ]


def _credited(frozen: dict[str, Any], language: str) -> str:
    """Name the invoice that a credit note by hand gives back, with its date."""
    original = frozen.get("credits")
    if original is None:
        return ""
    day = format_day(date.fromisoformat(original["invoice_date"]), language)
    return _("%(number)s of %(day)s") % {"number": printable(original["number"]), "day": day}


def _balance(invoice: Invoice, language: str) -> tuple[Fact, ...]:
    before = invoice.frozen.get("open_balance")
    if before is None:
        return ()
    own = -invoice.total if invoice.document_type == DocumentType.CREDIT_NOTE else invoice.total
    return (
        Fact(label=_("Open balance of earlier invoices"), value=_money(Decimal(before), invoice, language)),
        Fact(label=_("Open balance with this document"), value=_money(Decimal(before) + own, invoice, language)),
    )


def payment_terms(net_days: int) -> str:
    """Write when a document is to be paid, in the language that is active."""
    return _("Net %(days)s") % {"days": net_days} if net_days else _("Due on receipt")


def service_period(frozen: dict[str, Any], language: str) -> str:
    """Write the period that a document is about, from its frozen copy; empty of a document that is about none."""
    period = frozen["period"]
    if period is None:
        return ""
    start, last_day = date.fromisoformat(period["start"]), date.fromisoformat(period["last_day"])
    return format_service(start, last_day, frozen["time_zone"], language)


def _agreement(frozen: dict[str, Any]) -> str:
    billed = dict(COMMERCIAL_MODELS)[frozen["commercial_model"]]
    licensed = dict(LICENSING_MODELS)[frozen["licensing_model"]]
    return f"{billed} · {licensed}"


def _taxes(invoice: Invoice, taxes: Sequence[InvoiceTax], language: str) -> tuple[TaxRow, ...]:
    if not taxes:
        return (TaxRow(authority=_("Tax"), basis=_untaxed(invoice), amount=_money(invoice.tax, invoice, language)),)
    return tuple(
        TaxRow(
            authority=printable(tax.authority),
            basis=_tax_basis(tax, invoice, language),
            amount=_money(tax.amount, invoice, language),
        )
        for tax in taxes
    )


def _untaxed(invoice: Invoice) -> str:
    """Say why no tax is charged, where there is a reason beside that nobody taxes."""
    return {
        TaxTreatment.EXEMPT.value: _("exempt"),
        TaxTreatment.REVERSE_CHARGE.value: _("reverse charge"),
    }.get(invoice.frozen.get("tax", {}).get("treatment"), "")


def _tax_basis(tax: InvoiceTax, invoice: Invoice, language: str) -> str:
    """Write a rate, the taxable share unless it is all, and the revenue, as a qualified invoice in Japan needs it."""
    parts = [format_percentage(tax.rate, language)]
    if tax.taxable != 100:
        parts.append(format_percentage(tax.taxable, language))
    if tax.revenue is not None:
        parts.append(_money(tax.revenue, invoice, language))
    return reduce(lambda part, whole: _("%(part)s of %(whole)s") % {"part": part, "whole": whole}, parts)


def _bank(bank: dict[str, Any] | None) -> BankDetails | None:
    if bank is None:
        return None
    return BankDetails(
        bank_name=printable(bank["bank_name"]),
        details=tuple(Fact(label=printable(label), value=printable(value)) for label, value in bank["details"]),
    )


def _payment_note(invoice: Invoice, language: str) -> str:
    """Say how to find out where to pay, if the issuing entity has no bank account in the currency (BR-79)."""
    issuer = invoice.frozen["issuer"]
    if issuer["bank"] is not None or not invoice.total:
        return ""
    currency = currency_name(invoice.currency, language)
    address = printable(issuer["collections_email"] or issuer["invoicing_email"])
    if not address:
        return _("Please ask us for our bank account in %(currency)s.") % {"currency": currency}
    words = _("Please ask %(address)s for our bank account in %(currency)s.")
    return words % {"address": address, "currency": currency}


def _contacts(issuer: dict[str, Any], *, about: str) -> tuple[Fact, ...]:
    contacts = [
        Fact(label=about, value=printable(issuer["invoicing_email"])),
        Fact(label=pgettext("address", "Payments"), value=printable(issuer["collections_email"])),
        Fact(label=_("Orders and licenses"), value=printable(issuer["sales_email"])),
        Fact(label=_("Hardware"), value=printable(issuer["hardware_email"])),
    ]
    return tuple(contact for contact in contacts if contact.value)


def _links(issuer: dict[str, Any]) -> tuple[Link, ...]:
    links = [
        Link(label=_("Terms and conditions"), url=printable(issuer["terms_url"])),
        Link(label=_("Service level agreement"), url=printable(issuer["service_level_url"])),
    ]
    return tuple(link for link in links if link.url)
