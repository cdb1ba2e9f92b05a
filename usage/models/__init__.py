"""The rows of what happened: events, rejects, keys, the frozen snapshot of a period, and the live count."""

from usage.models.event import EventIdentity, RejectedEvent, UsageEvent
from usage.models.key import IngestionKey
from usage.models.live import LiveCount, LivePerson, LiveStretch
from usage.models.snapshot import SnapshotUser, UsageSnapshot

__all__ = [
    "EventIdentity",
    "IngestionKey",
    "LiveCount",
    "LivePerson",
    "LiveStretch",
    "RejectedEvent",
    "SnapshotUser",
    "UsageEvent",
    "UsageSnapshot",
]
