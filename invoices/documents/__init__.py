"""Issued documents as people read them: frozen, formatted, in one language; for the PDF and for pages alike."""

from invoices.documents.credited import Credited, get_credited
from invoices.documents.document import (
    BankDetails,
    InvoiceDocument,
    TaxRow,
    build_invoice_document,
    get_invoice_document,
)
from invoices.documents.section import DocumentLine, DocumentSection, SectionKey

__all__ = [
    "BankDetails",
    "Credited",
    "DocumentLine",
    "DocumentSection",
    "InvoiceDocument",
    "SectionKey",
    "TaxRow",
    "build_invoice_document",
    "get_credited",
    "get_invoice_document",
]
