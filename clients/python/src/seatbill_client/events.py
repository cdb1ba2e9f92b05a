"""Events as they are sent, and what became of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4


@dataclass(frozen=True)
class Event:
    """
    One usage event (a CloudEvent).

    It is known by its source and id, for ever: sending the same again counts once. `organization` is named with a
    platform's key only.
    """

    type: str
    source: str
    subject: str
    time: datetime
    data: Mapping[str, Any] = field(default_factory=dict)
    id: str = field(default_factory=lambda: str(uuid4()))
    organization: str | None = None

    def __post_init__(self) -> None:
        """Refuse a time whose instant nobody can tell."""
        if self.time.tzinfo is None:
            raise ValueError("time: needs a zone, such as datetime.now(timezone.utc)")

    def to_json(self) -> bytes:
        """
        Return the event as it travels.

        :raises TypeError: if something in its data is not JSON
        :raises ValueError: if something in its data is no number
        """
        written: dict[str, Any] = {
            "specversion": "1.0",
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "subject": self.subject,
            "time": self.time.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "data": dict(self.data),
        }
        if self.organization is not None:
            written["organization"] = self.organization
        return json.dumps(written, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


@dataclass(frozen=True)
class Rejected:
    """An event that was not counted, and why; Seatbill keeps it for a person to see, and to send again."""

    event: Event
    reason: str
    message: str


@dataclass(frozen=True)
class Report:
    """What became of events: how many were stored now, how many were there before, and which were rejected."""

    accepted: int = 0
    duplicates: int = 0
    rejected: Sequence[Rejected] = ()

    def __add__(self, other: "Report") -> "Report":
        """Return what became of both."""
        return Report(
            accepted=self.accepted + other.accepted,
            duplicates=self.duplicates + other.duplicates,
            rejected=[*self.rejected, *other.rejected],
        )
