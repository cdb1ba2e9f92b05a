"""An organization's documents for those who may see them: the list, one document, its PDF, each line explained."""

from io import BytesIO
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from invoices.documents import get_credited, get_invoice_document
from invoices.documents.explanation import ROWS_ON_A_PAGE, LineExplanation, evidence_table
from invoices.exports.evidence import evidence_csv
from invoices.exports.names import evidence_file_name, file_stem
from invoices.models import Invoice, RenderedPdf
from invoices.selectors import list_invoices
from invoices.services.explaining import find_explanation
from invoices.tables import InvoiceTable
from subscriptions.models import Organization
from subscriptions.selectors import list_organizations_with_invoices
from subscriptions.tables import Keyset, instant
from subscriptions.views import get_organization

NEWEST_FIRST = Keyset(column="issued_at", parse=instant, descending=True)


@require_safe
@login_required
def invoice_list(request: HttpRequest, code: str) -> HttpResponse:
    """List an organization's documents, newest first."""
    organization = _organization(request, code)
    # What a list does not show is not fetched: each document's frozen copy, each PDF.
    documents = list_invoices(organization).select_related("pdf", "issuing_entity").defer("frozen", "pdf__content")
    page = NEWEST_FIRST.page(documents, request.GET.dict())
    table = InvoiceTable(page.rows, organization=organization, several_issuers=_has_several_issuers(organization))
    return render(request, "invoices/portal/list.html", {"organization": organization, "page": page, "table": table})


@require_safe
@login_required
def invoice_detail(request: HttpRequest, code: str, number: str) -> HttpResponse:
    """Show a document with its lines, in the sections of its PDF."""
    organization = _organization(request, code)
    invoice = _invoice(request, organization, number)
    query = _issuer_query(invoice)
    context = {
        "organization": organization,
        "document": get_invoice_document(invoice, language=get_language()),
        "credited": get_credited(invoice, language=get_language()),
        "has_pdf": _rendered(invoice).exists(),
        "pdf_url": reverse("invoice_pdf", args=[code, number]) + query,
        "number": number,
        "issuer_query": query,
    }
    return render(request, "invoices/portal/detail.html", context)


@require_safe
@login_required
def invoice_pdf(request: HttpRequest, code: str, number: str) -> HttpResponseBase:
    """Hand out a document's PDF; while it is being made, show the document instead and say so."""
    organization = _organization(request, code)
    invoice = _invoice(request, organization, number)
    pdf = _rendered(invoice).first()
    if pdf is None:
        messages.info(request, _("The PDF is still being made. It is here within a few minutes."))
        return redirect(reverse("invoice_detail", args=[code, number]) + _issuer_query(invoice))
    content = BytesIO(bytes(pdf.content or b""))
    response = FileResponse(content, as_attachment=True, filename=f"{file_stem(invoice.number)}.pdf")
    response["Cache-Control"] = "no-store"
    return response


@require_safe
@login_required
def line_detail(request: HttpRequest, code: str, number: str, line: int) -> HttpResponse:
    """Answer "why this quantity?" for a line: the rule, the inputs, and the first rows of the evidence (BR-77)."""
    organization = _organization(request, code)
    invoice = _invoice(request, organization, number)
    explanation, query = _explanation(invoice, line), _issuer_query(invoice)
    context = {
        "organization": organization,
        "invoice": invoice,
        "explanation": explanation,
        "evidence": evidence_table(explanation, limit=ROWS_ON_A_PAGE),
        "invoice_url": reverse("invoice_detail", args=[code, number]) + query,
        "csv_url": reverse("line_evidence", args=[code, number, line]) + query,
    }
    return render(request, "invoices/portal/line.html", context)


@require_safe
@login_required
def line_evidence(request: HttpRequest, code: str, number: str, line: int) -> HttpResponseBase:
    """Hand out all evidence behind a line as CSV, row by row."""
    invoice = _invoice(request, _organization(request, code), number)
    explanation = _explanation(invoice, line)
    response = StreamingHttpResponse(evidence_csv(explanation), content_type="text/csv; charset=utf-8")
    name = evidence_file_name(number=invoice.number, line=line)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def _explanation(invoice: Invoice, line: int) -> LineExplanation:
    explanation = find_explanation(invoice, number=line, language=get_language())
    if explanation is None:
        raise Http404
    return explanation


def _organization(request: HttpRequest, code: str) -> Organization:
    return get_organization(code=code, among=list_organizations_with_invoices(request.user), person=request.user)


def _invoice(request: HttpRequest, organization: Organization, number: str) -> Invoice:
    """Return the document with this number; the newest if several issuing entities use it and none is named."""
    documents = list_invoices(organization).filter(number=number).select_related("organization", "issuing_entity")
    if issuer := request.GET.get("issuer"):
        documents = documents.filter(issuing_entity__code=issuer)
    invoice = documents.first()
    if invoice is None:
        raise Http404
    return invoice


def _rendered(invoice: Invoice) -> QuerySet[RenderedPdf]:
    return RenderedPdf.objects.filter(invoice=invoice, rendered_at__isnull=False)


def _issuer_query(invoice: Invoice) -> str:
    """Return what an address says of the issuer: nothing, where its numbers cannot be mistaken (BR-75)."""
    several = _has_several_issuers(invoice.organization)
    return f"?{urlencode({'issuer': invoice.issuing_entity.code})}" if several else ""


def _has_several_issuers(organization: Organization) -> bool:
    issuers = list_invoices(organization).order_by().values("issuing_entity").distinct()
    return len(issuers[:2]) > 1
