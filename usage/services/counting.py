"""Counts a period's usage, for a close, a preview or the live view, and stores what a close counted."""

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from subscriptions.domain.period import BillingPeriod, Window
from subscriptions.domain.terms import ContractTerms
from usage.domain.snapshot import UsageCount, count_usage
from usage.models import SnapshotUser, UsageSnapshot
from usage.selectors import get_usage_facts


def count_period(
    *,
    organization_id: int,
    terms: ContractTerms,
    period: BillingPeriod,
    window: Window,
    received_until: datetime,
) -> UsageCount:
    """Return what an organization used in a period, as far as it was reported by an instant (BR-20 to BR-24)."""
    facts = get_usage_facts(organization_id=organization_id, window=window, received_until=received_until)
    return count_usage(facts, terms=terms, period=period, window=window, deck=None)


def save_snapshot(*, organization_id: int, count: UsageCount, cutoff_at: datetime) -> UsageSnapshot:
    """Store a count with its evidence; it is never changed afterwards (BR-77)."""
    snapshot = UsageSnapshot.objects.create(
        organization_id=organization_id,
        starts_at=count.window.start,
        ends_at=count.window.end,
        cutoff_at=cutoff_at,
        quantities=_quantities(count),
    )
    SnapshotUser.objects.bulk_create(
        [
            SnapshotUser(
                organization_id=organization_id,
                snapshot=snapshot,
                user=person.user,
                license=person.license or "",
                first_login_at=person.first_login_at,
                last_seen_at=person.last_seen_at,
                seconds=int(person.logged_in.total_seconds()),
            )
            for person in count.people
        ],
        batch_size=2000,
    )
    return snapshot


def _quantities(count: UsageCount) -> dict[str, Any]:
    """Return everything counted but the people, who have rows of their own, as JSON."""
    return {
        "billable": {product: str(quantity) for product, quantity in count.billable.items()},
        "peak": _plain(asdict(count.peak)) if count.peak else None,
        "fair_use": _plain({resource: asdict(use) for resource, use in count.fair_use.items()}),
        "call_ports": _plain(asdict(count.call_ports)) if count.call_ports else None,
        "voice": [_plain(asdict(use)) for use in count.calls.rated],
        "unrated_calls": [call.call_id for call in count.calls.unrated],
        "numbers": _plain(asdict(count.numbers)),
    }


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it: exact numbers as text, sets in order."""
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal | Fraction):
        return str(value)
    return value
