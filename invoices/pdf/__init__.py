"""Turns an invoice document into the bytes of its PDF, with the file for programs in it where one belongs there."""

from datetime import datetime

from invoices.documents import InvoiceDocument
from invoices.domain.e_invoice.values import EInvoice
from invoices.pdf.factur_x import embedded
from subscriptions import pdf

TEMPLATE = "invoices/pdf/invoice.html"


def render_pdf(document: InvoiceDocument) -> bytes:
    """
    Return the PDF of a document: the same document, the same bytes.

    :raises subscriptions.pdf.PdfUnavailable: if Pango is missing
    :raises subscriptions.pdf.engine.ForbiddenResource: if the document, by its logo, asks for anything but what we ship
    """
    return pdf.render_pdf(document, template=TEMPLATE)


def render_hybrid(document: InvoiceDocument, e_invoice: EInvoice) -> pdf.Hybrid:
    """
    Return the PDF of a document and the file for programs that is in it (Factur-X).

    :raises EInvoiceError: if the file does not fit its schema
    :raises subscriptions.pdf.PdfUnavailable: if Pango is missing
    :raises subscriptions.pdf.engine.ForbiddenResource: if the document, by its logo, asks for anything but what we ship
    """
    at = datetime.fromisoformat(document.issued_at)

    def make() -> pdf.Embedded:
        # Loaded where it is needed: no process but the one that renders pays for it.
        from invoices.pdf.cross_industry import cross_industry_invoice  # noqa: PLC0415

        return embedded(cross_industry_invoice(e_invoice), at=at)

    return pdf.render_hybrid(document, template=TEMPLATE, make=make)
