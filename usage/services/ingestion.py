"""Takes in what is reported: each event once, for ever, or rejected and kept (BR-02, BR-19, BR-25)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter

from django.db import transaction
from msgspec import Struct

from subscriptions.selectors.clock import database_now
from usage.services import storage
from usage.services.decoding import Batch, InvalidEventError, decode_receipt
from usage.services.live_rows import forget_stretches
from usage.services.partitions import ensure_partitions
from usage.services.receipt import take_receipt
from usage.services.rejects import Rejection, keep_rejections, read_name
from usage.services.rows import EventRow, digest_content, make_row
from usage.services.scope import GONE, Refusal, Scope, get_standings
from usage.services.wire import WireEvent

FUTURE_TOLERANCE = timedelta(minutes=5)
"""How far a sender's clock may run ahead of ours."""

_BY_OCCURRENCE = attrgetter("row.organization_id", "row.kind", "row.occurred_at")

_CONFLICT = "id: this source and id came before with other content, which stands; send it under a new id."


class ForeignEventsError(PermissionError):
    """Everything that was sent is of another organization than the sender's; nothing was stored."""


class SuspendedError(PermissionError):
    """Everything that was sent is of the sender's own organization, whose trial has ended; nothing was stored."""


@dataclass(frozen=True, slots=True)
class IngestionReport:
    """What became of a batch."""

    accepted: int = 0
    duplicates: int = 0
    rejected: list[Rejection] = field(default_factory=list)

    def __add__(self, other: "IngestionReport") -> "IngestionReport":
        """Return both reports as one."""
        return IngestionReport(
            self.accepted + other.accepted, self.duplicates + other.duplicates, [*self.rejected, *other.rejected]
        )


class Candidate(Struct, frozen=True, gc=False):
    """A valid event of a known organization on its way to the disk."""

    place: int
    key: storage.Key
    content: bytes
    row: EventRow
    received_at: datetime | None


@dataclass(slots=True)
class Admission:
    """A batch sorted into those that may be stored and those that may not."""

    batch: Batch
    scope: Scope
    candidates: list[Candidate] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)

    def reject(self, index: int, refusal: Refusal, organization_id: int | None) -> None:
        """Note that an event does not come in, with its payload."""
        payload = self.batch.read_payload(index)
        _source, event_id = read_name(payload)
        self.rejections.append(
            Rejection(index, event_id or None, refusal.reason, refusal.message, organization_id, payload)
        )


def ingest(batch: Batch, *, scope: Scope, now: datetime) -> IngestionReport:
    """
    Store the events of a batch once each, received at the database's clock; reject what lies in the future.

    Raises ForeignEventsError if every event is of another organization than the sender's, SuspendedError if the
    sender's own is a trial that has ended.
    """
    latest = now + FUTURE_TOLERANCE

    def check(event: WireEvent) -> datetime | None:
        if event.time > latest:
            raise _FutureEventError("time: lies more than 5 minutes ahead of our clock.")
        return None

    return store(admit(batch, scope=scope, receive=check), latest_receipt=now)


def ingest_with_receipts(batch: Batch, *, scope: Scope, now: datetime) -> IngestionReport:
    """
    Store the events of a trusted import with their own times of receipt, in the order of receipt (BR-02).

    Of two events of one identity the first received stands, so a larger import must be sorted by receipt as a whole.
    """

    def read(event: WireEvent) -> datetime | None:
        received = decode_receipt(event)
        if received > now:
            raise _FutureEventError("received: lies in the future.")
        return received

    admission = admit(batch, scope=scope, receive=read)
    admission.candidates.sort(key=by_receipt)
    return store(admission, latest_receipt=now)


class _FutureEventError(InvalidEventError):
    """The event's time or receipt lies ahead of us."""


