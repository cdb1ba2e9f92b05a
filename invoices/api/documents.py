"""What invoices and credit notes share in the API: how a document, its lines and its PDF are told."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Schema, Status
from pydantic import Field

from invoices.choices import DocumentType
from invoices.domain.ageing import Standing, standing
from invoices.domain.charge import ChargeKind
from invoices.exports.names import file_stem
from invoices.models import Invoice, InvoiceLine, RenderedPdf
from subscriptions.api.caller import caller_of, get_organization
from subscriptions.api.conditional import digest_of, is_known, not_modified
from subscriptions.api.paging import Page, PageQuery, read_page
from subscriptions.api.values import Id, Instant, Money, Quantity, money, price, quantity
from subscriptions.domain.period import local_date
from subscriptions.keysets import SortKey
from subscriptions.models import Organization
from subscriptions.tables import instant

NEWEST_FIRST = (
    SortKey(path="issued_at", parse=instant, descending=True),
    SortKey(path="pk", parse=int, descending=True),
)

IN_ORDER = (SortKey(path="position", parse=int), SortKey(path="pk", parse=int))

LINES_WITH_IT = 200
"""A document brings so many of its lines with it; one may have a hundred thousand."""

PDF_ANSWERS = {
    200: {
        "description": "The PDF.",
        "content": {"application/pdf": {"schema": {"type": "string", "contentMediaType": "application/pdf"}}},
    },
}


class PdfBeingMade(Schema):
    """There is no PDF yet."""

    detail: str = "The PDF is still being made: ask again in a minute."


class Tax(Schema):
    """What one authority charges."""

    authority: str
    rate: Quantity = Field(description="Percent.")
    taxable: Quantity = Field(description="Percent of the revenue that is taxed.")
    amount: Money


class Line(Schema):
    """One charge."""

    number: int = Field(description="Its place on the document, from 1.")
    kind: ChargeKind
    corrects: ChargeKind | None = Field(description="The kind that an adjustment corrects or a credit gives back.")
    product: str
    description: str = Field(description="The product's name as it was printed.")
    quantity: Quantity
    unit_price: Money
    months: int = Field(description="Periods of an advance charge, 1 on any other line.")
    amount: Money
    service_start: date
    service_end: date = Field(description="Inclusive.")
    destination: str = Field(description="Of calls; else empty.")
    direction: str


class LinePage(Page):
    """Some lines of a document, in its order."""

    items: list[Line]


class DocumentSummary(Schema):
    """An issued document, as it stands now."""

    id: Id
    number: str
    organization: str
    subscription: Id
    billing_cycle: Id | None
    issuing_entity: str
    issued_at: Instant
    invoice_date: date
    due_date: date
    subtotal: Money
    tax: Money
    total: Money
    open: Money = Field(description="What is still to be paid; of a credit note, what is still to be used.")
    status: Standing
    is_pdf_ready: bool


class DocumentAnswer(DocumentSummary):
    """An issued document with its lines."""

    po_number: str
    bill_to: str = Field(description="The name on it.")
    credits_invoice: str | None = Field(description="Of a credit note by hand: the number of what it gives back.")
    taxes: list[Tax]
    lines: list[Line] = Field(description="The first 200.")
    lines_next: str | None = Field(description="The address of the others, if there are more.")


class DocumentPage(Page):
    """Some documents."""

    items: list[DocumentSummary]


def list_documents(organization: Organization, kind: DocumentType) -> QuerySet[Invoice]:
    """Return an organization's documents of a kind, with what is shown of them."""
    rows = Invoice.objects.filter(organization=organization, document_type=kind)
    return rows.select_related("balance", "subscription", "issuing_entity", "pdf").defer("frozen", "pdf__content")


def get_document(request: HttpRequest, code: str, kind: DocumentType, document: int) -> Invoice:
    """
    Return the document that an address names, with its frozen copy.

    :raises Http404: if it does not exist for the caller
    """
    rows = Invoice.objects.filter(organization=get_organization(request, code), document_type=kind, pk=document)
    related = ("organization", "balance", "subscription", "issuing_entity", "pdf", "cycle__subscription")
    found = rows.select_related(*related).defer("pdf__content").first()
    if found is None:
        raise Http404
    return found


