"""Shows a preview as the document it would become: the same lines, taxes and explanations, without a number."""

from dataclasses import dataclass

from invoices.documents import build_invoice_document
from invoices.documents.explanation import LineExplanation, PeopleSource
from invoices.documents.preview import PreviewDocument, PreviewFacts, build_preview_document
from invoices.domain.charge import ChargeKind
from invoices.domain.draft import InvoiceDraft
from invoices.models import BillingCycle, Invoice, InvoiceLine, InvoiceTax
from invoices.selectors.shadow import find_boundary
from invoices.services.explaining import Source, explain_line, period_of_advance, what_is_corrected
from invoices.services.issuing import descriptions_of, document_columns, document_lines, document_taxes, frozen_copy
from invoices.services.planning import days_so_far, period_of
from invoices.services.previewing import CountSoFar, Preview
from subscriptions.models import Subscription
from subscriptions.selectors.catalog import get_product_names
from usage.documents import Reader
from usage.models import UsageSnapshot
from usage.services.evidence import people_of


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unissued:
    """A document's rows, none of them stored."""

    invoice: Invoice
    lines: list[InvoiceLine]


def get_preview_document(preview: Preview, *, subscription: Subscription, language: str) -> PreviewDocument:
    """Return a preview for a reader."""
    document, boundary = None, find_boundary(subscription.organization_id)
    if preview.draft is not None:
        rows = _rows(preview, preview.draft, subscription, language)
        taxes = [InvoiceTax(invoice=rows.invoice, **tax) for tax in document_taxes(rows.invoice, preview.draft)]
        document = build_invoice_document(invoice=rows.invoice, lines=rows.lines, taxes=taxes, language=language)
    facts = PreviewFacts(
        as_of=preview.as_of,
        period=preview.period,
        starts_at=preview.window.start,
        ends_at=preview.window.end,
        comes_at=preview.comes_at,
        is_opening=preview.is_opening,
        is_last=preview.is_last,
        is_held=preview.is_held,
        blocks=preview.blocks,
        left_out=preview.left_out,
        in_shadow=boundary is not None and boundary.keeps(preview.period.start, is_opening=preview.is_opening),
    )
    reader = Reader(language=language, time_zone=subscription.time_zone, names=get_product_names(language))
    return build_preview_document(facts, document=document, reader=reader)


def find_preview_explanation(
    preview: Preview, *, subscription: Subscription, number: int, language: str
) -> LineExplanation | None:
    """Return why the line at a place of a preview is what it is, counted from 1; None if there is no such line."""
    if preview.draft is None or not 1 <= number <= len(preview.draft.lines):
        return None
    line = _rows(preview, preview.draft, subscription, language).lines[number - 1]
    return explain_line(line, source=_source(line, preview, subscription), language=language)


def _rows(preview: Preview, draft: InvoiceDraft, subscription: Subscription, language: str) -> _Unissued:
    invoice = Invoice(
        organization=subscription.organization,
        subscription=subscription,
        number="",
        issued_at=preview.as_of,
        **document_columns(draft),
        frozen=frozen_copy(subscription, preview.period, draft, is_final=preview.is_last and not preview.is_opening),
    )
    descriptions = descriptions_of(draft, language=language)
    lines = document_lines(invoice, draft, descriptions, revision=preview.period.start.isoformat())
    return _Unissued(invoice=invoice, lines=[InvoiceLine(invoice=invoice, **line) for line in lines])


def _source(line: InvoiceLine, preview: Preview, subscription: Subscription) -> Source:
    """Return what stands behind a line: what a close would have stored with it."""
    if line.kind == ChargeKind.PREPAY:
        period = period_of_advance(line, effective_date=subscription.effective_date)
        return Source(inputs=preview.inputs, period=period, snapshot=None)
    if line.kind == ChargeKind.ADJUSTMENT:
        return _of_a_correction(line, preview, subscription)
    if preview.count is None:
        raise ValueError(f"Nothing was counted for a {line.kind} line.")
    counted = preview.count.window
    running = counted.end < preview.window.end
    days = days_so_far(preview.period, counted, time_zone=subscription.time_zone) if running else preview.period
    snapshot = _snapshot(preview.count, subscription)
    return Source(inputs=preview.inputs, period=days, snapshot=snapshot, people=_people(preview.count, snapshot))


def _of_a_correction(line: InvoiceLine, preview: Preview, subscription: Subscription) -> Source:
    """Return an earlier period as it was counted again, and how it stood before (BR-74)."""
    corrected = BillingCycle.objects.select_related("subscription", "usage_snapshot", "terms_snapshot").get(
        subscription=subscription, period_start=line.service_start
    )
    closing = BillingCycle(subscription=subscription, index=preview.period.index)
    count = next(count for count in preview.corrections if count.cycle_id == corrected.pk)
    snapshot = _snapshot(count, subscription)
    return Source(
        inputs=count.inputs,
        period=period_of(corrected),
        snapshot=snapshot,
        correction=what_is_corrected(line, corrected, closing=closing, inputs=count.inputs),
        people=_people(count, snapshot),
    )


def _snapshot(count: CountSoFar, subscription: Subscription) -> UsageSnapshot:
    return UsageSnapshot(
        organization_id=subscription.organization_id,
        starts_at=count.window.start,
        ends_at=count.window.end,
        cutoff_at=count.received_until,
        quantities=count.quantities,
    )


def _people(count: CountSoFar, snapshot: UsageSnapshot) -> PeopleSource | None:
    people = count.people
    return None if people is None else lambda: people_of(snapshot, people)
