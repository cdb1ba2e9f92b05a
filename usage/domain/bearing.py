"""Which events the meters of an agreement read: what it is not billed by is not asked for."""

from dataclasses import dataclass
from datetime import UTC, datetime

from subscriptions.domain.period import Window
from subscriptions.domain.policy import IncludedUse
from subscriptions.domain.rate_deck import RateDeck
from subscriptions.domain.terms import ContractTerms, LicensingModel
from usage.domain.events import EventKind

SESSION_KINDS = frozenset({EventKind.LOGGED_IN, EventKind.LOGGED_OUT})
LICENSE_KINDS = frozenset({EventKind.DELETED, EventKind.ASSIGNED, EventKind.UNASSIGNED})
QUEUE_KINDS = frozenset({EventKind.QUEUE_JOINED, EventKind.QUEUE_LEFT})
NUMBER_KINDS = frozenset({EventKind.NUMBER_ACTIVATED, EventKind.NUMBER_RELEASED})
RESOURCE_KINDS = frozenset({EventKind.IVR, EventKind.BYOC, EventKind.TRANSCRIPTION, EventKind.API, EventKind.STORAGE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearing:
    """The kinds of events that bear on a period, and when the calls end that do."""

    kinds: frozenset[EventKind]
    calls: Window


def bearing_on(window: Window, *, terms: ContractTerms, deck: RateDeck | None) -> Bearing:
    """Return what is read to count a period under an agreement (BR-20 to BR-24, BR-40 to BR-43)."""
    kinds = SESSION_KINDS | LICENSE_KINDS | NUMBER_KINDS
    if terms.licensing_model is LicensingModel.CONCURRENT:
        kinds |= pool_kinds(terms)
    calls = window
    if terms.policy.included_use is IncludedUse.CALL_PORTS:
        # A call is reported when it ends: one that ends after the period may have begun in it (BR-41).
        calls = Window(start=window.start, end=datetime.max.replace(tzinfo=UTC))
        kinds |= {EventKind.CALL}
    elif terms.policy.included_use is IncludedUse.FAIR_USE:
        kinds |= RESOURCE_KINDS
    if deck is not None:
        kinds |= {EventKind.CALL}
    return Bearing(kinds=kinds, calls=calls)


def pool_kinds(terms: ContractTerms) -> frozenset[EventKind]:
    """Return what is read to tell who takes part in the concurrent peak (BR-21)."""
    return LICENSE_KINDS | (QUEUE_KINDS if terms.policy.pool_needs_queue else frozenset())