def read_documents(
    request: HttpRequest, response: HttpResponse, organization: Organization, rows: QuerySet[Invoice], query: PageQuery
) -> DocumentPage:
    """Return a page of an organization's documents, the newest first."""
    now = caller_of(request).asked_at
    shown, following = read_page(request, response, rows, query, NEWEST_FIRST)
    return DocumentPage(
        items=[DocumentSummary(**_summarize(row, organization, now=now)) for row in shown], next=following
    )


def answer_document(request: HttpRequest, response: HttpResponse, row: Invoice) -> Any:
    """Return a document with its taxes and its first lines; to who has just this, say only that."""
    answer = _tell(request, row)
    return not_modified(response) if is_known(request, response, digest_of(answer)) else answer


def read_lines(request: HttpRequest, response: HttpResponse, row: Invoice, query: PageQuery) -> LinePage:
    """Return a page of a document's lines, in its order."""
    rows, following = read_page(request, response, InvoiceLine.objects.filter(invoice=row), query, IN_ORDER)
    return LinePage(items=[_line(line, row.currency) for line in rows], next=following)


def answer_pdf(request: HttpRequest, response: HttpResponse, row: Invoice) -> HttpResponse | Status[PdfBeingMade]:
    """Return the PDF of a document; while it is being made, say so."""
    rendered = RenderedPdf.objects.filter(invoice=row, rendered_at__isnull=False).first()
    if rendered is None:
        response["Retry-After"] = "60"
        return Status(202, PdfBeingMade())
    if is_known(request, response, rendered.sha256[:32]):
        return not_modified(response)
    response["Content-Type"] = "application/pdf"
    response["Content-Disposition"] = f'attachment; filename="{file_stem(row.number)}.pdf"'
    response.content = bytes(rendered.content or b"")
    return response


def _summarize(row: Invoice, organization: Organization, *, now: datetime) -> dict[str, Any]:
    """Return a document in short, as the fields of a `DocumentSummary`."""
    today = local_date(now, time_zone=row.subscription.time_zone)
    rendered = getattr(row, "pdf", None)
    return {
        "id": row.pk,
        "number": row.number,
        "organization": organization.code,
        "subscription": row.subscription_id,
        "billing_cycle": row.cycle_id,
        "issuing_entity": row.issuing_entity.code,
        "issued_at": row.issued_at,
        "invoice_date": row.invoice_date,
        "due_date": row.due_date,
        "subtotal": money(row.subtotal, row.currency),
        "tax": money(row.tax, row.currency),
        "total": money(row.total, row.currency),
        "open": money(row.balance.open, row.currency),
        "status": standing(
            is_credit_note=row.document_type == DocumentType.CREDIT_NOTE,
            open_amount=row.balance.open,
            due_date=row.due_date,
            on=today,
        ),
        "is_pdf_ready": rendered is not None and rendered.rendered_at is not None,
    }


def _tell(request: HttpRequest, row: Invoice) -> DocumentAnswer:
    """Return a document with its taxes and its first lines."""
    lines = list(row.lines.order_by("position")[: LINES_WITH_IT + 1])
    credited: Mapping[str, Any] = row.frozen.get("credits") or {}
    return DocumentAnswer(
        **_summarize(row, row.organization, now=caller_of(request).asked_at),
        po_number=row.frozen.get("po_number") or "",
        bill_to=row.frozen["bill_to"]["legal_name"],
        credits_invoice=credited.get("number"),
        taxes=[
            Tax(
                authority=tax.authority,
                rate=quantity(tax.rate),
                taxable=quantity(tax.taxable),
                amount=money(tax.amount, row.currency),
            )
            for tax in row.taxes.order_by("position")
        ],
        lines=[_line(line, row.currency) for line in lines[:LINES_WITH_IT]],
        lines_next=f"{request.path}/lines" if len(lines) > LINES_WITH_IT else None,
    )


def _line(line: InvoiceLine, currency: str) -> Line:
    return Line(
        number=line.position + 1,
        kind=ChargeKind(line.kind),
        corrects=ChargeKind(line.corrects) if line.corrects else None,
        product=line.product,
        description=line.description,
        quantity=quantity(line.quantity),
        unit_price=price(line.unit_price, currency),
        months=line.months,
        amount=money(line.amount, currency),
        service_start=line.service_start,
        service_end=line.service_end,
        destination=line.destination,
        direction=line.direction,
    )
