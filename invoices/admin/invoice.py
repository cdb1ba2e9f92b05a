"""Issued documents: read, searched and downloaded; nobody changes or deletes one."""

import re
from typing import Any

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from invoices.admin.ageing import AgeingPages
from invoices.admin.credit import CREDIT_FIELDS, CREDIT_FIELDSETS, CreditNotes
from invoices.admin.filters import AgeFilter, DeliveryFilter, InvoicePdfFilter
from invoices.admin.line import InvoiceLineInline, InvoiceTaxInline
from invoices.choices import PAYABLE, DocumentType
from invoices.documents.dunning import promise_of, reminders_sent, what_comes_next
from invoices.documents.explanation import ROWS_ON_A_PAGE, LineExplanation, evidence_table
from invoices.exports.evidence import evidence_csv
from invoices.exports.names import XML, e_invoice_file_name, evidence_file_name
from invoices.models import EInvoiceFile, Invoice, InvoiceDelivery, RenderedPdf
from invoices.selectors.deliveries import list_mails_of
from invoices.services.delivering import DeliveryError, send_again, sent_again_words
from invoices.services.explaining import find_explanation
from subscriptions.admin.base import FactAdmin
from subscriptions.admin.filters import BY_ORGANIZATION, CurrencyFilter
from subscriptions.admin.parts import badge, current_language, page_action, pretty, shown_money
from subscriptions.admin.roles import person
from subscriptions.choices import AuditKind, PdfState
from subscriptions.domain.formatting import format_day
from subscriptions.models import BillingContact, OutgoingMail
from subscriptions.selectors.attention import PDF_STATES
from subscriptions.selectors.clock import database_now

MAILS_SHOWN = 20
REMINDER_FIELDS: list[Any] = ["reminded", "comes_next", "promised"]
LINK = "text-primary-600 dark:text-primary-500 underline"


