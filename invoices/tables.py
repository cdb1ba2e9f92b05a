"""The list of issued documents."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import django_tables2 as tables
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from moneyed import Money

from invoices.choices import DocumentType
from invoices.documents.balance import standing_of
from invoices.models import Invoice
from subscriptions.domain.formatting import format_day, format_money
from subscriptions.models import Organization
from subscriptions.tables import DATE, NUMBER, SiteTable


def invoice_url(page: str, invoice: Invoice, *, organization: Organization, several_issuers: bool) -> str:
    """Return the address of a page of a document; its issuer is named only where numbers could be mistaken (BR-75)."""
    url = reverse(page, args=[organization.code, invoice.number])
    return f"{url}?{urlencode({'issuer': invoice.issuing_entity.code})}" if several_issuers else url


class InvoiceTable(SiteTable):
    """Issued documents with their dates and totals, each a link to its page and its PDF."""

    number = tables.Column(
        verbose_name=_("Number"), linkify=lambda record, table: table.url("invoice_detail", record), attrs=DATE
    )
    document_type = tables.TemplateColumn(verbose_name=_("Type"), template_name="invoices/portal/type_cell.html")
    invoice_date = tables.Column(verbose_name=_("Invoice date"), attrs=DATE)
    due_date = tables.Column(verbose_name=_("Due date"), attrs=DATE)
    total = tables.Column(verbose_name=_("Total"), attrs=NUMBER)
    balance = tables.Column(verbose_name=_("Balance"), accessor="balance__open", attrs=NUMBER)
    standing = tables.TemplateColumn(
        verbose_name=_("Status"),
        template_name="invoices/portal/standing_cell.html",
        accessor="number",
        extra_context=lambda record, table: {
            "standing": (found := standing_of(record, now=table.now)).standing,
            "words": found.words,
        },
    )
    pdf = tables.TemplateColumn(
        verbose_name=_("PDF"),
        template_name="invoices/portal/pdf_cell.html",
        accessor="number",
        extra_context=lambda record, table: {"pdf_url": table.url("invoice_pdf", record)},
        attrs={"td": {"class": "nowrap"}},
    )

    caption = _("Invoices and credit notes, newest first")

    class Meta(SiteTable.Meta):
        orderable = False
        attrs = {"class": "stack"}

    def __init__(
        self, data: Any, *, organization: Organization, several_issuers: bool, now: datetime, **kwargs: Any
    ) -> None:
        """Take the rows of one page, whose they are, and the instant as of which they stand."""
        super().__init__(data, **kwargs)
        self.organization = organization
        self.now = now
        self.several_issuers = several_issuers

    def url(self, page: str, invoice: Invoice) -> str:
        """Return the address of a page of a row's document."""
        return invoice_url(page, invoice, organization=self.organization, several_issuers=self.several_issuers)

    def render_invoice_date(self, value: date) -> str:
        """Write the date."""
        return format_day(value, get_language())

    def render_due_date(self, value: date, record: Invoice) -> str:
        """Write the date; nothing falls due by a credit note."""
        return "–" if record.document_type == DocumentType.CREDIT_NOTE else format_day(value, get_language())

    def render_total(self, value: Decimal, record: Invoice) -> str:
        """Write the amount in the document's currency."""
        return format_money(Money(value, record.currency), get_language())

    def render_balance(self, value: Decimal, record: Invoice) -> str:
        """Write what is open, or left of a credit, in the document's currency."""
        return format_money(Money(value, record.currency), get_language())
