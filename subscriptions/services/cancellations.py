"""Ends agreements, and takes an end back; each is kept with who, when and why (BR-16)."""

from datetime import date, datetime

from django.db import transaction

from subscriptions.choices import AuditKind
from subscriptions.domain.amendment import (
    CancellationEffect,
    cancellation_effect,
    cancellation_violations,
    withdrawal_violations,
)
from subscriptions.domain.period import local_date
from subscriptions.domain.violations import Violation, reason_violations, refuse
from subscriptions.models import Subscription, SubscriptionCancellation
from subscriptions.selectors.agreements import lock_subscription
from subscriptions.selectors.terms import get_terms
from subscriptions.services.agreements import find_overlaps
from subscriptions.services.auditing import Deed, record
from subscriptions.services.recording import Recording


def find_cancellation_violations(
    subscription: Subscription, *, last_service_date: date, reason: str, now: datetime
) -> list[Violation]:
    """Return everything that forbids to end an agreement on a day, all at once (BR-10, BR-16)."""
    today = local_date(now, time_zone=subscription.time_zone)
    found = cancellation_violations(get_terms(subscription), last_service_date=last_service_date, today=today)
    if subscription.last_service_date is not None and last_service_date > subscription.last_service_date:
        found += find_overlaps(subscription, until=last_service_date)
    return [*found, *reason_violations(reason)]


def preview_cancellation(subscription: Subscription, *, last_service_date: date, now: datetime) -> CancellationEffect:
    """Return what a cancellation would mean if it were recorded now; nothing is written (BR-16)."""
    today = local_date(now, time_zone=subscription.time_zone)
    return cancellation_effect(get_terms(subscription), last_service_date=last_service_date, today=today)


def cancel_subscription(
    subscription_id: int, *, last_service_date: date, reason: str, recording: Recording
) -> CancellationEffect:
    """
    End an agreement after a day, and keep why (BR-16).

    :raises Refused: with everything that forbids it
    """
    with transaction.atomic():
        subscription = lock_subscription(subscription_id)
        found = find_cancellation_violations(
            subscription, last_service_date=last_service_date, reason=reason, now=recording.at
        )
        refuse(found)
        effect = preview_cancellation(subscription, last_service_date=last_service_date, now=recording.at)
        subscription.cancelled_on = local_date(recording.at, time_zone=subscription.time_zone)
        _end(subscription, last_service_date, reason, recording)
    return effect


def find_withdrawal_violations(subscription: Subscription, *, reason: str, now: datetime) -> list[Violation]:
    """Return everything that forbids to take back a cancellation, all at once (BR-10, BR-16)."""
    today = local_date(now, time_zone=subscription.time_zone)
    found = withdrawal_violations(get_terms(subscription), today=today)
    if subscription.last_service_date is not None:
        found += find_overlaps(subscription, until=None)
    return [*found, *reason_violations(reason)]


def withdraw_cancellation(subscription_id: int, *, reason: str, recording: Recording) -> None:
    """
    Take back a cancellation that is not yet in effect: the agreement goes on and renews (BR-16, BR-17).

    :raises Refused: with everything that forbids it
    """
    with transaction.atomic():
        subscription = lock_subscription(subscription_id)
        refuse(find_withdrawal_violations(subscription, reason=reason, now=recording.at))
        subscription.cancelled_on = None
        _end(subscription, None, reason, recording)


def _end(subscription: Subscription, last_service_date: date | None, reason: str, recording: Recording) -> None:
    subscription.last_service_date = last_service_date
    subscription.save(update_fields=["last_service_date", "cancelled_on"])
    row = SubscriptionCancellation.objects.create(
        organization=subscription.organization,
        subscription=subscription,
        last_service_date=last_service_date,
        recorded_at=recording.at,
        recorded_by=recording.by,
        reason=reason.strip(),
    )
    record(
        Deed(
            organization_id=subscription.organization_id,
            kind=AuditKind.AGREEMENT,
            deed="cancellation_recorded",
            subject=row,
            by=recording.by,
            at=recording.at,
            facts={"last_service_day": last_service_date.isoformat() if last_service_date else None},
            reason=reason,
        )
    )
