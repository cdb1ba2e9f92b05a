"""The rows of what happened: events, rejects, keys, and the frozen snapshot of a period."""

from usage.models.event import EventIdentity, RejectedEvent, UsageEvent
from usage.models.key import IngestionKey
from usage.models.snapshot import SnapshotUser, UsageSnapshot

__all__ = ["EventIdentity", "IngestionKey", "RejectedEvent", "SnapshotUser", "UsageEvent", "UsageSnapshot"]
