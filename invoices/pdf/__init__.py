"""Turns an invoice document into the bytes of its PDF."""

from invoices.documents import InvoiceDocument
from subscriptions import pdf

TEMPLATE = "invoices/pdf/invoice.html"


def render_pdf(document: InvoiceDocument) -> bytes:
    """
    Return the PDF of a document: the same document, the same bytes.

    :raises subscriptions.pdf.PdfUnavailable: if Pango is missing
    :raises subscriptions.pdf.engine.ForbiddenResource: if the document, by its logo, asks for anything but what we ship
    """
    return pdf.render_pdf(document, template=TEMPLATE)
