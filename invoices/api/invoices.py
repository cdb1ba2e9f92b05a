"""The API's invoices."""

from datetime import date, datetime
from http import HTTPStatus
from typing import Any, Literal

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from invoices.api.documents import (
    PDF_ANSWERS,
    DocumentAnswer,
    DocumentPage,
    LinePage,
    PdfBeingMade,
    answer_document,
    answer_pdf,
    get_document,
    list_documents,
    read_documents,
    read_lines,
)
from invoices.api.explanations import Explanation, ExplanationQuery, explain
from invoices.choices import DocumentType
from invoices.models import Invoice
from subscriptions.api.caller import Code, Number, caller_of, get_organization
from subscriptions.api.paging import PageQuery
from subscriptions.api.problems import refuse_field
from subscriptions.api.values import Id
from subscriptions.domain.period import local_date
from subscriptions.models import Organization

router = Router(tags=["invoices"])

Currency = Literal["AUD", "BRL", "CAD", "EUR", "GBP", "JPY", "NZD", "USD"]
INVOICE = DocumentType.INVOICE


class InvoiceQuery(PageQuery):
    """Which invoices."""

    status: Literal["open", "past_due", "paid"] | None = Field(
        default=None, description="How they stand today; open: something is to be paid, and it is not past due."
    )
    currency: Currency | None = Field(default=None, description="In this currency.")
    issued_from: date | None = Field(default=None, description="With this invoice date or a later one.")
    issued_to: date | None = Field(default=None, description="With this invoice date or an earlier one.")
    number: str | None = Field(default=None, max_length=50, description="With this number.")


@router.get("/organizations/{organization}/invoices", response=DocumentPage, summary="List invoices")
def list_invoices(
    request: HttpRequest, response: HttpResponse, organization: Code, query: Query[InvoiceQuery]
) -> DocumentPage:
    """List the invoices of an organization, the newest first."""
    own, now = get_organization(request, organization), caller_of(request).asked_at
    found = _filtered(list_documents(own, INVOICE), query, past_due=_past_due(own, now) if query.status else Q())
    return read_documents(request, response, own, found, query)


@router.get(
    "/organizations/{organization}/invoices/{invoice}",
    response={200: DocumentAnswer, 304: None},
    summary="Read an invoice",
)
def read_invoice(request: HttpRequest, response: HttpResponse, organization: Code, invoice: Id) -> Any:
    """
    Read an invoice with its lines.

    What was issued never changes; `open` and `status` follow what is paid. Send the tag of an answer as
    `If-None-Match`, and it comes again only if it is another one.
    """
    return answer_document(request, response, get_document(request, organization, INVOICE, invoice))


@router.get(
    "/organizations/{organization}/invoices/{invoice}/lines", response=LinePage, summary="List the lines of an invoice"
)
def list_invoice_lines(
    request: HttpRequest, response: HttpResponse, organization: Code, invoice: Id, query: Query[PageQuery]
) -> LinePage:
    """List the lines of an invoice, in its order."""
    return read_lines(request, response, get_document(request, organization, INVOICE, invoice), query)


@router.get(
    "/organizations/{organization}/invoices/{invoice}/lines/{line}/explanation",
    response=Explanation,
    summary="Explain a line of an invoice",
)
def explain_invoice_line(
    request: HttpRequest, organization: Code, invoice: Id, line: Number, query: Query[ExplanationQuery]
) -> Explanation:
    """Answer “why this quantity?”: the rules, the inputs, the arithmetic, and the first rows of the evidence."""
    return explain(get_document(request, organization, INVOICE, invoice), line, language=query.language)


@router.get(
    "/organizations/{organization}/invoices/{invoice}/pdf",
    response={200: None, 202: PdfBeingMade, 304: None},
    summary="Read the PDF of an invoice",
    openapi_extra={"responses": PDF_ANSWERS},
)
def read_invoice_pdf(request: HttpRequest, response: HttpResponse, organization: Code, invoice: Id) -> Any:
    """Read an invoice as it was mailed, byte by byte; it never changes."""
    return answer_pdf(request, response, get_document(request, organization, INVOICE, invoice))


def _past_due(organization: Organization, now: datetime) -> Q:
    """Return what is past due, each document by the calendar of its own billing time zone."""
    zones = organization.subscriptions.order_by().values_list("time_zone", flat=True).distinct()
    found = Q(pk__in=[])
    for zone in zones:
        found |= Q(subscription__time_zone=zone, due_date__lt=local_date(now, time_zone=zone))
    return found


def _filtered(rows: QuerySet[Invoice], query: InvoiceQuery, *, past_due: Q) -> QuerySet[Invoice]:
    if query.issued_from and query.issued_to and query.issued_from > query.issued_to:
        raise refuse_field(HTTPStatus.UNPROCESSABLE_ENTITY, "issued_to", "It lies before issued_from: nothing can be.")
    if query.number is not None and "\x00" in query.number:
        raise refuse_field(HTTPStatus.UNPROCESSABLE_ENTITY, "number", "It holds a NUL character.")
    conditions = {
        "status": {
            "open": Q(balance__open__gt=0) & ~past_due,
            "past_due": Q(balance__open__gt=0) & past_due,
            "paid": Q(balance__open=0),
        }.get(query.status or ""),
        "currency": Q(currency=query.currency) if query.currency else None,
        "from": Q(invoice_date__gte=query.issued_from) if query.issued_from else None,
        "to": Q(invoice_date__lte=query.issued_to) if query.issued_to else None,
        "number": Q(number=query.number) if query.number is not None else None,
    }
    for condition in filter(None, conditions.values()):
        rows = rows.filter(condition)
    return rows
