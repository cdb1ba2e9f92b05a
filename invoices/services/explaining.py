"""Answers "why this quantity?" for a line of an issued document, from what was stored with it (BR-77)."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils import translation
from moneyed import Money

from invoices.choices import DocumentType
from invoices.documents.explanation import (
    Basis,
    Before,
    Correction,
    CreditOf,
    GivenBack,
    LineExplanation,
    explain_charge,
    explain_line_of_credit,
    explain_line_of_sale,
)
from invoices.documents.section import Reading, document_line
from invoices.domain.block import BlockCode
from invoices.domain.charge import ChargeKind
from invoices.domain.decision import Choice, choice_of
from invoices.models import BillingCycle, Invoice, InvoiceLine, PeriodCorrection, TermsSnapshot
from invoices.selectors import charge_of, get_invoiced
from invoices.services.inputs import load_inputs, load_sale
from invoices.services.planning import period_of
from subscriptions.domain.period import BillingPeriod, first_index_from, nth_period
from subscriptions.selectors import get_product_names
from usage.documents import Reader
from usage.models import UsageSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """What was stored for a line: its terms, the period it is about, its count, and what it corrects."""

    terms: TermsSnapshot
    period: BillingPeriod
    snapshot: UsageSnapshot | None
    correction: Correction | None = None


def explain_invoice(invoice: Invoice, *, language: str) -> Iterator[LineExplanation]:
    """Yield the explanation of each line of a document, in order."""
    for line in invoice.lines.order_by("position"):
        yield _explain(line, invoice, language)


def find_explanation(invoice: Invoice, *, number: int, language: str) -> LineExplanation | None:
    """Return the explanation of the line at a place of a document, counted from 1; None if there is none."""
    line = invoice.lines.filter(position=number - 1).first()
    return None if line is None else _explain(line, invoice, language)


def _explain(line: InvoiceLine, invoice: Invoice, language: str) -> LineExplanation:
    # What was read with the document (its cycle, count and terms) is not read again for each line.
    line.invoice = invoice
    reader = Reader(language=language, time_zone=invoice.frozen["time_zone"], names=get_product_names())
    reading = Reading(currency=invoice.currency, language=language, licensing_model=invoice.frozen["licensing_model"])
    with translation.override(language):
        shown = document_line(line, reading=reading)
        if line.kind == ChargeKind.CREDIT:
            return explain_line_of_credit(_credit_of(line, reading), shown=shown, reader=reader)
        if invoice.cycle is None:
            return explain_line_of_sale(load_sale(invoice.terms_snapshot).sale, shown=shown, reader=reader)
        stored = _stored(line, invoice, invoice.cycle)
        inputs = load_inputs(stored.terms)
        basis = Basis(
            line=line,
            shown=shown,
            kind=ChargeKind(line.corrects or line.kind),
            currency=invoice.currency,
            prices=inputs.prices,
            rate_deck_version_id=inputs.rate_deck_version_id,
            bills_agreed_tier=(choice_of(inputs.decisions, BlockCode.TIER_ABOVE_AGREEMENT) is Choice.BILL_AGREED_TIER),
            period=stored.period,
            snapshot=stored.snapshot,
            reader=reader,
        )
        return explain_charge(
            basis,
            correction=stored.correction,
            is_credit_note=invoice.document_type == DocumentType.CREDIT_NOTE,
        )


def _credit_of(line: InvoiceLine, reading: Reading) -> CreditOf:
    """Return the line that a credit by hand gives back, and its credits up to this one (BR-76)."""
    lines = InvoiceLine.objects.select_related("invoice").defer("invoice__frozen")
    original = lines.get(credited_by__line=line)
    parts = lines.filter(credited__original_line=original, invoice__credit__place__lte=line.invoice.credit.place)
    return CreditOf(
        number=original.invoice.number,
        dated=original.invoice.invoice_date,
        line=document_line(original, reading=reading),
        charged=Money(original.amount, reading.currency),
        given=[
            GivenBack(
                number=row.invoice.number,
                dated=row.invoice.invoice_date,
                quantity=row.quantity,
                amount=Money(row.amount, reading.currency),
            )
            for row in parts.order_by("invoice__credit__place")
        ],
    )


def _stored(line: InvoiceLine, invoice: Invoice, cycle: BillingCycle) -> _Stored:
    if line.kind == ChargeKind.PREPAY:
        return _of_an_advance(line, invoice, cycle)
    if line.kind == ChargeKind.ADJUSTMENT:
        return _of_a_correction(line, cycle)
    return _Stored(terms=invoice.terms_snapshot, period=period_of(cycle), snapshot=cycle.usage_snapshot)


def _of_an_advance(line: InvoiceLine, invoice: Invoice, cycle: BillingCycle) -> _Stored:
    """Return what a commitment was charged with; on the document of a close it is that of the next period."""
    effective_date = cycle.subscription.effective_date
    index = first_index_from(line.service_start, effective_date=effective_date)
    period = nth_period(effective_date=effective_date, index=index)
    return _Stored(terms=invoice.terms_snapshot, period=period, snapshot=None)


def _of_a_correction(line: InvoiceLine, closing: BillingCycle) -> _Stored:
    """Return what a period was rated again with, and what it had been before (BR-74)."""
    row = PeriodCorrection.objects.select_related(
        "corrected_cycle__subscription",
        "corrected_cycle__terms_snapshot",
        "corrected_cycle__usage_snapshot",
        "terms_snapshot",
        "usage_snapshot",
    ).get(closing_cycle=closing, corrected_cycle__period_start=line.service_start)
    corrected = row.corrected_cycle
    earlier = (
        PeriodCorrection.objects.filter(corrected_cycle=corrected, closing_cycle__index__lt=closing.index)
        .select_related("usage_snapshot", "terms_snapshot")
        .order_by("-closing_cycle__index")
        .first()
    )
    before = earlier or corrected
    if before.usage_snapshot is None or before.terms_snapshot is None:
        raise ValueError(f"The period of {corrected.period_start} is not closed: nothing was counted for it.")
    identity, credited = charge_of(line).identity, load_inputs(row.terms_snapshot).credited
    return _Stored(
        terms=row.terms_snapshot,
        period=period_of(corrected),
        snapshot=row.usage_snapshot,
        correction=Correction(
            snapshot_before=before.usage_snapshot,
            rate_deck_before=load_inputs(before.terms_snapshot).rate_deck_version_id,
            before=Before(
                invoiced=get_invoiced(corrected, until=closing).get(identity),
                credited=next((given for given in credited if given.identity == identity), None),
            ),
        ),
    )
