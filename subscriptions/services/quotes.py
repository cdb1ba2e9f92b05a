"""Takes a quote from draft to processed; every step happens once, whatever is clicked twice (BR-52)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from subscriptions.choices import AuditKind
from subscriptions.domain.amendment import unpriced_commitments
from subscriptions.domain.catalog import ONE_TIME_KINDS, ProductKind
from subscriptions.domain.numbering import document_number
from subscriptions.domain.period import local_date
from subscriptions.domain.quote import (
    POSSIBLE_STEPS,
    QuoteError,
    QuoteState,
    QuoteStepKind,
    expiry,
)
from subscriptions.domain.violations import TermsError, Violation, reason_violations, refuse
from subscriptions.domain.words import translatable
from subscriptions.models import IssuingEntity, Order, Quote, QuoteItem, QuotePdf, QuoteStep, Subscription
from subscriptions.selectors.agreements import find_agreement_to_order_under
from subscriptions.selectors.catalog import get_list_prices
from subscriptions.selectors.quotes import (
    NewAgreement,
    copy_of_offer,
    get_new_agreement,
    get_quote_state,
    last_day_of,
)
from subscriptions.services.agreements import create_subscription, find_overlaps, find_terms_violations
from subscriptions.services.auditing import Deed, record
from subscriptions.services.recording import Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the customer said: who, in which words, and under which purchase order."""

    customer: str
    words: str
    po_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessingPlan:
    """What processing a quote makes: an agreement, and orders under it or under one that there is."""

    agreement: NewAgreement | None
    under: Subscription | None
    """The agreement under which the items are invoiced, None if it is the new one or there is none."""
    services: Sequence[QuoteItem]
    hardware: Sequence[QuoteItem]


@dataclass(frozen=True, slots=True, kw_only=True)
class Processed:
    """What processing a quote made."""

    subscription: Subscription | None
    orders: Sequence[Order]


def find_quote_violations(quote: Quote, *, now: datetime) -> list[Violation]:
    """
    Return everything that forbids a quote to be issued, all at once (BR-12, BR-13, BR-52).

    An agreement that would overlap another one may be offered: the other is ended when the customer accepts.
    """
    plan = plan_processing(quote, now=now)
    items = [*plan.services, *plan.hardware]
    if plan.agreement is not None:
        return [*_agreement_violations(plan.agreement), *_item_violations(items)]
    found = _item_violations(items)
    if quote.prices.exists() or quote.allowances.exists():
        message = translatable(
            "Prices and allowances belong to an agreement: say when it begins, how it is billed and licensed."
        )
        found.append(Violation(code=QuoteError.PRICES_WITHOUT_AGREEMENT, field="commercial_model", message=message))
    if not items:
        message = translatable("Nothing is offered yet: add the terms of an agreement, a one-time item, or both.")
        found.append(Violation(code=QuoteError.NOTHING_OFFERED, field="items", message=message))
    elif plan.under is None:
        message = translatable(
            "The items are invoiced under an agreement in the quote's currency and with its issuing entity, and the "
            "organization has none that runs or is to begin: offer one with them."
        )
        found.append(Violation(code=QuoteError.NO_AGREEMENT, field="commercial_model", message=message))
    return found


def find_processing_violations(quote: Quote, *, now: datetime) -> list[Violation]:
    """Return everything that forbids a quote to be processed, all at once (BR-10, BR-12, BR-13, BR-52)."""
    agreement = get_new_agreement(quote)
    overlaps = find_overlaps(agreement.subscription, until=None) if agreement else []
    return [*find_quote_violations(quote, now=now), *overlaps]


def plan_processing(quote: Quote, *, now: datetime) -> ProcessingPlan:
    """Return what a quote would make if it were processed at an instant; nothing is written."""
    items = list(quote.items.select_related("product"))
    agreement = get_new_agreement(quote)
    under = None
    if agreement is None:
        under = find_agreement_to_order_under(
            organization_id=quote.organization_id,
            issuing_entity_id=quote.issuing_entity_id,
            currency=quote.currency,
            on=local_date(now, time_zone=quote.time_zone),
        )
    return ProcessingPlan(
        agreement=agreement,
        under=under,
        services=[item for item in items if item.product.kind != ProductKind.HARDWARE],
        hardware=[item for item in items if item.product.kind == ProductKind.HARDWARE],
    )


