"""Which rule answers for which kind of line."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from invoices.documents.explanation.basis import Basis, stored_people
from invoices.documents.explanation.corrections import Before, explain_correction
from invoices.documents.explanation.credits import CreditOf, explain_credit
from invoices.documents.explanation.numbers import explain_number, explain_number_setup
from invoices.documents.explanation.orders import explain_sale
from invoices.documents.explanation.people import explain_license
from invoices.documents.explanation.prepay import explain_prepay
from invoices.documents.explanation.resources import explain_call_ports, explain_fair_use
from invoices.documents.explanation.shape import Answer, LineExplanation
from invoices.documents.explanation.voice import explain_voice
from invoices.documents.section import DocumentLine
from invoices.domain.charge import ChargeKind
from invoices.domain.charges.orders import Sale
from subscriptions.domain.rate_deck import RateDeck
from usage.documents import Reader
from usage.models import UsageSnapshot

_ANSWERS: Mapping[ChargeKind, Callable[[Basis], Answer]] = {
    ChargeKind.PREPAY: explain_prepay,
    ChargeKind.USAGE: explain_license,
    ChargeKind.OVERAGE: explain_license,
    ChargeKind.FAIR_USE: explain_fair_use,
    ChargeKind.CALL_PORTS: explain_call_ports,
    ChargeKind.VOICE: explain_voice,
    ChargeKind.NUMBER_SETUP: explain_number_setup,
    ChargeKind.NUMBER: explain_number,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What an adjustment is held against: the count before it, its rate deck, what had been invoiced and credited."""

    snapshot_before: UsageSnapshot
    read_rate_deck_before: Callable[[], RateDeck | None]
    before: Before


def explain_charge(basis: Basis, *, correction: Correction | None, is_credit_note: bool) -> LineExplanation:
    """Explain a line of a cycle's document; words are in the language that is active."""
    answer = _ANSWERS[basis.kind](basis)
    if correction is not None:
        earlier = replace(
            basis,
            snapshot=correction.snapshot_before,
            people=stored_people(correction.snapshot_before),
            read_rate_deck=correction.read_rate_deck_before,
        )
        then = _ANSWERS[basis.kind](earlier)
        sign = -1 if is_credit_note else 1
        answer = explain_correction(answer, then=then, basis=basis, before=correction.before, sign=sign)
    if is_credit_note:
        turned = _("This is a credit note: what is credited stands on it as positive, what is charged as negative.")
        answer = replace(answer, words=[*answer.words, turned])
    return _explanation(answer, basis.shown, basis.reader)


def explain_line_of_sale(sale: Sale, *, shown: DocumentLine, reader: Reader) -> LineExplanation:
    """Explain the line of an order's or a shipment's document; words are in the language that is active."""
    return _explanation(explain_sale(sale, shown=shown, reader=reader), shown, reader)


def explain_line_of_credit(credit: CreditOf, *, shown: DocumentLine, reader: Reader) -> LineExplanation:
    """Explain the line of a credit note by hand; words are in the language that is active."""
    return _explanation(explain_credit(credit, shown=shown, reader=reader), shown, reader)


def _explanation(answer: Answer, shown: DocumentLine, reader: Reader) -> LineExplanation:
    return LineExplanation(
        line=shown,
        language=reader.language,
        time_zone=reader.time_zone,
        zone=reader.zone,
        rules=answer.rules,
        words=answer.words,
        facts=answer.facts,
        arithmetic=answer.arithmetic,
        evidence=answer.evidence,
    )
