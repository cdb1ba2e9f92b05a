"""Makes agreements; what forbids one is said all at once (BR-10, BR-12, BR-13)."""

from datetime import date

from django.db import transaction

from subscriptions.choices import AuditKind
from subscriptions.domain.period import local_date
from subscriptions.domain.terms import ContractTerms
from subscriptions.domain.violations import TermsError, Violation, refuse, violations
from subscriptions.domain.words import translatable
from subscriptions.models import Subscription
from subscriptions.selectors.agreements import list_overlapping_subscriptions, lock_organization
from subscriptions.selectors.quotes import NewAgreement
from subscriptions.selectors.rate_decks import get_rate_deck_version
from subscriptions.services.auditing import Deed, record
from subscriptions.services.recording import Recording


def find_agreement_violations(subscription: Subscription, terms: ContractTerms) -> list[Violation]:
    """Return everything that forbids an agreement, stored or not, all at once (BR-10, BR-12, BR-13, BR-42)."""
    found = find_terms_violations(subscription, terms)
    return [*found, *find_overlaps(subscription, until=subscription.last_service_date)]


def find_terms_violations(subscription: Subscription, terms: ContractTerms) -> list[Violation]:
    """Return everything that forbids an agreement by itself, whatever else the organization has agreed."""
    regions = subscription.organization.regions
    return [
        *violations(terms, regions=regions, multi_shift=subscription.multi_shift),
        *_rate_deck_violations(subscription),
    ]


def create_subscription(agreement: NewAgreement, *, recording: Recording) -> Subscription:
    """
    Make an agreement with its prices and allowances.

    :raises Refused: with everything that forbids it
    """
    subscription = agreement.subscription
    with transaction.atomic():
        lock_organization(subscription.organization_id)
        refuse(find_agreement_violations(subscription, agreement.terms))
        if subscription.last_service_date is not None:
            # One may be typed in after it has ended.
            today = local_date(recording.at, time_zone=subscription.time_zone)
            subscription.cancelled_on = min(today, subscription.last_service_date)
        subscription.save()
        for price in agreement.prices:
            price.subscription = subscription
            price.save()
        for allowance in agreement.allowances:
            allowance.subscription = subscription
            allowance.save()
        record(
            Deed(
                organization_id=subscription.organization_id,
                kind=AuditKind.AGREEMENT,
                deed="agreement_made",
                subject=subscription,
                by=recording.by,
                at=recording.at,
                facts={
                    "first_day": subscription.effective_date.isoformat(),
                    "currency": subscription.currency,
                    "prices": {price.product_id: str(price.price) for price in agreement.prices},
                },
            )
        )
    return subscription


def restate_subscription(subscription: Subscription) -> None:
    """
    Save the terms of an agreement that has not begun.

    :raises Refused: with everything that forbids them
    """
    with transaction.atomic():
        lock_organization(subscription.organization_id)
        # Its form has seen all else; what others agreed meanwhile it cannot have.
        refuse(find_overlaps(subscription, until=subscription.last_service_date))
        subscription.save()


def find_overlaps(subscription: Subscription, *, until: date | None) -> list[Violation]:
    """Return the organization's other agreements that run on any day up to one, each as a reason (BR-10)."""
    overlapping = list_overlapping_subscriptions(
        organization_id=subscription.organization_id,
        effective_date=subscription.effective_date,
        last_service_date=until,
    )
    return [_overlap(other) for other in overlapping.exclude(pk=subscription.pk)]


def _overlap(other: Subscription) -> Violation:
    if other.last_service_date is None:
        message = translatable(
            "Another subscription of this organization runs since %(start)s and has no end. An organization has at "
            "most one: give the other its last service day first; the new one begins on the day after."
        )
    else:
        message = translatable(
            "Another subscription of this organization runs from %(start)s to %(end)s. An organization has at most "
            "one: the new one begins on the day after."
        )
    words = {"start": other.effective_date, "end": other.last_service_date}
    return Violation(code=TermsError.OVERLAPS, field="effective_date", message=message, words=words)


def _rate_deck_violations(subscription: Subscription) -> list[Violation]:
    """Refuse rates in another currency, and a deck by which the first calls could not be rated (BR-42)."""
    deck = subscription.rate_deck
    if deck is None:
        return []
    words: dict[str, date | str | None] = {"deck": deck.name, "theirs": deck.currency, "ours": subscription.currency}
    if subscription.currency and deck.currency != subscription.currency:
        message = translatable(
            "The rates of %(deck)s are in %(theirs)s: pick a deck in %(ours)s, the subscription's currency."
        )
        return [Violation(code=TermsError.RATES_IN_ANOTHER_CURRENCY, field="rate_deck", message=message, words=words)]
    if get_rate_deck_version(deck.pk, on=subscription.effective_date) is None:
        message = translatable(
            "%(deck)s has no rates on %(day)s: pick another deck, or have a version added to this one."
        )
        words |= {"day": subscription.effective_date}
        return [Violation(code=TermsError.NO_RATES, field="rate_deck", message=message, words=words)]
    return []