def issue_quote(quote_id: int, *, recording: Recording) -> Quote:
    """
    Number and freeze a draft, and have its PDF made; one that is issued stays as it is (BR-52).

    :raises Refused: with everything that forbids it
    """
    with transaction.atomic():
        quote = _lock(quote_id)
        if not _may_step(quote, QuoteStepKind.ISSUED, recording.at):
            return quote
        refuse(find_quote_violations(quote, now=recording.at))
        quote.sequence = _next_sequence(quote.issuing_entity_id)
        quote.number = document_number(prefix=quote.issuing_entity.quote_prefix, sequence=quote.sequence)
        quote.issued_at = recording.at
        quote.expires_at = expiry(issued_at=recording.at, valid_days=quote.valid_days, time_zone=quote.time_zone)
        quote.frozen = copy_of_offer(quote)
        quote.save()
        _record(quote, QuoteStepKind.ISSUED, recording)
        QuotePdf.objects.create(quote=quote, organization=quote.organization, next_attempt_at=recording.at)
    return quote


def accept_quote(quote_id: int, answer: Answer, *, recording: Recording) -> Quote:
    """
    Keep that the customer accepted an issued quote: who, how, under which purchase order (BR-52).

    :raises Refused: if it has expired, was declined, or nobody says how it was accepted
    """
    return _answer(quote_id, QuoteStepKind.ACCEPTED, answer, recording)


def decline_quote(quote_id: int, answer: Answer, *, recording: Recording) -> Quote:
    """
    Keep that an issued quote was declined, and why (BR-52).

    :raises Refused: if it was accepted, or nobody says why it was declined
    """
    return _answer(quote_id, QuoteStepKind.DECLINED, answer, recording)


def process_quote(quote_id: int, *, recording: Recording) -> Processed:
    """
    Make the agreement and the orders of an accepted quote, once; processed again, return what it made (BR-50, BR-52).

    Services are invoiced at once, hardware as it ships (BR-51).

    :raises Refused: if it was not accepted, or with everything that forbids the agreement by now
    """
    with transaction.atomic():
        quote = _lock(quote_id)
        if not _may_step(quote, QuoteStepKind.PROCESSED, recording.at):
            return _what_was_made(quote)
        refuse(find_processing_violations(quote, now=recording.at))
        plan = plan_processing(quote, now=recording.at)
        made = _make_agreement(quote, plan.agreement, recording) if plan.agreement else None
        under = made or plan.under
        today = local_date(recording.at, time_zone=quote.time_zone)
        orders = [_order(item, under, today) for item in plan.services]
        orders += [_order(item, under, None) for item in plan.hardware]
        _record(quote, QuoteStepKind.PROCESSED, recording)
    return Processed(subscription=made, orders=orders)


def copy_quote(quote_id: int, *, made_by: User | None) -> Quote:
    """Return a new draft that offers what a quote offers."""
    with transaction.atomic():
        original = Quote.objects.get(pk=quote_id)
        copy = Quote.objects.get(pk=quote_id)
        copy.pk = copy.sequence = copy.issued_at = copy.expires_at = copy.frozen = None
        copy.number = ""
        copy.copy_of, copy.made_by_id = original, made_by.pk if made_by else None
        copy._state.adding = True  # noqa: SLF001  (Django's documented way to copy a row)
        copy.save()
        for rows in (original.items, original.prices, original.allowances):
            for row in rows.order_by("pk"):
                row.pk, row.quote = None, copy
                row._state.adding = True  # noqa: SLF001
                row.save()
    return copy


def _agreement_violations(agreement: NewAgreement) -> list[Violation]:
    subscription, terms = agreement.subscription, agreement.terms
    found = find_terms_violations(subscription, terms)
    list_prices = get_list_prices(currency=subscription.currency, on=subscription.effective_date)
    for product in unpriced_commitments(terms, index=terms.ramp_months, list_prices=list_prices):
        message = translatable(
            "Nobody has a price for what is committed: state one, or have it added to the price book."
        )
        found.append(Violation(code=TermsError.UNPRICED, field=f"prices.{product}", message=message))
    return found


