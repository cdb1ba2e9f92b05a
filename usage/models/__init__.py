"""The rows of what happened: events, rejects, keys with their throttles, a period's frozen snapshot, the live count."""

from usage.models.event import EventIdentity, RejectedEvent, UsageEvent
from usage.models.key import IngestionKey
from usage.models.live import LiveCount, LivePerson, LiveStretch
from usage.models.snapshot import SnapshotUser, UsageSnapshot
from usage.models.throttle import Throttle

__all__ = [
    "EventIdentity",
    "IngestionKey",
    "LiveCount",
    "LivePerson",
    "LiveStretch",
    "RejectedEvent",
    "SnapshotUser",
    "Throttle",
    "UsageEvent",
    "UsageSnapshot",
]
