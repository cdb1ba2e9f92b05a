"""The staff's pages for what happened: events, rejects, keys, counted periods."""

from usage.admin import event, key, rejected_event, snapshot

__all__ = ["event", "key", "rejected_event", "snapshot"]
