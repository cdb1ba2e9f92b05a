"""States issued documents as e-invoices, for the organizations that get them (BR-76)."""

import msgspec

from invoices.documents.e_invoice import IssuedRows, build_e_invoice
from invoices.domain.e_invoice.rules import broken_rules
from invoices.domain.e_invoice.values import EInvoice, EInvoiceError
from invoices.domain.tax import TaxRate
from invoices.models import Invoice, TermsSnapshot
from subscriptions.domain.e_invoicing import EInvoicing, gets_e_invoices

MOST_RULES_NAMED = 5

WAY_OUT = "The PDF waits. To send it without an e-invoice, set e-invoices to “Never” on the organization's page."


def find_e_invoice(invoice: Invoice) -> EInvoice | None:
    """
    Return a document as programs read it, or None if its organization gets no e-invoices.

    The organization's setting is today's, as its PDF is made today; the country is the one on the document.

    :raises EInvoiceError: if it cannot be stated, or would break a rule of EN 16931
    """
    setting = EInvoicing(invoice.organization.e_invoicing)
    country = invoice.frozen["bill_to"]["country"]
    if not gets_e_invoices(setting, country=country, on=invoice.invoice_date):
        return None
    try:
        return make_e_invoice(invoice)
    except EInvoiceError as error:
        raise EInvoiceError(f"{error} {WAY_OUT}") from error


def make_e_invoice(invoice: Invoice) -> EInvoice:
    """
    Return a document as programs read it.

    :raises EInvoiceError: if it cannot be stated, or would break a rule of EN 16931
    """
    rows = IssuedRows(
        invoice=invoice,
        lines=list(invoice.lines.all()),
        taxes=list(invoice.taxes.all()),
        rates=_rates(invoice.terms_snapshot),
    )
    e_invoice = build_e_invoice(rows)
    broken = [str(rule) for rule in broken_rules(e_invoice)]
    if broken:
        more = len(broken) - MOST_RULES_NAMED
        words = "; ".join(broken[:MOST_RULES_NAMED]) + (f"; and {more} more" if more > 0 else "")
        raise EInvoiceError(f"The e-invoice would break rules of EN 16931: {words}.")
    return e_invoice


def _rates(terms: TermsSnapshot) -> list[TaxRate] | None:
    """Return the rates stored with a document's terms; None where none ever were."""
    stored = terms.terms.get("tax_rates")
    return None if stored is None else msgspec.convert(stored, list[TaxRate])
