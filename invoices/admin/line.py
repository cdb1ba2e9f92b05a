"""The lines and taxes of an issued document, on its page."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from invoices.models import InvoiceLine, InvoiceTax
from subscriptions.admin.base import FactInline
from subscriptions.admin.parts import current_language, enumerated, shown_money
from subscriptions.domain.formatting import format_days, format_percentage, format_price, format_quantity
from subscriptions.models.shown import shown_product


class InvoiceLineInline(FactInline):
    model = InvoiceLine
    fields = ["what", "service", "counted", "per_unit", "months", "charged", "why"]
    per_page = 100
    verbose_name_plural = _("Lines")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("invoice").defer("invoice__frozen")

    @admin.display(description=_("charge"))
    def what(self, line: InvoiceLine) -> str:
        details = [line.get_kind_display(), line.get_corrects_display() if line.corrects else "", line.destination]
        words = {
            "what": shown_product(line.product, line.description),
            "details": enumerated(detail for detail in details if detail),
        }
        return gettext("%(what)s (%(details)s)") % words

    @admin.display(description=_("service"))
    def service(self, line: InvoiceLine) -> str:
        return format_days(line.service_start, line.service_end, current_language())

    @admin.display(description=_("quantity"))
    def counted(self, line: InvoiceLine) -> str:
        return format_quantity(line.quantity, current_language())

    @admin.display(description=_("unit price"))
    def per_unit(self, line: InvoiceLine) -> str:
        return format_price(line.unit_price, line.invoice.currency, current_language())

    @admin.display(description=_("amount"))
    def charged(self, line: InvoiceLine) -> str:
        return shown_money(line.amount, line.invoice.currency)

    @admin.display(description=_("explanation"))
    def why(self, line: InvoiceLine) -> str:
        url = reverse("admin:invoices_invoice_line", args=[line.invoice_id, line.position + 1])
        return render_to_string("admin/seatbill/why.html", {"url": url, "line": line})


class InvoiceTaxInline(FactInline):
    model = InvoiceTax
    fields = ["authority", "percent", "share", "charged"]
    verbose_name_plural = _("Taxes")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("invoice").defer("invoice__frozen")

    @admin.display(description=_("rate"))
    def percent(self, tax: InvoiceTax) -> str:
        return format_percentage(tax.rate, current_language())

    @admin.display(description=_("taxable share"))
    def share(self, tax: InvoiceTax) -> str:
        return format_percentage(tax.taxable, current_language())

    @admin.display(description=_("amount"))
    def charged(self, tax: InvoiceTax) -> str:
        return shown_money(tax.amount, tax.invoice.currency)
