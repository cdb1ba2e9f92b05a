"""
Takes what a gateway reports, once per event and in whatever order it comes, and keeps the books by it (BR-81).

How a payment stands follows from all that was reported of it, never from which report came last. What does not fit is
kept for a person, and changes nothing.
"""

import logging
from datetime import UTC, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from moneyed import Money

from invoices.domain.card_payments import STILL_OPEN, TOLD_OF, AttemptState, Doubt, Happening, Way, state_after
from invoices.domain.payments import PaymentMethod, Share
from invoices.models import CardPayment, GatewayNotice
from invoices.selectors.accounts import list_open_items
from invoices.selectors.card_payments import find_open_attempt, get_reported
from invoices.services.gateways.contract import Gateway, Notice
from invoices.services.payments import PaymentError, Receipt, record_payment, reverse_payment
from subscriptions.choices import AuditKind
from subscriptions.domain.money import at_precision
from subscriptions.selectors.agreements import lock_organization
from subscriptions.services.auditing import Deed, record

logger = logging.getLogger(__name__)

MOVES_MONEY = (*TOLD_OF, Happening.PAID, Happening.REFUNDED)

WITH_A_PERSON = (AttemptState.DOUBTFUL, AttemptState.SETTLED)

METHODS = {Way.CARD: PaymentMethod.CARD, Way.BANK_DEBIT: PaymentMethod.ACH}

PAID_AT = {"stripe": "Paid online at Stripe.", "test": "Paid at the built-in test gateway: no money moved."}

REASONS = {
    Happening.REFUNDED: "Refunded at the gateway.",
    Happening.DISPUTED: "Disputed by the payer: the bank has taken the money.",
}
"""Kept with the payment for whoever asks later."""


def receive(gateway: Gateway, body: bytes, signature: str, *, now: datetime) -> None:
    """
    Take a notice as it was sent; what does not concern us changes nothing.

    :raises ForgedNoticeError: if the gateway has not signed it
    :raises UnreadableNoticeError: if it makes no sense
    """
    notice = gateway.read_notice(body, signature)
    if notice is not None:
        take(notice, of=gateway.code, now=now)


def take(notice: Notice, *, of: str, now: datetime) -> None:
    """Do what a notice of a gateway says, unless that is done already."""
    try:
        with transaction.atomic():
            _take(notice, of, now)
    except IntegrityError:
        # Two came at once, and the other one was first.
        if not _is_known(notice, of):
            raise


def _is_known(notice: Notice, of: str) -> bool:
    return GatewayNotice.objects.filter(gateway=of, event=notice.event).exists()


def _take(notice: Notice, of: str, now: datetime) -> None:
    attempt = _find_attempt(notice, of)
    if attempt is not None:
        lock_organization(attempt.organization_id)
        attempt = CardPayment.objects.select_related("invoice", "organization").get(pk=attempt.pk)
    if _is_known(notice, of):
        return
    if attempt is None:
        # Other programs may use the same account: what moved no money is none of ours.
        doubt = Doubt.UNKNOWN if notice.happening in MOVES_MONEY else None
        _keep(notice, of, attempt=None, counts=False, doubt=doubt, now=now)
        return
    known = get_reported(attempt)
    doubt = _doubt_about(notice, attempt)
    counts = doubt is None
    if counts and notice.happening not in known:
        doubt = _carry_out(attempt, notice, {*known, notice.happening}, now) or TOLD_OF.get(notice.happening)
        counts = doubt is not Doubt.RECORDED_BEFORE
    if not counts and notice.happening is Happening.PAID:
        _move(attempt, AttemptState.DOUBTFUL, now=now)
    if doubt is not None and attempt.notices.filter(doubt=doubt, happening=notice.happening.value).exists():
        # Somebody is told already.
        doubt = None
    _keep(notice, of, attempt=attempt, counts=counts, doubt=doubt, now=now)


def _find_attempt(notice: Notice, of: str) -> CardPayment | None:
    attempts = CardPayment.objects.filter(gateway=of)
    if notice.session and (found := attempts.filter(session=notice.session).first()):
        return found
    if notice.token and (found := attempts.filter(token=notice.token).first()):
        return found
    if notice.reference:
        return attempts.filter(notices__reference=notice.reference, notices__counts=True).first()
    return None


