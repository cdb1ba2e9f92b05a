"""The API's credit notes: those of closes, and those by hand."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

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
from subscriptions.api.caller import Code, Number, get_organization
from subscriptions.api.paging import PageQuery
from subscriptions.api.values import Id

router = Router(tags=["credit notes"])

CREDIT_NOTE = DocumentType.CREDIT_NOTE


@router.get("/organizations/{organization}/credit-notes", response=DocumentPage, summary="List credit notes")
def list_credit_notes(
    request: HttpRequest, response: HttpResponse, organization: Code, query: Query[PageQuery]
) -> DocumentPage:
    """List the credit notes of an organization, the newest first."""
    own = get_organization(request, organization)
    return read_documents(request, response, own, list_documents(own, CREDIT_NOTE), query)


@router.get(
    "/organizations/{organization}/credit-notes/{credit_note}",
    response={200: DocumentAnswer, 304: None},
    summary="Read a credit note",
)
def read_credit_note(request: HttpRequest, response: HttpResponse, organization: Code, credit_note: Id) -> Any:
    """Read a credit note with its lines; its amounts are what is given back."""
    return answer_document(request, response, get_document(request, organization, CREDIT_NOTE, credit_note))


@router.get(
    "/organizations/{organization}/credit-notes/{credit_note}/lines",
    response=LinePage,
    summary="List the lines of a credit note",
)
def list_credit_note_lines(
    request: HttpRequest, response: HttpResponse, organization: Code, credit_note: Id, query: Query[PageQuery]
) -> LinePage:
    """List the lines of a credit note, in its order."""
    return read_lines(request, response, get_document(request, organization, CREDIT_NOTE, credit_note), query)


@router.get(
    "/organizations/{organization}/credit-notes/{credit_note}/lines/{line}/explanation",
    response=Explanation,
    summary="Explain a line of a credit note",
)
def explain_credit_note_line(
    request: HttpRequest, organization: Code, credit_note: Id, line: Number, query: Query[ExplanationQuery]
) -> Explanation:
    """Answer “why this quantity?”: the rules, the inputs, the arithmetic, and the first rows of the evidence."""
    return explain(get_document(request, organization, CREDIT_NOTE, credit_note), line, language=query.language)


@router.get(
    "/organizations/{organization}/credit-notes/{credit_note}/pdf",
    response={200: None, 202: PdfBeingMade, 304: None},
    summary="Read the PDF of a credit note",
    openapi_extra={"responses": PDF_ANSWERS},
)
def read_credit_note_pdf(request: HttpRequest, response: HttpResponse, organization: Code, credit_note: Id) -> Any:
    """Read a credit note as it was mailed, byte by byte; it never changes."""
    return answer_pdf(request, response, get_document(request, organization, CREDIT_NOTE, credit_note))
