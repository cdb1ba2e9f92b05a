"""The rows of what happened: events, rejects, keys with their throttles, and the frozen snapshot of a period."""

from usage.models.event import EventIdentity, RejectedEvent, UsageEvent
from usage.models.key import IngestionKey
from usage.models.snapshot import SnapshotUser, UsageSnapshot
from usage.models.throttle import Throttle

__all__ = ["EventIdentity", "IngestionKey", "RejectedEvent", "SnapshotUser", "Throttle", "UsageEvent", "UsageSnapshot"]
