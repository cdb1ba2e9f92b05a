"""Issued documents as people read them: frozen, formatted, in one language; for the PDF and for pages alike."""

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
    "DocumentLine",
    "DocumentSection",
    "InvoiceDocument",
    "SectionKey",
    "TaxRow",
    "build_invoice_document",
    "get_invoice_document",
]