@admin.register(Invoice)
class InvoiceAdmin(AgeingPages, CreditNotes, FactAdmin):
    audited_as = AuditKind.DOCUMENT
    when_empty = _(
        "Invoices and credit notes are issued when a billing cycle opens or closes. Begin with an organization and "
        "its subscription; the rest happens by itself."
    )
    list_display = [
        "number",
        "organization",
        "document",
        "invoice_date",
        "due_date",
        "shown_total",
        "pdf_state",
        "mail_state",
    ]
    list_filter = [
        AgeFilter,
        DeliveryFilter,
        InvoicePdfFilter,
        BY_ORGANIZATION,
        "document_type",
        CurrencyFilter,
        "invoice_date",
    ]
    list_select_related = ["organization"]
    search_fields = ["^number", "sequence", "^subscription__po_number"]
    search_help_text = _("Number, organization, contact or PO")
    export_columns = {"shown_total": ["subtotal", "tax", "total", "currency"]}
    fieldsets = [
        (None, {"fields": [("organization", "subscription", "cycle"), ("number", "document_type", "issuing_entity")]}),
        (_("Dates"), {"fields": [("invoice_date", "due_date", "issued_at")]}),
        (_("Amounts"), {"fields": [("shown_subtotal", "shown_tax", "shown_total")]}),
        *CREDIT_FIELDSETS,
        (_("PDF and e-invoice"), {"fields": [("pdf_made", "e_invoice_made")]}),
        (_("By mail"), {"fields": ["mails"]}),
        (_("Reminders"), {"fields": REMINDER_FIELDS}),
        (_("Frozen on issue"), {"fields": ["copied"], "classes": ["collapse"]}),
    ]
    readonly_fields = [
        *("shown_subtotal", "shown_tax", "shown_total"),
        *CREDIT_FIELDS,
        *("pdf_made", "e_invoice_made", "mails"),
        *REMINDER_FIELDS,
        "copied",
    ]
    inlines = [InvoiceLineInline, InvoiceTaxInline]
    actions_detail = ["download_pdf", "send_again", "issue_credit_note", "record_promise"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rendered = RenderedPdf.objects.filter(invoice=OuterRef("pk"), rendered_at__isnull=False)
        failed = RenderedPdf.objects.filter(PDF_STATES[PdfState.FAILED], invoice=OuterRef("pk"))
        queued = InvoiceDelivery.objects.filter(invoice=OuterRef("pk"), queued_at__isnull=False)
        contacts = BillingContact.objects.filter(organization=OuterRef("organization"))
        rows = super().get_queryset(request).defer("frozen")
        with_states: QuerySet[Any] = rows.annotate(
            is_rendered=Exists(rendered),
            is_failed=Exists(failed),
            has_contact=Exists(contacts),
            is_queued=Exists(queued),
        )
        return with_states

    def get_urls(self) -> list[URLPattern]:
        # Before Django's own: the last of those takes every address for a row's.
        return [
            *self.ageing_urls(),
            path(
                "<int:pk>/lines/<int:number>/evidence.csv",
                self.admin_site.admin_view(self.line_evidence),
                name="invoices_invoice_evidence",
            ),
            path(
                "<int:pk>/factur-x.xml",
                self.admin_site.admin_view(self.e_invoice_file),
                name="invoices_invoice_e_invoice",
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
        return response

    def e_invoice_file(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Hand out what programs read of a document; of one without it, say so."""
        # Read through the person's own rows: what is not theirs is not found.
        invoice = self.get_object(request, str(pk))
        if invoice is None:
            raise Http404
        file = EInvoiceFile.objects.filter(invoice=invoice).first()
        if file is None:
            words = _("This document has no e-invoice file, or its PDF is still being made.")
            self.message_user(request, words, messages.INFO)
            return HttpResponseRedirect(reverse("admin:invoices_invoice_change", args=[pk]))
        response = HttpResponse(bytes(file.content), content_type=XML)
        response["Content-Disposition"] = f'attachment; filename="{e_invoice_file_name(invoice.number)}"'
        return response

    def _explanation(self, request: HttpRequest, pk: int, number: int) -> tuple[Invoice, LineExplanation]:
        # Read through the person's own rows: what is not theirs is not found.
        invoice = self.get_object(request, str(pk))
        explanation = find_explanation(invoice, number=number, language=current_language())
        if explanation is None:
            raise Http404
        return invoice, explanation

    @badge(description=_("document"), colors={"invoice": "", "credit_note": "warning", "opening_item": "info"})
    def document(self, invoice: Invoice) -> tuple[str, Any]:
        if invoice.document_type == DocumentType.OPENING_ITEM:
            return invoice.document_type, _("Previous system")
        return invoice.document_type, DocumentType(invoice.document_type).label

    @badge(description=_("PDF"), colors={"ready": "success", "failed": "danger", "pending": "", "none": ""})
    def pdf_state(self, invoice: Any) -> tuple[str, Any]:
        if invoice.document_type == DocumentType.OPENING_ITEM:
            return "none", _("In the old system")
        if invoice.is_rendered:
            return "ready", _("Ready")
        return ("failed", _("Failed")) if invoice.is_failed else ("pending", _("Being made"))

    @admin.display(description=_("PDF"))
    def pdf_made(self, invoice: Invoice) -> str:
        if invoice.document_type == DocumentType.OPENING_ITEM:
            return str(_("None here: the old system has it"))
        pdf = RenderedPdf.objects.defer("content").filter(invoice=invoice).first()
        if pdf is None or not (pdf.rendered_at or invoice.is_failed):  # type: ignore[attr-defined]
            return str(_("Being made"))
        if pdf.rendered_at:
            return str(_("Ready"))
        again = _("It could not be made, is tried again by itself, and nothing is mailed before: %(reason)s")
        return again % {"reason": pdf.last_error}

    @admin.display(description=_("e-invoice"), empty_value="–")
    def e_invoice_made(self, invoice: Invoice) -> str | None:
        if not EInvoiceFile.objects.filter(invoice=invoice).exists():
            return None
        url = reverse("admin:invoices_invoice_e_invoice", args=[invoice.pk])
        return format_html('<a href="{}" class="{}">{}</a>', url, LINK, _("Download the XML (Factur-X, EN 16931)"))

    @badge(description=_("mail"), colors={"queued": "success", "pending": "", "nobody": "warning", "none": ""})
    def mail_state(self, invoice: Any) -> tuple[str, Any]:
        if invoice.document_type == DocumentType.OPENING_ITEM:
            return "none", _("By the old system")
        if invoice.is_queued:
            return "queued", _("Handed over")
        return ("pending", _("Waits for its PDF")) if invoice.has_contact else ("nobody", _("No billing contact"))

    @admin.display(description=_("sent to"), empty_value="–")
    def mails(self, invoice: Invoice) -> str | None:
        sent = [f"{mail.recipient} ({_delivered(mail)})" for mail in list_mails_of(invoice)[:MAILS_SHOWN]]
        return ", ".join(sent) or None

    @admin.display(description=_("sent"), empty_value="–")
    def reminded(self, invoice: Invoice) -> str | None:
        return "\n".join(reminders_sent(invoice)) or None

    @admin.display(description=_("comes next"))
    def comes_next(self, invoice: Invoice) -> str:
        return what_comes_next(invoice, now=database_now())

    @admin.display(description=_("promised"), empty_value="–")
    def promised(self, invoice: Invoice) -> str | None:
        return promise_of(invoice, now=database_now()) or None

    @admin.display(description=_("subtotal"))
    def shown_subtotal(self, invoice: Invoice) -> str:
        return shown_money(invoice.subtotal, invoice.currency)

    @admin.display(description=_("tax"))
    def shown_tax(self, invoice: Invoice) -> str:
        return shown_money(invoice.tax, invoice.currency)

    @admin.display(description=_("total"))
    def shown_total(self, invoice: Invoice) -> str:
        return shown_money(invoice.total, invoice.currency)

    @admin.display(description=_("parties and terms"))
    def copied(self, invoice: Invoice) -> str:
        return pretty(invoice.frozen)

    def has_pdf_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if object_id is None:
            return False
        invoice = self.get_object(request, object_id)
        return bool(invoice.document_type != DocumentType.OPENING_ITEM)

    @page_action(description=_("Download PDF"), icon="download", permissions=["pdf"])
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
        return response

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is not None and obj.document_type in PAYABLE:
            return fieldsets
        # Nobody is reminded of a credit note.
        return [part for part in fieldsets if part[1]["fields"] is not REMINDER_FIELDS]

    def has_promise_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if object_id is None:
            return False
        invoice = self.get_object(request, object_id)
        return bool(invoice.document_type in PAYABLE and invoice.balance.open > 0)

    @page_action(description=_("Record a promise to pay"), icon="handshake", permissions=["promise"])
    def record_promise(self, request: HttpRequest, object_id: str) -> HttpResponse:
        invoice = self.get_object(request, object_id)
        page = reverse("admin:invoices_record_promise", args=[invoice.organization_id])
        return HttpResponseRedirect(f"{page}?invoice={invoice.pk}")

    def has_send_again_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return object_id is not None and self.get_object(request, object_id).is_queued

    @page_action(description=_("Send again to the contacts"), icon="forward_to_inbox", permissions=["send_again"])
    def send_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        invoice = self.get_object(request, object_id)
        back = reverse("admin:invoices_invoice_change", args=[invoice.pk])
        times = request.GET.get("times", "")
        if not (times.isascii() and times.isdecimal()):
            # The address names the wish: sent twice, it is still one.
            return HttpResponseRedirect(f"{request.path}?times={invoice.delivery.times_again}")
        if request.method != "POST":
            contacts = list(BillingContact.objects.filter(organization_id=invoice.organization_id).order_by("pk"))
            words = ngettext(
                "It goes to %(count)s billing contact of %(organization)s, with its PDF.",
                "It goes to %(count)s billing contacts of %(organization)s, with its PDF.",
                len(contacts),
            )
            return self.confirmation(
                request,
                title=_("Send %(number)s again?") % {"number": invoice.number},
                message=words % {"count": len(contacts), "organization": invoice.organization},
                button=_("Send again"),
                back=back,
            )
        try:
            count = send_again(invoice, times_before=int(times), asked_by=person(request), now=database_now())
        except DeliveryError as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.message_user(request, sent_again_words(count), messages.SUCCESS)
        return HttpResponseRedirect(back)


def _delivered(mail: OutgoingMail) -> str:
    if mail.sent_at is not None:
        return format_day(mail.sent_at.date(), current_language())
    return str(_("failed, tried again") if mail.has_failed else _("waiting"))


def _file_name(number: str) -> str:
    """Return a file name from the number alone: prefixes are typed by people, headers must not carry what they like."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", number).strip(".") + ".pdf"
