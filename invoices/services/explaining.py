"""Answers "why this quantity?" for a line of an issued document, from what was stored with it (BR-77)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

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
    PeopleSource,
    explain_charge,
    explain_line_of_credit,
    explain_line_of_sale,
    stored_people,
)
from invoices.documents.section import DocumentLine, Reading, document_line
from invoices.domain.block import BlockCode
from invoices.domain.charge import ChargeKind
from invoices.domain.decision import Choice, choice_of
from invoices.models import BillingCycle, Invoice, InvoiceLine, PeriodCorrection
from invoices.selectors.billed import charge_of, get_invoiced
from invoices.services.inputs import RatingInputs, load_inputs, load_sale
from invoices.services.planning import period_of
from subscriptions.domain.period import BillingPeriod, first_index_from, nth_period
from subscriptions.selectors.catalog import get_product_names
from usage.documents import Reader
from usage.models import UsageSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """
    What stands behind a line: its inputs, the period it is about, its count, and what it corrects.

    `people` reads who was counted, None for a commitment and where they were not kept.
    """

    inputs: RatingInputs
    period: BillingPeriod
    snapshot: UsageSnapshot | None
    correction: Correction | None = None
    people: PeopleSource | None = None


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
    if invoice.cycle is not None:
        return explain_line(line, source=_stored(line, invoice, invoice.cycle), language=language)
    with translation.override(language):
        shown, reader = _shown(line, language), _reader(line, language)
        if line.kind == ChargeKind.CREDIT:
            credit = _credit_of(line, _reading(invoice, language))
            return explain_line_of_credit(credit, shown=shown, reader=reader)
        return explain_line_of_sale(load_sale(invoice.terms_snapshot).sale, shown=shown, reader=reader)


def explain_line(line: InvoiceLine, *, source: Source, language: str) -> LineExplanation:
    """Explain a line of what a cycle has issued or would issue, from what stands behind it."""
    invoice, inputs = line.invoice, source.inputs
    with translation.override(language):
        basis = Basis(
            line=line,
            shown=_shown(line, language),
            kind=ChargeKind(line.corrects or line.kind),
            currency=invoice.currency,
            prices=inputs.prices,
            read_rate_deck=inputs.read_deck,
            bills_agreed_tier=(choice_of(inputs.decisions, BlockCode.TIER_ABOVE_AGREEMENT) is Choice.BILL_AGREED_TIER),
            period=source.period,
            snapshot=source.snapshot,
            people=source.people,
            reader=_reader(line, language),
        )
        return explain_charge(
            basis,
            correction=source.correction,
            is_credit_note=invoice.document_type == DocumentType.CREDIT_NOTE,
        )


def _shown(line: InvoiceLine, language: str) -> DocumentLine:
    return document_line(line, reading=_reading(line.invoice, language))


def _reading(invoice: Invoice, language: str) -> Reading:
    return Reading(currency=invoice.currency, language=language, licensing_model=invoice.frozen["licensing_model"])


def _reader(line: InvoiceLine, language: str) -> Reader:
    return Reader(language=language, time_zone=line.invoice.frozen["time_zone"], names=get_product_names(language))


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


def _stored(line: InvoiceLine, invoice: Invoice, cycle: BillingCycle) -> Source:
    if line.kind == ChargeKind.PREPAY:
        period = period_of_advance(line, effective_date=cycle.subscription.effective_date)
        return Source(inputs=load_inputs(invoice.terms_snapshot), period=period, snapshot=None)
    if line.kind == ChargeKind.ADJUSTMENT:
        return _of_a_correction(line, cycle)
    snapshot = cycle.usage_snapshot
    return Source(
        inputs=load_inputs(invoice.terms_snapshot),
        period=period_of(cycle),
        snapshot=snapshot,
        people=None if snapshot is None else stored_people(snapshot),
    )


def period_of_advance(line: InvoiceLine, *, effective_date: date) -> BillingPeriod:
    """Return the period at whose start a commitment is charged; on the document of a close it is the next one."""
    index = first_index_from(line.service_start, effective_date=effective_date)
    return nth_period(effective_date=effective_date, index=index)


def _of_a_correction(line: InvoiceLine, closing: BillingCycle) -> Source:
    """Return what a period was rated again with, and what it had been before (BR-74)."""
    row = PeriodCorrection.objects.select_related(
        "corrected_cycle__subscription",
        "corrected_cycle__terms_snapshot",
        "corrected_cycle__usage_snapshot",
        "terms_snapshot",
        "usage_snapshot",
    ).get(closing_cycle=closing, corrected_cycle__period_start=line.service_start)
    inputs = load_inputs(row.terms_snapshot)
    return Source(
        inputs=inputs,
        period=period_of(row.corrected_cycle),
        snapshot=row.usage_snapshot,
        people=stored_people(row.usage_snapshot),
        correction=what_is_corrected(line, row.corrected_cycle, closing=closing, inputs=inputs),
    )


def what_is_corrected(
    line: InvoiceLine, corrected: BillingCycle, *, closing: BillingCycle, inputs: RatingInputs
) -> Correction:
    """
    Return what an adjustment is held against: how its period stood before a close (BR-74).

    `inputs` are those with which the close rated the period again.

    :raises ValueError: if the period is not closed
    """
    earlier = (
        PeriodCorrection.objects.filter(corrected_cycle=corrected, closing_cycle__index__lt=closing.index)
        .select_related("usage_snapshot", "terms_snapshot")
        .order_by("-closing_cycle__index")
        .first()
    )
    before = earlier or corrected
    if before.usage_snapshot is None or before.terms_snapshot is None:
        raise ValueError(f"The period of {corrected.period_start} is not closed: nothing was counted for it.")
    identity = charge_of(line).identity
    return Correction(
        snapshot_before=before.usage_snapshot,
        read_rate_deck_before=load_inputs(before.terms_snapshot).read_deck,
        before=Before(
            invoiced=get_invoiced(corrected, until=closing).get(identity),
            credited=next((given for given in inputs.credited if given.identity == identity), None),
        ),
    )
