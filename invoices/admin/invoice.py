"""Issued documents: read, searched and downloaded; nobody changes or deletes one."""

import re
from typing import Any

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from moneyed import Money

from invoices.choices import DocumentType
from invoices.documents import get_credited
from invoices.documents.explanation import ROWS_ON_A_PAGE, LineExplanation, evidence_table
from invoices.domain.crediting import UncreditableError
from invoices.exports.evidence import evidence_csv
from invoices.exports.names import evidence_file_name
from invoices.forms import CreditForm
from invoices.models import Invoice, InvoiceLine, InvoiceTax, RenderedPdf
from invoices.services.crediting import CreditRefusedError, issue_credit, may_be_credited, preview_credit
from invoices.services.explaining import find_explanation
from subscriptions.admin.base import (
    FactAdmin,
    FactInline,
    OrganizationFilter,
    badge,
    current_language,
    page_action,
    person,
    pretty,
)
from subscriptions.domain.formatting import format_days, format_money, format_percentage, format_price, format_quantity
from subscriptions.selectors import database_now


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
        return format_money(Money(tax.amount, tax.invoice.currency), current_language())


OF_A_CREDIT = ["credits", "issued_by", "reason"]


@admin.register(Invoice)
class InvoiceAdmin(FactAdmin):
    list_display = ["number", "organization", "document", "invoice_date", "due_date", "shown_total", "pdf_state"]
    list_filter = [("organization", OrganizationFilter), "document_type", "currency", "invoice_date"]
    list_select_related = ["organization"]
    search_fields = ["number", "organization__name", "organization__code"]
    fieldsets = [
        (None, {"fields": [("organization", "subscription", "cycle"), ("number", "document_type", "issuing_entity")]}),
        (_("Dates"), {"fields": [("invoice_date", "due_date", "issued_at")]}),
        (_("Amounts"), {"fields": [("shown_subtotal", "shown_tax", "shown_total"), "given_back"]}),
        (_("Credit note by hand"), {"fields": [("credits", "issued_by"), "reason"]}),
        (_("Frozen on issue"), {"fields": ["copied"], "classes": ["collapse"]}),
    ]
    readonly_fields = ["shown_subtotal", "shown_tax", "shown_total", "given_back", *OF_A_CREDIT, "copied"]
    inlines = [InvoiceLineInline, InvoiceTaxInline]
    actions_detail = ["download_pdf", "issue_credit_note"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rendered = RenderedPdf.objects.filter(invoice=OuterRef("pk"), rendered_at__isnull=False)
        rows: QuerySet[Any] = super().get_queryset(request).defer("frozen").annotate(is_rendered=Exists(rendered))
        return rows

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return [part for part in fieldsets if "reason" not in part[1]["fields"] or hasattr(obj, "credit")]

    def has_credit_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return object_id is not None and may_be_credited(self.get_object(request, object_id))

    def get_urls(self) -> list[URLPattern]:
        # Before Django's own: the last of those takes every address for a row's.
        return [
            path(
                "<int:pk>/lines/<int:number>/evidence.csv",
                self.admin_site.admin_view(self.line_evidence),
                name="invoices_invoice_evidence",
            ),
            path("<int:pk>/lines/<int:number>/", self.admin_site.admin_view(self.line), name="invoices_invoice_line"),
            *super().get_urls(),
        ]

    def line(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        """Answer "why this quantity?" for a line (BR-77)."""
        invoice, explanation = self._explanation(request, pk, number)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": invoice,
            "credit": getattr(invoice, "credit", None),
            "title": explanation.line.description,
            "explanation": explanation,
            "evidence": evidence_table(explanation, limit=ROWS_ON_A_PAGE),
            "back": reverse("admin:invoices_invoice_change", args=[pk]),
            "csv_url": reverse("admin:invoices_invoice_evidence", args=[pk, number]),
        }
        return TemplateResponse(request, "admin/seatbill/line.html", context)

    def line_evidence(self, request: HttpRequest, pk: int, number: int) -> StreamingHttpResponse:
        """Hand out all evidence behind a line as CSV."""
        invoice, explanation = self._explanation(request, pk, number)
        response = StreamingHttpResponse(evidence_csv(explanation), content_type="text/csv; charset=utf-8")
        name = evidence_file_name(number=invoice.number, line=number)
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["Cache-Control"] = "no-store"
        return response

    def _explanation(self, request: HttpRequest, pk: int, number: int) -> tuple[Invoice, LineExplanation]:
        # Read through the person's own rows: what is not theirs is not found.
        invoice = self.get_object(request, str(pk))
        explanation = find_explanation(invoice, number=number, language=current_language())
        if explanation is None:
            raise Http404
        return invoice, explanation

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

    @admin.display(description=_("credited by hand"))
    def given_back(self, invoice: Invoice) -> str:
        credited = get_credited(invoice, language=current_language())
        return render_to_string("admin/seatbill/credited.html", {"credited": credited})

    @admin.display(description=_("credits"))
    def credits(self, invoice: Invoice) -> str:
        original = invoice.credit.original
        url = reverse("admin:invoices_invoice_change", args=[original.pk])
        return render_to_string("admin/seatbill/link.html", {"url": url, "words": original.number})

    @admin.display(description=_("issued by"), empty_value="–")
    def issued_by(self, invoice: Invoice) -> Any:
        return invoice.credit.issued_by

    @admin.display(description=_("reason"))
    def reason(self, invoice: Invoice) -> str:
        return invoice.credit.reason

    @admin.display(description=_("parties and terms"))
    def copied(self, invoice: Invoice) -> str:
        return pretty(invoice.frozen)

    @page_action(description=_("Issue a credit note"), icon="undo", permissions=["credit"])
    def issue_credit_note(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask what to give back, show the document that it comes to, and issue it once it is confirmed."""
        invoice = self.get_object(request, object_id)
        form = CreditForm(request.POST or None, invoice=invoice)
        if not form.is_valid() or "change" in request.POST:
            return self._credit_page(request, invoice, "form", {"form": form, "lines": list(form.lines())})
        if "confirmed" not in request.POST:
            preview = preview_credit(invoice, form.request(), now=database_now(), language=current_language())
            left = {"before": self._money(preview.left_before), "after": self._money(preview.left_after)}
            return self._credit_page(request, invoice, "preview", {"form": form, "document": preview.document, **left})
        return self._issue_credit(request, invoice, form)

    def _credit_page(self, request: HttpRequest, invoice: Invoice, step: str, more: dict[str, Any]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": invoice,
            "title": _("Credit note for %(number)s") % {"number": invoice.number},
            "credited": get_credited(invoice, language=current_language()),
            "back": reverse("admin:invoices_invoice_change", args=[invoice.pk]),
            **more,
        }
        return TemplateResponse(request, f"admin/seatbill/credit_{step}.html", context)

    def _issue_credit(self, request: HttpRequest, invoice: Invoice, form: CreditForm) -> HttpResponse:
        try:
            issued = issue_credit(
                invoice_id=invoice.pk, request=form.request(), issued_by=person(request), now=database_now()
            )
        except (CreditRefusedError, UncreditableError):
            words = _("%(number)s has been credited meanwhile: look at what is left of it, and ask again.")
            self.message_user(request, words % {"number": invoice.number}, messages.WARNING)
            return HttpResponseRedirect(reverse("admin:invoices_invoice_change", args=[invoice.pk]))
        self.log_change(request, invoice, f"Credited by {issued.number}")
        words = _("%(number)s is issued: it gives back %(total)s of %(original)s.")
        names = {"number": issued.number, "total": self.shown_total(issued), "original": invoice.number}
        self.message_user(request, words % names, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:invoices_invoice_change", args=[issued.pk]))

    def _money(self, amount: Money) -> str:
        return format_money(amount, current_language())

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