def _doubt_about(notice: Notice, attempt: CardPayment) -> Doubt | None:
    """Return why a notice does not count, None if it does: it has to be about all of the money, and nothing else."""
    if notice.happening not in MOVES_MONEY or notice.amount == Money(attempt.amount, attempt.currency):
        return None
    return TOLD_OF.get(notice.happening, Doubt.OTHER_AMOUNT)


def _carry_out(attempt: CardPayment, notice: Notice, reported: set[Happening], now: datetime) -> Doubt | None:
    """Let payment and books follow from all that was reported; return what a person has to look at."""
    state, doubt = state_after(reported), None
    if state in {AttemptState.PAID, AttemptState.REVERSED} and attempt.payment is None:
        doubt = _record(attempt, notice, now)
        if attempt.payment is None:
            return doubt
    if state is AttemptState.REVERSED and attempt.payment is not None and attempt.payment.reversed_at is None:
        why = next(one for one in REASONS if one in reported)
        reverse_payment(attempt.payment, reason=REASONS[why], by=None, now=now)
    if attempt.payment is not None or attempt.state not in WITH_A_PERSON:
        _move(attempt, state, now=now)
    return doubt


def _record(attempt: CardPayment, notice: Notice, now: datetime) -> Doubt | None:
    """Record the money once per reference, for this very invoice; what is not open of it any more stays as credit."""
    items = list_open_items(attempt.organization_id, currency=attempt.currency)
    left = next((item.open for item in items if item.document_id == attempt.invoice_id), Decimal(0))
    paid = min(left, attempt.amount)
    receipt = Receipt(
        organization=attempt.organization,
        amount=Money(attempt.amount, attempt.currency),
        method=METHODS[Way(attempt.way)],
        reference=notice.reference or attempt.token,
        received_on=notice.happened_at.astimezone(UTC).date(),
        note=PAID_AT[attempt.gateway],
    )
    shares = [Share(document_id=attempt.invoice_id, amount=paid)] if paid else []
    try:
        attempt.payment = record_payment(receipt, shares=shares, recorded_by=None, now=now)
    except PaymentError:
        logger.warning("The reference %s of an online payment is recorded already", receipt.reference)
        return Doubt.RECORDED_BEFORE
    return Doubt.PAID_OTHERWISE if paid < attempt.amount else None


def _move(attempt: CardPayment, state: AttemptState, *, now: datetime) -> None:
    if attempt.state == state.value:
        return
    if state in STILL_OPEN and attempt.state not in STILL_OPEN and find_open_attempt(attempt.invoice) is not None:
        # Another try has begun since: of this one there is only what it comes to in the end.
        return
    attempt.state = state.value
    attempt.save(update_fields=["state", "payment"])
    _record_deed(attempt, "card_payment_moved", now=now, state=state.value)


def _keep(
    notice: Notice, of: str, *, attempt: CardPayment | None, counts: bool, doubt: Doubt | None, now: datetime
) -> None:
    amount = notice.amount
    kept = GatewayNotice.objects.create(
        gateway=of,
        event=notice.event,
        happening=notice.happening.value,
        attempt=attempt,
        organization_id=attempt.organization_id if attempt else None,
        counts=counts,
        session=notice.session,
        reference=notice.reference,
        currency=amount.currency.code if amount is not None else "",
        amount=amount.amount if amount is not None else None,
        happened_at=notice.happened_at,
        received_at=now,
        doubt=doubt.value if doubt else "",
    )
    if doubt is not None:
        logger.warning("A notice of the gateway %s waits for a person: %s", of, doubt.value)
        record(
            Deed(
                organization_id=kept.organization_id,
                kind=AuditKind.PAYMENT,
                deed="card_notice_kept",
                subject=kept,
                by=None,
                at=now,
                facts={"reference": notice.reference or notice.session or notice.event, "doubt": doubt.value},
            )
        )


def _record_deed(attempt: CardPayment, deed: str, *, now: datetime, **facts: str) -> None:
    record(
        Deed(
            organization_id=attempt.organization_id,
            kind=AuditKind.PAYMENT,
            deed=deed,
            subject=attempt,
            by=None,
            at=now,
            facts={
                "number": attempt.invoice.number,
                "currency": attempt.currency,
                "amount": at_precision(Money(attempt.amount, attempt.currency)),
                **facts,
            },
        )
    )
