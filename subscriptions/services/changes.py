"""Records changes of commitments, prices and tiers, and says from when each bears (BR-12, BR-15)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from subscriptions.choices import AuditKind
from subscriptions.domain.amendment import ChangeEffect, change_effect, change_violations
from subscriptions.domain.catalog import CONTACT_CENTER_TIERS
from subscriptions.domain.period import local_date
from subscriptions.domain.terms import ContractTerms, TermsChange, starts_on
from subscriptions.domain.violations import TermsError, Violation, reason_violations, refuse
from subscriptions.domain.words import translatable
from subscriptions.models import Subscription, SubscriptionChange
from subscriptions.selectors.agreements import lock_subscription
from subscriptions.selectors.catalog import get_list_prices
from subscriptions.selectors.terms import get_terms
from subscriptions.services.auditing import Deed, record_all
from subscriptions.services.recording import Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class NewChange:
    """A change to be recorded: None leaves a figure as it is."""

    product: str
    effective_date: date
    commitment: Decimal | None = None
    price: Decimal | None = None
    overage_price: Decimal | None = None
    reason: str


def find_change_violations(
    subscription: Subscription, changes: Sequence[NewChange], *, now: datetime
) -> list[Violation]:
    """Return everything that forbids recording changes together, all at once (BR-12, BR-15)."""
    terms = get_terms(subscription)
    recorded = [_as_terms_change(change, terms, now) for change in changes]
    begins = max((starts_on(terms, terms.takes_effect(change)) for change in recorded), default=terms.effective_date)
    found = change_violations(terms, recorded, list_prices=get_list_prices(currency=terms.currency, on=begins))
    return [*found, *(fault for change in changes for fault in reason_violations(change.reason))]


def find_tier_violations(subscription: Subscription, change: NewChange, *, now: datetime) -> list[Violation]:
    """Return everything that forbids a change of the contact-center tier, all at once (BR-12, BR-15)."""
    found = find_change_violations(subscription, [change], now=now)
    terms = get_terms(subscription)
    index = terms.takes_effect(_as_terms_change(change, terms, now))
    if change.product not in CONTACT_CENTER_TIERS or not change.commitment:
        message = translatable(
            "A change of tier is a commitment to one of PureCloud 1, 2 and 3: name it, and how many."
        )
        found.append(Violation(code=TermsError.NO_TIER, field="product", message=message))
    elif terms.commitment(change.product, index) > 0:
        message = translatable("The agreement has this tier: change its commitment instead.")
        found.append(Violation(code=TermsError.SAME_TIER, field="product", message=message))
    return found


def preview_change(subscription: Subscription, change: NewChange, *, now: datetime) -> ChangeEffect:
    """Return what a change would do if it were recorded now; nothing is written (BR-15)."""
    terms = get_terms(subscription)
    return change_effect(terms, _as_terms_change(change, terms, now))


def record_changes(subscription_id: int, changes: Sequence[NewChange], *, recording: Recording) -> list[ChangeEffect]:
    """
    Record changes of commitments and prices, and return what each does and from when (BR-15).

    :raises Refused: with everything that forbids any of them; none is recorded then
    """
    with transaction.atomic():
        subscription = lock_subscription(subscription_id)
        refuse(find_change_violations(subscription, changes, now=recording.at))
        return [_record(subscription, change, recording) for change in changes]


def change_tier(subscription_id: int, change: NewChange, *, recording: Recording) -> ChangeEffect:
    """
    Record a commitment to another contact-center tier, which ends the one to the tier in force (BR-12, BR-15).

    :raises Refused: with everything that forbids it
    """
    with transaction.atomic():
        subscription = lock_subscription(subscription_id)
        refuse(find_tier_violations(subscription, change, now=recording.at))
        return _record(subscription, change, recording)


def _as_terms_change(change: NewChange, terms: ContractTerms, now: datetime) -> TermsChange:
    return TermsChange(
        effective_date=change.effective_date,
        product=change.product,
        commitment=change.commitment,
        price=change.price,
        overage_price=change.overage_price,
        recorded_on=local_date(now, time_zone=terms.time_zone),
    )


def _record(subscription: Subscription, change: NewChange, recording: Recording) -> ChangeEffect:
    effect = preview_change(subscription, change, now=recording.at)
    row = SubscriptionChange.objects.create(
        subscription=subscription,
        product_id=change.product,
        effective_date=change.effective_date,
        commitment=change.commitment,
        price=change.price,
        overage_price=change.overage_price,
        recorded_at=recording.at,
        recorded_by=recording.by,
        reason=change.reason.strip(),
    )
    audit_changes([row])
    return effect


def audit_changes(rows: Iterable[SubscriptionChange]) -> None:
    """Add recorded changes to the audit trail; call it in the transaction that records them."""
    record_all(
        Deed(
            organization_id=row.subscription.organization_id,
            kind=AuditKind.AGREEMENT,
            deed="change_recorded",
            subject=row,
            by=row.recorded_by,
            at=row.recorded_at,
            facts=facts_of_change(row) | {"currency": row.subscription.currency},
            reason=row.reason,
        )
        for row in rows
    )


def facts_of_change(row: SubscriptionChange) -> dict[str, str | None]:
    """Return the figures of a recorded change as the audit trail keeps them, the same however they are stored."""
    figures = {"commitment": row.commitment, "price": row.price, "overage_price": row.overage_price}
    return {
        "product": row.product_id,
        "effective_day": row.effective_date.isoformat(),
        **{name: None if figure is None else f"{Decimal(figure).normalize():f}" for name, figure in figures.items()},
    }
