"""Which of the processes beside the site give no sign of life."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from subscriptions.models import Heartbeat, Living

SILENT_AFTER = timedelta(minutes=3)
"""Three ticks: one may be late, two may be lost."""


class Silence(StrEnum):
    """What gives no sign of life."""

    BEAT = "beat"
    WORKERS = "workers"
    TICKS = "ticks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """When beat, any worker, and a tick that a worker carried out were last seen; None: never."""

    beat: datetime | None
    worker: datetime | None
    tick: datetime | None

    def silent(self, *, now: datetime) -> list[Silence]:
        """Return what has been silent for more than three minutes; a tick only where beat and workers are not."""
        gone = [
            silence
            for silence, seen in ((Silence.BEAT, self.beat), (Silence.WORKERS, self.worker))
            if _is_silent(seen, now)
        ]
        return gone or ([Silence.TICKS] if _is_silent(self.tick, now) else [])


def get_signs() -> Signs:
    """Return the last signs of life."""
    seen: dict[str, datetime] = {}
    for name, at in Heartbeat.objects.order_by("seen_at").values_list("name", "seen_at"):
        seen[name.partition(":")[0]] = at
    return Signs(beat=seen.get(Living.BEAT), worker=seen.get(Living.WORKER), tick=seen.get(Living.TICK))


def list_workers() -> list[tuple[str, datetime]]:
    """Return the workers that were seen within a day, by name, with when."""
    workers = Heartbeat.objects.filter(name__startswith=f"{Living.WORKER}:").order_by("name")
    return [(name.partition(":")[2], at) for name, at in workers.values_list("name", "seen_at")]


def get_outcome(name: str) -> tuple[datetime, Mapping[str, object]] | None:
    """Return when a check last ran to its end and what it found; None if it never has."""
    row = Heartbeat.objects.filter(name=name).first()
    return None if row is None else (row.seen_at, row.outcome)


def _is_silent(seen: datetime | None, now: datetime) -> bool:
    return seen is None or now - seen > SILENT_AFTER
