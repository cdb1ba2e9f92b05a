"""From a decoded event to the typed row that is stored, with the digests that identify it."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from msgspec import Struct
from msgspec.structs import astuple

from usage.domain.events import Client, Direction, EventKind
from usage.services import wire

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CLIENTS = {client.name.lower(): int(client) for client in Client}
_DIRECTIONS = {direction.name.lower(): int(direction) for direction in Direction}


class TypedData(Struct, frozen=True, gc=False):
    """The columns that hold what an event's data says; those its type does not use are empty."""

    session: str | None = None
    client: int | None = None
    product: str | None = None
    direction: int | None = None
    remote: str | None = None
    amount: int | None = None
    gigabytes: Decimal | None = None
    target: bytes | None = None


class EventRow(Struct, frozen=True, gc=False):
    """A row of `UsageEvent` but for its receipt, in the order in which storage writes it."""

    organization_id: int
    kind: int
    occurred_at: datetime
    subject: str
    identity: bytes
    source: str
    event_id: str
    session: str | None
    client: int | None
    product: str | None
    direction: int | None
    remote: str | None
    amount: int | None
    gigabytes: Decimal | None
    target: bytes | None


def digest_identity(source: str, event_id: str) -> bytes:
    """Return the 128-bit digest that identifies an event within its organization."""
    # The length keeps ("a", "bc") and ("ab", "c") apart.
    return blake2b(f"{len(source)}:{source}{event_id}".encode(), digest_size=16).digest()


def digest_content(row: EventRow) -> bytes:
    """
    Return the 128-bit digest of what an event says: type, subject, instant and the data we keep.

    Two spellings of one content (key order, offset, 600 or 600.0) are the same; what we do not keep does not count.
    """
    age = row.occurred_at - _EPOCH
    microseconds = (age.days * 86_400 + age.seconds) * 1_000_000 + age.microseconds
    # No text holds NUL, and the kind says which columns are filled: no two contents share this form.
    canonical = (
        f"{row.kind}\0{microseconds}\0{row.subject}\0{row.session!s}\0{row.client!s}\0{row.product!s}"
        f"\0{row.direction!s}\0{row.remote!s}\0{row.amount!s}\0{row.gigabytes!s}\0{row.target!r}"
    )
    return blake2b(canonical.encode(), digest_size=16).digest()


def make_row(event: wire.WireEvent, *, organization_id: int) -> EventRow:
    """Return the typed row of an event of an organization."""
    kind, read = _READERS[type(event)]
    return EventRow(
        organization_id,
        kind,
        event.time,
        event.subject,
        digest_identity(event.source, event.id),
        event.source,
        event.id,
        *astuple(read(event)),
    )


_NO_DATA = TypedData()


def _nothing(event: wire.BareEvent) -> TypedData:
    return _NO_DATA


def _login(event: wire.LoggedIn) -> TypedData:
    return TypedData(event.data.session, _CLIENTS[event.data.client])


def _logout(event: wire.LoggedOut) -> TypedData:
    return TypedData(event.data.session)


def _product(event: wire.LicenseAssigned) -> TypedData:
    return TypedData(product=event.data.product)


def _call(event: wire.CallCompleted) -> TypedData:
    data = event.data
    return TypedData(direction=_DIRECTIONS[data.direction], remote=data.remote, amount=data.seconds)


def _duration(event: wire.IvrCompleted) -> TypedData:
    return TypedData(amount=event.data.seconds)


def _requests(event: wire.ApiRequested) -> TypedData:
    return TypedData(amount=event.data.count)


def _reading(event: wire.StorageMeasured) -> TypedData:
    # Decoding has made sure that this is a plain decimal, bare or in quotes.
    return TypedData(gigabytes=Decimal(bytes(event.data.gigabytes).strip(b'"').decode("ascii")).normalize())


def _retraction(event: wire.EventRetracted) -> TypedData:
    return TypedData(target=digest_identity(event.data.source, event.data.id))


_READERS: dict[type[wire.WireEvent], tuple[int, Callable[[Any], TypedData]]] = {
    wire.LoggedIn: (int(EventKind.LOGGED_IN), _login),
    wire.LoggedOut: (int(EventKind.LOGGED_OUT), _logout),
    wire.UserDeleted: (int(EventKind.DELETED), _nothing),
    wire.LicenseAssigned: (int(EventKind.ASSIGNED), _product),
    wire.LicenseUnassigned: (int(EventKind.UNASSIGNED), _product),
    wire.QueueJoined: (int(EventKind.QUEUE_JOINED), _nothing),
    wire.QueueLeft: (int(EventKind.QUEUE_LEFT), _nothing),
    wire.CallCompleted: (int(EventKind.CALL), _call),
    wire.IvrCompleted: (int(EventKind.IVR), _duration),
    wire.ByocCompleted: (int(EventKind.BYOC), _duration),
    wire.TranscriptionCompleted: (int(EventKind.TRANSCRIPTION), _duration),
    wire.StorageMeasured: (int(EventKind.STORAGE), _reading),
    wire.ApiRequested: (int(EventKind.API), _requests),
    wire.NumberActivated: (int(EventKind.NUMBER_ACTIVATED), _product),
    wire.NumberReleased: (int(EventKind.NUMBER_RELEASED), _product),
    wire.EventRetracted: (int(EventKind.RETRACTED), _retraction),
}
