"""Takes in events that were kept elsewhere: from files, for migrations, and for the demo and stories."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from subscriptions.models import Organization
from usage.services.decoding import Batch, Failure, UnreadableBodyError, decode_batch, decode_receipt, decode_single
from usage.services.ingestion import Admission, IngestionReport, admit, by_receipt, store, store_rejections
from usage.services.scope import Scope
from usage.services.wire import Instant

TRANSACTION_SIZE = 10_000


class _Receipt(msgspec.Struct):
    time: Instant
    received: Instant | None = None


_RECEIPT = msgspec.json.Decoder(_Receipt)


def decode_lines(lines: Sequence[bytes]) -> Batch:
    """Return the events of a file of one JSON object a line; a line that is none is a failure, never the end of it."""
    try:
        batch = decode_batch(b"[" + b",".join(lines) + b"]")
    except UnreadableBodyError:
        return _decode_line_by_line(lines)
    # Lines that are not one object each may still make an array together.
    return batch if len(batch) == len(lines) else _decode_line_by_line(lines)


def import_trusted(events: Iterable[Mapping[str, object]], *, organization: Organization) -> IngestionReport:
    """
    Store CloudEvents of one organization with their own `received` (by default their `time`), first received first.

    For stories and the demo, whose clock is not ours: nothing is too early or too late. An index is the place in
    `events`. Raises TypeError for a value that JSON does not know.
    """
    batch = decode_lines([msgspec.json.encode(event) for event in events])
    admission = admit(batch, scope=Scope(organization), receive=decode_receipt)
    ordered = sorted(admission.candidates, key=by_receipt)
    report = IngestionReport()
    for start in range(0, len(ordered), TRANSACTION_SIZE):
        part = Admission(batch, admission.scope, candidates=ordered[start : start + TRANSACTION_SIZE])
        report += store(part, latest_receipt=by_receipt(part.candidates[-1]))
    return report + store_rejections(admission)


def read_receipt(line: bytes) -> float:
    """Return when the event of a line was received, in seconds since 1970, to sort by; 0 where it cannot be read."""
    try:
        receipt = _RECEIPT.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return 0.0
    return (receipt.received or receipt.time).timestamp()


def _decode_line_by_line(lines: Sequence[bytes]) -> Batch:
    decoded = [_decode_line(line) for line in lines]
    return Batch(
        events=[(index, event) for index, batch in enumerate(decoded) for _place, event in batch.events],
        failures=[Failure(index, failure.message) for index, batch in enumerate(decoded) for failure in batch.failures],
        read_payload=lambda index: lines[index],
    )


def _decode_line(line: bytes) -> Batch:
    try:
        return decode_single(line)
    except UnreadableBodyError as error:
        return Batch([], [Failure(0, f"The line is unreadable: {error}")], lambda _index: line)
