"""Where a document is shown to those who may see it."""

from urllib.parse import urlencode

from django.urls import reverse

from invoices.choices import DocumentType
from invoices.models import Invoice


def invoice_url(page: str, invoice: Invoice, *, code: str, several_issuers: bool) -> str:
    """
    Return the address of a page of a document of the organization with this code.

    Its issuer is named only where numbers could be mistaken (BR-75). An old number may be anything, even a dot or the
    name of another page: what was carried over has one page, which is found by its key.
    """
    if invoice.document_type == DocumentType.OPENING_ITEM:
        return reverse("opening_item", args=[code, invoice.pk])
    url = reverse(page, args=[code, invoice.number])
    return f"{url}?{urlencode({'issuer': invoice.issuing_entity.code})}" if several_issuers else url
