"""Issues credit notes by hand against issued invoices, whole or by line, until an invoice is used up (BR-76)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from moneyed import Money

from invoices.choices import DocumentType
from invoices.documents import DocumentLine, InvoiceDocument, build_invoice_document
from invoices.documents.section import Reading, document_line
from invoices.domain.crediting import (
    CreditDraft,
    CreditedPart,
    Given,
    InvoiceLeft,
    draft_credit,
    draft_full_credit,
    left_of,
)
from invoices.domain.draft import InvoiceDraft
from invoices.models import Credit, CreditedLine, Invoice, InvoiceLine, InvoiceTax
from invoices.selectors.billed import charge_of
from invoices.selectors.issued import list_credit_notes
from invoices.services.inputs import CreditInputs, load_credit, load_tax_rates, save_inputs
from invoices.services.issuing import (
    Issue,
    Letter,
    Letterhead,
    document_columns,
    document_lines,
    document_taxes,
    issue_letters,
)
from invoices.services.payments import pay_by_credit_note
from invoices.services.switch import let_nobody_be_parked
from subscriptions.choices import AuditKind
from subscriptions.domain.period import local_date
from subscriptions.models import Subscription
from subscriptions.selectors.agreements import lock_organization
from subscriptions.services.auditing import Deed, record


class CreditRefusedError(ValueError):
    """The document takes no such credit note now; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditRequest:
    """
    What a person wants to give back of an invoice: the parts, or all that is left of it if they are None.

    `place` counts the invoice's credit notes from 1: a request is answered once, however often it is sent. The reason
    is kept, the note is printed.
    """

    place: int
    parts: Sequence[CreditedPart] | None
    reason: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditPreview:
    """The document that a request would issue, as it would be printed but for its number, and what is left then."""

    document: InvoiceDocument
    left_before: Money
    left_after: Money


def get_left(invoice: Invoice) -> InvoiceLeft:
    """Return what of an issued invoice has not been credited by hand."""
    return _left(invoice, Credit.objects.filter(original=invoice))


def next_place(invoice: Invoice) -> int:
    """Return which credit note of the invoice the next one is, counted from 1."""
    return Credit.objects.filter(original=invoice).count() + 1


def find_credit_note(invoice: Invoice, *, place: int, issued_by: User) -> Invoice | None:
    """Return an invoice's credit note at a place if this person issued it."""
    credit = Credit.objects.filter(original=invoice, place=place, issued_by=issued_by).select_related("invoice").first()
    return credit.invoice if credit else None


def may_be_credited(invoice: Invoice) -> bool:
    """Tell whether a document is an invoice of which something is left."""
    if invoice.document_type != DocumentType.INVOICE:
        return False
    return bool(sum((note.total for note in list_credit_notes(invoice)), start=Decimal(0)) < invoice.total)


def list_lines(invoice: Invoice, *, language: str) -> list[DocumentLine]:
    """Return the lines of an invoice as they are read, in their order."""
    reading = Reading(currency=invoice.currency, language=language, licensing_model=invoice.frozen["licensing_model"])
    with translation.override(language):
        return [document_line(line, reading=reading) for line in invoice.lines.order_by("position")]


def check_request(left: InvoiceLeft, parts: Sequence[CreditedPart] | None) -> None:
    """
    See whether the parts, or all of it, can be given back of what is left.

    :raises UncreditableError: if not
    """
    inputs = CreditInputs(parts=parts, net_days=0, tax_rates=left.tax_rates)
    _draft(inputs, left, key="", dated=date.min)


def preview_credit(invoice: Invoice, request: CreditRequest, *, now: datetime, language: str) -> CreditPreview:
    """
    Work out what a request would issue, without writing anything.

    :raises UncreditableError: if it asks for more than is left
    """
    left = get_left(invoice)
    inputs = _inputs(invoice, request, left)
    credit = _draft(inputs, left, key=_key(invoice, request.place), dated=_day(invoice, now))
    draft, head = credit.document, _letterhead(invoice, credit, request.note)
    unsaved = Invoice(
        organization_id=invoice.organization_id,
        subscription_id=invoice.subscription_id,
        issued_at=now,
        **document_columns(draft),
        frozen=head.frozen,
    )
    lines = [
        InvoiceLine(invoice=unsaved, **line) for line in document_lines(unsaved, draft, head.descriptions, revision="")
    ]
    taxes = [InvoiceTax(invoice=unsaved, **tax) for tax in document_taxes(unsaved, draft)]
    return CreditPreview(
        document=build_invoice_document(invoice=unsaved, lines=lines, taxes=taxes, language=language),
        left_before=left.total,
        left_after=left.total - draft.total,
    )


def issue_credit(*, invoice_id: int, request: CreditRequest, issued_by: User, now: datetime) -> Invoice:
    """
    Issue a credit note for an invoice and return it; the same request again returns the one it has issued.

    :raises UncreditableError: if it asks for more than is left
    :raises CreditRefusedError: if the document is no invoice, another credit note came first, or no reason is given
    :raises IssuingStoppedError: if issuing is switched off, or the organization is parked
    """
    if not request.reason.strip():
        raise CreditRefusedError("Say why: the reason is kept with the credit note.")
    with transaction.atomic():
        invoice = _lock(invoice_id)
        if invoice.document_type != DocumentType.INVOICE:
            raise CreditRefusedError(f"{invoice.number} is a credit note: only an invoice is credited.")
        earlier = Credit.objects.filter(original=invoice, place=request.place).select_related("invoice").first()
        if earlier is not None and _answers(earlier, request, issued_by):
            return earlier.invoice
        let_nobody_be_parked(invoice.organization_id)
        if request.place != next_place(invoice):
            raise CreditRefusedError(f"{invoice.number} has been credited meanwhile: look at what is left of it.")
        return _issue(invoice, request, issued_by, now)


