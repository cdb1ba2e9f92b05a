"""Issued documents: read, searched and downloaded; nobody changes or deletes one."""

import re
from typing import Any

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from moneyed import Money

from invoices.choices import DocumentType
from invoices.models import Invoice, InvoiceLine, InvoiceTax, RenderedPdf
from subscriptions.admin.base import (
    FactAdmin,
    FactInline,
    OrganizationFilter,
    badge,
    current_language,
    page_action,
    pretty,
)
from subscriptions.domain.formatting import format_days, format_money, format_percentage, format_price, format_quantity


class InvoiceLineInline(FactInline):
    model = InvoiceLine
    fields = ["what", "service", "counted", "per_unit", "months", "charged"]
    per_page = 100
    verbose_name_plural = _("Lines")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("invoice").defer("invoice__frozen")

    @admin.display(description=_("charge"))
    def what(self, line: InvoiceLine) -> str:
        details = [line.get_kind_display(), line.get_corrects_display() if line.corrects else "", line.destination]
        return f"{line.description} ({', '.join(str(detail) for detail in details if detail)})"

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
        return format_money(Money(line.amount, line.invoice.currency), current_language())


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
        return format_money(Money(tax.amount, tax.invoice.currency), current_language())


@admin.register(Invoice)
class InvoiceAdmin(FactAdmin):
    list_display = ["number", "organization", "document", "invoice_date", "due_date", "shown_total", "pdf_state"]
    list_filter = [("organization", OrganizationFilter), "document_type", "currency", "invoice_date"]
    list_select_related = ["organization"]
    search_fields = ["number", "organization__name", "organization__code"]
    fieldsets = [
        (None, {"fields": [("organization", "subscription", "cycle"), ("number", "document_type", "issuing_entity")]}),
        (_("Dates"), {"fields": [("invoice_date", "due_date", "issued_at")]}),
        (_("Amounts"), {"fields": [("shown_subtotal", "shown_tax", "shown_total")]}),
        (_("Frozen on issue"), {"fields": ["copied"], "classes": ["collapse"]}),
    ]
    readonly_fields = ["shown_subtotal", "shown_tax", "shown_total", "copied"]
    inlines = [InvoiceLineInline, InvoiceTaxInline]
    actions_detail = ["download_pdf"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rendered = RenderedPdf.objects.filter(invoice=OuterRef("pk"), rendered_at__isnull=False)
        rows: QuerySet[Any] = super().get_queryset(request).defer("frozen").annotate(is_rendered=Exists(rendered))
        return rows

    @badge(description=_("document"), colors={"invoice": "", "credit_note": "warning"}, ordering="document_type")
    def document(self, invoice: Invoice) -> tuple[str, Any]:
        return invoice.document_type, DocumentType(invoice.document_type).label

    @badge(description=_("PDF"), colors={"ready": "success", "pending": ""})
    def pdf_state(self, invoice: Any) -> tuple[str, Any]:
        return ("ready", _("Ready")) if invoice.is_rendered else ("pending", _("Being made"))

    @admin.display(description=_("subtotal"))
    def shown_subtotal(self, invoice: Invoice) -> str:
        return format_money(Money(invoice.subtotal, invoice.currency), current_language())

    @admin.display(description=_("tax"))
    def shown_tax(self, invoice: Invoice) -> str:
        return format_money(Money(invoice.tax, invoice.currency), current_language())

    @admin.display(description=_("total"))
    def shown_total(self, invoice: Invoice) -> str:
        return format_money(Money(invoice.total, invoice.currency), current_language())

    @admin.display(description=_("parties and terms"))
    def copied(self, invoice: Invoice) -> str:
        return pretty(invoice.frozen)

    @page_action(description=_("Download PDF"), icon="download", permissions=["view"])
    def download_pdf(self, request: HttpRequest, object_id: str) -> HttpResponse:
        # Read through the person's own rows: what is not theirs is not found.
        invoice = self.get_object(request, object_id)
        content = RenderedPdf.objects.filter(invoice=invoice).values_list("content", flat=True).first()
        if content is None:
            words = _("The PDF is still being made; it is ready in a minute or two.")
            self.message_user(request, words, messages.INFO)
            return HttpResponseRedirect(reverse("admin:invoices_invoice_change", args=[invoice.pk]))
        response = HttpResponse(bytes(content), content_type="application/pdf")
        response["Content-Disposition"] = f'attachment; filename="{_file_name(invoice.number)}"'
        response["Cache-Control"] = "no-store"
        return response


def _file_name(number: str) -> str:
    """Return a file name from the number alone: prefixes are typed by people, headers must not carry what they like."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", number).strip(".") + ".pdf"
