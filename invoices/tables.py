"""The lists of issued documents, of prices, and of rates."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import django_tables2 as tables
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from moneyed import Money

from invoices.choices import DocumentType
from invoices.documents.addresses import invoice_url
from invoices.documents.balance import standing_of
from invoices.documents.price_sheet import PricedProduct
from invoices.models import Invoice
from subscriptions.choices import PRODUCT_KINDS
from subscriptions.domain.formatting import format_day, format_money, format_price, format_quantity
from subscriptions.models import Organization
from subscriptions.tables import DATE, NUMBER, SiteTable

KIND_NAMES = dict(PRODUCT_KINDS)


PayWords = Callable[[Invoice], str]
"""What leads from a document to paying it online; nothing where it cannot be."""


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
        template_name="invoices/portal/list_standing_cell.html",
        accessor="number",
        extra_context=lambda record, table: {
            "standing": (found := standing_of(record, now=table.now)).standing,
            "words": found.words,
            "pay_words": table.pay_words(record),
            "pay_url": table.url("invoice_pay", record),
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
        self,
        data: Any,
        *,
        organization: Organization,
        several_issuers: bool,
        now: datetime,
        pay_words: PayWords = lambda invoice: "",
        **kwargs: Any,
    ) -> None:
        """Take the rows of one page, whose they are, the instant as of which they stand, and what leads to paying."""
        super().__init__(data, **kwargs)
        self.pay_words = pay_words
        self.organization = organization
        self.now = now
        self.several_issuers = several_issuers

    def url(self, page: str, invoice: Invoice) -> str:
        """Return the address of a page of a row's document."""
        return invoice_url(page, invoice, code=self.organization.code, several_issuers=self.several_issuers)

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


class PriceTable(SiteTable):
    """Products with commitment, prices, and what will change on which day."""

    name = tables.TemplateColumn(
        verbose_name=_("Product"),
        template_name="invoices/portal/product_cell.html",
        extra_context=lambda record: {"kind": KIND_NAMES[record.kind.value]},
    )
    commitment = tables.Column(verbose_name=_("Commitment"), accessor="now__commitment", attrs=NUMBER)
    price = tables.TemplateColumn(
        verbose_name=_("Price"),
        template_name="invoices/portal/price_cell.html",
        accessor="code",
        extra_context=lambda record, table: {"price": table.money(record.now.price)},
        attrs=NUMBER,
    )
    overage_price = tables.Column(
        verbose_name=pgettext_lazy("price", "Over the commitment"),
        accessor="now__overage_price",
        attrs=NUMBER,
        default="–",
    )
    setup_price = tables.Column(verbose_name=_("Setup"), accessor="now__setup_price", attrs=NUMBER, default="–")
    coming = tables.TemplateColumn(
        verbose_name=_("To come"),
        template_name="invoices/portal/coming_cell.html",
        accessor="coming",
        empty_values=([], ()),
        default="–",
        extra_context=lambda record, table: {"coming": table.coming_words(record)},
    )

    caption = _("Prices of licenses, add-ons, resources and numbers")

    class Meta(SiteTable.Meta):
        orderable = False
        attrs = {"class": "stack"}

    def __init__(self, data: Any, *, currency: str, **kwargs: Any) -> None:
        """Take the products and the currency of their prices."""
        super().__init__(data, **kwargs)
        self.currency = currency

    def money(self, value: Decimal | None) -> str:
        """Write a price; nothing where there is none."""
        return "" if value is None else format_price(value, self.currency, get_language())

    def render_commitment(self, value: Decimal) -> str:
        """Write how many are committed to."""
        return format_quantity(value, get_language()) if value else "–"

    def render_overage_price(self, value: Decimal, record: PricedProduct) -> str:
        """Write the price above a commitment; without a commitment there is nothing above it."""
        return self.money(value) if record.now.commitment or value != record.now.price else "–"

    def render_setup_price(self, value: Decimal) -> str:
        """Write the price of setting a number up."""
        return self.money(value)

    def coming_words(self, record: PricedProduct) -> list[str]:
        """Return a sentence for each day on which something about a product changes."""
        sentences, before = [], record.now
        for day, after in record.coming:
            changed = [
                words % {"value": value}
                for differs, words, value in (
                    (
                        after.commitment != before.commitment,
                        gettext("commitment %(value)s"),
                        format_quantity(after.commitment, get_language()),
                    ),
                    (after.price != before.price, gettext("price %(value)s"), self.money(after.price)),
                    (
                        after.overage_price not in {before.overage_price, after.price},
                        gettext("%(value)s over the commitment"),
                        self.money(after.overage_price),
                    ),
                    (
                        after.setup_price != before.setup_price,
                        gettext("setup %(value)s"),
                        self.money(after.setup_price),
                    ),
                )
                if differs and value
            ]
            if changed:
                words = gettext("From %(day)s: %(changes)s")
                day_words = format_day(day, get_language())
                sentences.append(words % {"day": day_words, "changes": ", ".join(changed)})
            before = after
        return sentences


class RateTable(SiteTable):
    """Rates of calls by prefix."""

    prefix = tables.Column(verbose_name=_("Prefix"), attrs=DATE)
    destination = tables.Column(verbose_name=_("Destination"))
    per_minute = tables.Column(verbose_name=_("Per minute"), attrs=NUMBER)

    caption = _("Rates of calls by prefix")

    class Meta(SiteTable.Meta):
        orderable = False

    def __init__(self, data: Any, *, currency: str, **kwargs: Any) -> None:
        """Take the rates of one page and their currency."""
        super().__init__(data, **kwargs)
        self.currency = currency

    def render_per_minute(self, value: Decimal) -> str:
        """Write the rate with every decimal it has."""
        return format_price(value, self.currency, get_language())
