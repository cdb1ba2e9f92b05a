"""Writes down who gives a sign of life."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from subscriptions.models import Heartbeat, Living

FORGOTTEN_AFTER = timedelta(days=1)
"""A worker that has been gone for so long was taken away; its successor has another name."""


def record_heartbeat(name: str, *, now: datetime, outcome: Mapping[str, object] | None = None) -> None:
    """Write down that something is alive, and what it found if it is a check."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name[:200], seen_at=now, outcome=dict(outcome or {}))],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["seen_at", "outcome"],
    )


def forget_the_gone(*, now: datetime) -> None:
    """Delete the signs of workers that have been gone for a day."""
    Heartbeat.objects.filter(name__startswith=f"{Living.WORKER}:", seen_at__lt=now - FORGOTTEN_AFTER).delete()