def replay_credit(credit: Credit) -> InvoiceDraft:
    """Work out a credit note by hand once more, from what was stored with it and the invoice it credits (BR-77)."""
    original = credit.original
    left = _left(original, Credit.objects.filter(original=original, place__lt=credit.place))
    inputs = load_credit(credit.invoice.terms_snapshot)
    dated = credit.invoice.invoice_date
    return _draft(inputs, left, key=_key(original, credit.place), dated=dated).document


def _lock(invoice_id: int) -> Invoice:
    """Lock an invoice's agreement: a close that rates again what is credited waits, and so does another credit."""
    invoice = Invoice.objects.select_related("issuing_entity", "terms_snapshot").get(pk=invoice_id)
    # Ahead of the agreement and of the trail: what is open of the organization is read and changed below.
    lock_organization(invoice.organization_id)
    invoice.subscription = Subscription.objects.select_for_update().get(pk=invoice.subscription_id)
    return invoice


def _answers(credit: Credit, request: CreditRequest, issued_by: User) -> bool:
    """Tell whether a credit note is what the same person has asked for just now: a button was pressed twice."""
    asked = load_credit(credit.invoice.terms_snapshot).parts
    parts = None if request.parts is None else list(request.parts)
    return credit.issued_by_id == issued_by.pk and credit.reason == request.reason.strip() and asked == parts


def _issue(invoice: Invoice, request: CreditRequest, issued_by: User, now: datetime) -> Invoice:
    left = get_left(invoice)
    inputs = _inputs(invoice, request, left)
    credit = _draft(inputs, left, key=_key(invoice, request.place), dated=_day(invoice, now))
    terms = save_inputs(inputs, organization_id=invoice.organization_id)
    issue = Issue(subscription=invoice.subscription, cycle=None, period=None, issued_at=now, terms=terms)
    head = _letterhead(invoice, credit, request.note)
    (credit_note,) = issue_letters([Letter(head=head, draft=credit.document, issue=issue)])
    Credit.objects.create(
        invoice=credit_note,
        organization_id=invoice.organization_id,
        original=invoice,
        place=request.place,
        reason=request.reason.strip(),
        issued_by=issued_by,
    )
    originals = dict(invoice.lines.values_list("position", "pk"))
    lines = credit_note.lines.order_by("position").values_list("pk", flat=True)
    CreditedLine.objects.bulk_create(
        [
            CreditedLine(line_id=line, organization_id=invoice.organization_id, original_line_id=originals[position])
            for line, position in zip(lines, credit.positions, strict=True)
        ]
    )
    pay_by_credit_note(credit_note, invoice=invoice, by=issued_by, now=now)
    record(
        Deed(
            organization_id=invoice.organization_id,
            kind=AuditKind.DOCUMENT,
            deed="credited",
            subject=invoice,
            by=issued_by,
            at=now,
            facts={"note": credit_note.number, "invoice": invoice.number},
            reason=request.reason,
        )
    )
    return credit_note


def _day(invoice: Invoice, now: datetime) -> date:
    return local_date(now, time_zone=invoice.frozen["time_zone"])


def _inputs(invoice: Invoice, request: CreditRequest, left: InvoiceLeft) -> CreditInputs:
    return CreditInputs(parts=request.parts, net_days=invoice.frozen["net_days"], tax_rates=left.tax_rates)


def _left(invoice: Invoice, after: QuerySet[Credit]) -> InvoiceLeft:
    """Return what is left of an invoice after some of its credit notes."""
    lines = invoice.lines.select_related("invoice").defer("invoice__frozen").order_by("position")
    given = InvoiceLine.objects.filter(invoice__credit__in=after).order_by("pk")
    columns = given.values_list("credited__original_line__position", "quantity", "amount")
    return left_of(
        [charge_of(line) for line in lines],
        credited=[
            Given(position=position, quantity=quantity, amount=Money(amount, invoice.currency))
            for position, quantity, amount in columns
        ],
        tax_rates=load_tax_rates(invoice.terms_snapshot),
        currency=invoice.currency,
    )


def _key(invoice: Invoice, place: int) -> str:
    return f"credit|{invoice.pk}|{place}"


def _draft(inputs: CreditInputs, left: InvoiceLeft, *, key: str, dated: date) -> CreditDraft:
    if inputs.parts is None:
        return draft_full_credit(left, key=key, dated=dated, net_days=inputs.net_days)
    return draft_credit(left, parts=inputs.parts, key=key, dated=dated, net_days=inputs.net_days)


def _letterhead(invoice: Invoice, credit: CreditDraft, note: str) -> Letterhead:
    """
    Return the invoice's own letterhead: its issuer and customer, its language and what it called its lines (BR-76).

    A credit note corrects that document: whoever holds it must find themselves on it.
    """
    descriptions = dict(invoice.lines.values_list("position", "description"))
    notes = [*invoice.frozen["notes"], *filter(None, [note.strip()])]
    return Letterhead(
        issuing_entity=invoice.issuing_entity,
        frozen={
            **{name: value for name, value in invoice.frozen.items() if name != "open_balance"},
            "notes": notes,
            "credits": {"number": invoice.number, "invoice_date": invoice.invoice_date.isoformat()},
        },
        descriptions=[descriptions[position] for position in credit.positions],
    )
