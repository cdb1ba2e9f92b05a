"""A period of an agreement as it is known at an instant: what its pages and files are about."""

from dataclasses import dataclass
from datetime import datetime

from subscriptions.domain.period import BillingPeriod, Window
from subscriptions.domain.terms import ContractTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPeriod:
    """
    A period of an organization's agreement, as far as it was reported by an instant.

    `window` holds its instants up to now while it runs; a closed one is known as its close knew it (BR-02).
    """

    organization_id: int
    terms: ContractTerms
    period: BillingPeriod
    window: Window
    received_until: datetime
