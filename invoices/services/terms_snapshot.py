"""Stores the agreement and the prices as a close used them, and reads them back (BR-77)."""

from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from invoices.domain.prices import Prices
from invoices.domain.rating import RULE_VERSION
from invoices.models import TermsSnapshot


def save_terms(*, organization_id: int, prices: Prices) -> TermsSnapshot:
    """Store everything but the usage that a rating reads; it is never changed afterwards."""
    return TermsSnapshot.objects.create(
        organization_id=organization_id,
        rule_version=RULE_VERSION,
        terms={
            "agreement": _plain(asdict(prices.terms)),
            "list_prices": {day.isoformat(): _plain(asdict(listed)) for day, listed in prices.list_prices.items()},
        },
    )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
