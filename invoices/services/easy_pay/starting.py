"""Begins to pay an invoice online: one checkout of an invoice at a time, however often it is asked for (BR-81)."""

import secrets
from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser, User
from django.db import IntegrityError, transaction
from django.urls import reverse
from moneyed import Money

from invoices.domain.card_payments import AttemptState, Happening, Obstacle, Way
from invoices.models import CardPayment, Invoice
from invoices.selectors.card_payments import find_open_attempt, get_payable
from invoices.services.easy_pay.notices import take
from invoices.services.easy_pay.offering import Offer, offer_for
from invoices.services.gateways.choosing import find_gateway
from invoices.services.gateways.contract import Checkout, Gateway, GatewayError, Notice
from subscriptions.choices import AuditKind
from subscriptions.domain.money import at_precision
from subscriptions.selectors.agreements import lock_organization
from subscriptions.services.auditing import Deed, record

OPEN_FOR = timedelta(hours=1)
"""So long the gateway takes the payment; Stripe asks for at least half an hour."""
REUSED_UNTIL = timedelta(minutes=5)
"""A page that is open for less than this is not given out again."""
RESUMED_FOR = timedelta(minutes=10)
"""So long a try of which the gateway's answer was lost is asked for again, under its own key."""
ASKED_AFTER = timedelta(hours=1)


class CannotPayError(Exception):
    """The invoice cannot be paid online; `obstacle` says why, None: it is not offered at all."""

    def __init__(self, obstacle: Obstacle | None) -> None:
        """Keep why."""
        super().__init__(str(obstacle))
        self.obstacle = obstacle


class OtherAmountError(Exception):
    """Something else is open of the invoice than what the person has seen."""


class AlreadyOnItsWayError(Exception):
    """A payment of this invoice is on its way, or looked at by a person; `token` names it."""

    def __init__(self, token: str) -> None:
        """Keep which."""
        super().__init__(token)
        self.token = token


def start_card_payment(invoice: Invoice, *, seen: Money, by: User, now: datetime) -> CardPayment:
    """
    Return a checkout for all that is open of an invoice, with the page on which it is paid: the open one, or a new one.

    `seen` is what the person was shown.

    :raises CannotPayError: if it cannot be paid online
    :raises OtherAmountError: if something else is open by now
    :raises AlreadyOnItsWayError: if a payment is being confirmed
    :raises GatewayError: if the gateway opens no page now; the same may be asked for again
    """
    gateway, attempt = _claim(invoice, seen=seen, by=by, now=now)
    if attempt.session:
        return attempt
    opened = gateway.start(_checkout(attempt, invoice))
    # Who asked at the same time was given the same page.
    CardPayment.objects.filter(pk=attempt.pk, session="").update(session=opened.session, url=opened.url)
    attempt.refresh_from_db(fields=["session", "url"])
    return attempt


def end_attempt(attempt: CardPayment, *, now: datetime) -> None:
    """
    Let a try be paid no more, and keep what became of it.

    :raises GatewayError: if the gateway cannot say
    """
    gateway = find_gateway(attempt.gateway)
    if gateway is None or not attempt.session:
        # Nobody was ever shown its page, or nobody can ask any more.
        ended = Notice(
            event=f"ended:{attempt.token}", happening=Happening.EXPIRED, happened_at=now, token=attempt.token
        )
        take(ended, of=attempt.gateway, now=now)
        return
    for notice in gateway.end(attempt.session, now=now):
        take(notice, of=attempt.gateway, now=now)


def _claim(invoice: Invoice, *, seen: Money, by: User, now: datetime) -> tuple[Gateway, CardPayment]:
    """Return the try that is to be paid, and where; one that is of no use any more is ended first."""
    for _ in range(2):
        try:
            with transaction.atomic():
                lock_organization(invoice.organization_id)
                payable = get_payable(invoice)
                current, offer = find_open_attempt(invoice), offer_for(payable)
                if current is not None and current.state != AttemptState.STARTED:
                    raise AlreadyOnItsWayError(current.token)
                if offer.gateway is None or offer.way is None:
                    raise CannotPayError(offer.obstacle if offer.gateway else None)
                if payable.open != seen:
                    raise OtherAmountError
                if current is None:
                    return offer.gateway, _begin(invoice, offer, amount=seen, by=by, now=now)
                if _is_usable(current, offer, amount=seen, now=now):
                    return offer.gateway, current
        except IntegrityError:
            # Somebody else began at the same time: theirs is used.
            continue
        # Outside of the transaction: nobody waits for a gateway with a lock in their hands.
        end_attempt(current, now=now)
    raise GatewayError("A checkout that is of no use any more does not end.")


def _is_usable(attempt: CardPayment, offer: Offer, *, amount: Money, now: datetime) -> bool:
    fits = offer.gateway is not None and (attempt.gateway, attempt.way) == (offer.gateway.code, offer.way)
    is_fresh = attempt.expires_at - now > REUSED_UNTIL if attempt.session else now - attempt.started_at < RESUMED_FOR
    return fits and is_fresh and Money(attempt.amount, attempt.currency) == amount


def _begin(invoice: Invoice, offer: Offer, *, amount: Money, by: AbstractBaseUser, now: datetime) -> CardPayment:
    assert offer.gateway is not None
    assert offer.way is not None
    attempt = CardPayment.objects.create(
        organization_id=invoice.organization_id,
        invoice=invoice,
        gateway=offer.gateway.code,
        way=offer.way.value,
        token=secrets.token_hex(16),
        currency=amount.currency.code,
        amount=amount.amount,
        started_at=now,
        started_by_id=by.pk,
        expires_at=now + OPEN_FOR,
        ask_at=now + ASKED_AFTER,
    )
    record(
        Deed(
            organization_id=invoice.organization_id,
            kind=AuditKind.PAYMENT,
            deed="card_payment_started",
            subject=attempt,
            by=by,
            at=now,
            facts={"number": invoice.number, "currency": attempt.currency, "amount": at_precision(amount)},
        )
    )
    return attempt


def _checkout(attempt: CardPayment, invoice: Invoice) -> Checkout:
    payer = attempt.started_by
    return Checkout(
        token=attempt.token,
        amount=Money(attempt.amount, attempt.currency),
        way=Way(attempt.way),
        title=invoice.number,
        payer_email=payer.email if payer else "",
        return_path=reverse("card_payment", args=[invoice.organization.code, attempt.token]),
        expires_at=attempt.expires_at,
    )