def admit(batch: Batch, *, scope: Scope, receive: Callable[[WireEvent], datetime | None]) -> Admission:
    """Sort a batch by what the sender may report; `receive` returns an event's own receipt, or raises."""
    admission = Admission(batch, scope)
    organizations = scope.resolve(event.organization for _index, event in batch.events)
    for index, event in batch.events:
        organization_id = organizations[event.organization]
        if isinstance(organization_id, Refusal):
            admission.reject(index, organization_id, scope.organization_id)
            continue
        try:
            received_at = receive(event)
        except InvalidEventError as error:
            reason = "future" if isinstance(error, _FutureEventError) else "invalid"
            admission.reject(index, Refusal(reason, str(error)), organization_id)
            continue
        row = make_row(event, organization_id=organization_id)
        admission.candidates.append(Candidate(index, storage.make_key(row), digest_content(row), row, received_at))
    foreign = [rejection for rejection in admission.rejections if rejection.reason == "foreign_organization"]
    if foreign and len(foreign) == len(batch):
        raise ForeignEventsError("This key may not report for that organization.")
    for failure in batch.failures:
        admission.reject(failure.index, Refusal("invalid", failure.message), scope.organization_id)
    return admission


def by_receipt(candidate: Candidate) -> datetime:
    """Return when a candidate of a trusted import was received, to sort by."""
    assert candidate.received_at is not None
    return candidate.received_at


def store(admission: Admission, *, latest_receipt: datetime) -> IngestionReport:
    """Store what was admitted, of one identity the first, and keep what was rejected, in one transaction."""
    if admission.candidates:
        instants = [candidate.row.occurred_at for candidate in admission.candidates]
        ensure_partitions(instants, received=latest_receipt)
    with transaction.atomic():
        received_at = take_receipt(candidate.row.organization_id for candidate in admission.candidates)
        candidates = _in_good_standing(admission, received_at)
        accepted, repeated, standing = _store_first_ones(candidates, received_at)
        conflicts = [candidate for candidate in repeated if candidate.content != standing[candidate.key]]
        for candidate in conflicts:
            admission.reject(candidate.place, Refusal("conflict", _CONFLICT), candidate.row.organization_id)
        keep_rejections(admission.rejections, received_at=received_at)
        forget_stretches({candidate.row.organization_id for candidate in candidates if candidate.received_at})
    return IngestionReport(
        accepted=accepted,
        duplicates=len(repeated) - len(conflicts),
        rejected=sorted(admission.rejections, key=lambda rejection: rejection.index),
    )


def store_rejections(admission: Admission) -> IngestionReport:
    """Keep what was rejected; there is nothing to accept."""
    with transaction.atomic():
        keep_rejections(admission.rejections, received_at=database_now())
    return IngestionReport(rejected=admission.rejections)


def _in_good_standing(admission: Admission, received_at: datetime) -> list[Candidate]:
    """
    Return the candidates whose organization may report when they are received, and reject the others (BR-19).

    Asked after the ingestion was announced: a removal that came first is seen, one that comes later waits.
    """
    standings = get_standings(candidate.row.organization_id for candidate in admission.candidates)
    good: list[Candidate] = []
    for candidate in admission.candidates:
        standing = standings.get(candidate.row.organization_id)
        refusal = standing.refusal(candidate.received_at or received_at) if standing else GONE
        if refusal is None:
            good.append(candidate)
        else:
            admission.reject(candidate.place, refusal, candidate.row.organization_id if standing else None)
    if admission.candidates and not good and admission.scope.organization is not None:
        raise SuspendedError("The trial of this organization has ended: nothing of it is taken in, nothing was stored.")
    return good


def _store_first_ones(
    candidates: Sequence[Candidate], received_at: datetime
) -> tuple[int, list[Candidate], dict[storage.Key, bytes]]:
    """Store each identity that is new; return how many, the candidates that repeat one, and what stands for each."""
    first: dict[storage.Key, Candidate] = {}
    repeated = [candidate for candidate in candidates if first.setdefault(candidate.key, candidate) is not candidate]
    contents = {key: candidate.content for key, candidate in first.items()}
    known = storage.add_identities(contents)
    accepted = [candidate for key, candidate in first.items() if key not in known]
    repeated += [candidate for key, candidate in first.items() if key in known]
    if accepted:
        # As the index by which they are read has them: to write one then finds in memory what the one before it did.
        accepted.sort(key=_BY_OCCURRENCE)
        storage.add_events(
            (candidate.row for candidate in accepted),
            (candidate.received_at or received_at for candidate in accepted),
        )
    return len(accepted), repeated, contents | known