def _item_violations(items: Sequence[QuoteItem]) -> list[Violation]:
    if all(item.product.kind in ONE_TIME_KINDS and item.quantity > 0 for item in items):
        return []
    message = translatable(
        "One-time items are services and hardware, at least a part of one each; the rest is agreed by the month."
    )
    return [Violation(code=QuoteError.NOT_SOLD_ONCE, field="items", message=message)]


def _lock(quote_id: int) -> Quote:
    rows = Quote.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("organization", "issuing_entity", "rate_deck").get(pk=quote_id)


def _may_step(quote: Quote, kind: QuoteStepKind, now: datetime) -> bool:
    """
    Tell whether a step is still to be taken; False if it has been.

    :raises Refused: if it is not possible where the quote stands
    """
    if quote.steps.filter(kind=kind.value).exists():
        return False
    state = get_quote_state(quote, at=now)
    if kind not in POSSIBLE_STEPS[state]:
        refuse([_not_possible(quote, kind, state)])
    return True


def _not_possible(quote: Quote, kind: QuoteStepKind, state: QuoteState) -> Violation:
    if kind is QuoteStepKind.PROCESSED:
        message = translatable("Only an accepted quote is processed.")
        return Violation(code=QuoteError.NOT_ACCEPTED, field="state", message=message)
    if state is QuoteState.EXPIRED:
        message = translatable("This quote expired after %(last_day)s: issue a copy of it, and have that accepted.")
        words = {"last_day": last_day_of(quote)}
        return Violation(code=QuoteError.EXPIRED, field="state", message=message, words=words)
    messages = {
        QuoteState.DRAFT: translatable("This quote is a draft: issue it first."),
        QuoteState.DECLINED: translatable("This quote was declined: issue a copy of it if the customer thinks again."),
        QuoteState.ACCEPTED: translatable(
            "This quote was accepted: what came of it is changed or cancelled in the agreement."
        ),
        QuoteState.PROCESSED: translatable(
            "This quote was processed: what came of it is changed or cancelled in the agreement."
        ),
    }
    return Violation(code=QuoteError.NOT_POSSIBLE, field="state", message=messages[state])


def _next_sequence(issuing_entity_id: int) -> int:
    # Its row is the lock of the series; not its key: documents that name it are inserted meanwhile.
    IssuingEntity.objects.select_for_update(no_key=True).only("pk").get(pk=issuing_entity_id)
    last = Quote.objects.filter(issuing_entity=issuing_entity_id).aggregate(last=Max("sequence"))["last"]
    return (last or 0) + 1


def _record(quote: Quote, kind: QuoteStepKind, recording: Recording, answer: Answer | None = None) -> None:
    QuoteStep.objects.create(
        organization=quote.organization,
        quote=quote,
        kind=kind.value,
        recorded_at=recording.at,
        recorded_by=recording.by,
        customer=answer.customer if answer else "",
        words=answer.words if answer else "",
        po_number=answer.po_number if answer else "",
    )
    record(
        Deed(
            organization_id=quote.organization_id,
            kind=AuditKind.SALE,
            deed="quote_step",
            subject=quote,
            by=recording.by,
            at=recording.at,
            facts={"quote": str(quote), "step": kind.value},
            reason=answer.words if answer else "",
        )
    )


def _answer(quote_id: int, kind: QuoteStepKind, answer: Answer, recording: Recording) -> Quote:
    with transaction.atomic():
        quote = _lock(quote_id)
        if _may_step(quote, kind, recording.at):
            refuse(reason_violations(answer.words))
            _record(quote, kind, recording, answer)
    return quote


def _make_agreement(quote: Quote, agreement: NewAgreement, recording: Recording) -> Subscription:
    accepted = quote.steps.get(kind=QuoteStepKind.ACCEPTED.value)
    agreement.subscription.po_number = accepted.po_number
    return create_subscription(agreement, recording=recording)


def _order(item: QuoteItem, under: Subscription | None, processed_on: date | None) -> Order:
    assert under is not None
    return Order.objects.create(
        organization_id=under.organization_id,
        subscription=under,
        product=item.product,
        quantity=item.quantity,
        price=item.price,
        processed_on=processed_on,
        quote_item=item,
    )


def _what_was_made(quote: Quote) -> Processed:
    return Processed(
        subscription=Subscription.objects.filter(quote=quote).first(),
        orders=list(Order.objects.filter(quote_item__quote=quote).order_by("pk")),
    )
