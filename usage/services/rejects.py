"""Keeps what was not accepted, as it came, so that a person can see it and send it again."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b

import msgspec

from usage.models import RejectedEvent
from usage.services.decoding import MAX_EVENT_BYTES
from usage.services.wire import TEXT_LENGTH


@dataclass(frozen=True, slots=True)
class Rejection:
    """An event that did not come in: its place in what was sent, its id if it has one, and why."""

    index: int
    id: str | None
    reason: str
    message: str
    organization_id: int | None
    payload: bytes

    def move_to(self, index: int) -> "Rejection":
        """Return the same at another place."""
        return replace(self, index=index)


class _Name(msgspec.Struct):
    id: object = None
    source: object = None


def read_name(payload: bytes) -> tuple[str, str]:
    """Return what can be read of an event's source and id, however wrong the rest is; empty where nothing can."""
    try:
        name = _NAME.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "", ""
    return _as_text(name.source), _as_text(name.id)


_NAME = msgspec.json.Decoder(_Name)


def keep_rejections(rejections: Iterable[Rejection], *, received_at: datetime) -> None:
    """Store what was rejected; the same payload again, by a sender that retries for ever, is stored once."""
    rows = []
    for rejection in rejections:
        source, event_id = read_name(rejection.payload)
        rows.append(
            RejectedEvent(
                organization_id=rejection.organization_id,
                received_at=received_at,
                reason=rejection.reason,
                message=rejection.message,
                source=source,
                event_id=event_id,
                payload=rejection.payload[:MAX_EVENT_BYTES].decode("utf-8", errors="replace").replace("\0", "\ufffd"),
                digest=_digest(rejection),
            )
        )
    RejectedEvent.objects.bulk_create(rows, ignore_conflicts=True)


def _digest(rejection: Rejection) -> bytes:
    return blake2b(f"{rejection.organization_id} ".encode() + rejection.payload, digest_size=16).digest()


def _as_text(value: object) -> str:
    return value.replace("\0", "\ufffd")[:TEXT_LENGTH] if isinstance(value, str) else ""
