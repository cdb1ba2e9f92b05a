"""From the bytes of a request or file to typed events; every refusal names the field and what is wrong with it."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, get_args, get_type_hints

import msgspec
from msgspec import UNSET, Raw

from subscriptions.domain.characters import turns_text
from usage.services import wire

MAX_DEPTH = 20
MAX_EVENT_BYTES = 65_536
EARLIEST_YEAR, LATEST_YEAR = 2000, 2099

_EVENTS = msgspec.json.Decoder(list[wire.AnyEvent])
_EVENT = msgspec.json.Decoder(wire.AnyEvent)
_RAW_EVENTS = msgspec.json.Decoder(list[Raw])
_INSTANT = msgspec.json.Decoder(wire.Instant)

_PLAIN_DECIMAL = re.compile(rb'[0-9]{1,14}(\.[0-9]{1,6})?|"[0-9]{1,14}(\.[0-9]{1,6})?"')
_KEY_END = re.compile(rb'"[ \t\r\n]*:')
_SPACES = (b" ", b"\t", b"\r", b"\n")
_SPACE_AFTER_QUOTE = re.compile(rb'"[ \t\r\n]')
# The characters of TURN_TEXT as bytes; a body of ASCII can only hold them escaped.
_TURNS_TEXT = re.compile(rb"\xe2(?:\x80[\xaa-\xae]|\x81[\xa6-\xa9])")
_MISSING = re.compile(r"Object missing required field `(\w+)`")

# How many keys the JSON object of each type holds at least: its attributes, its type, and what its data must hold.
_OPTIONAL = {"organization", "received", "datacontenttype"}
_OPTIONAL_IF_BARE = {*_OPTIONAL, "data"}
_LEAST_KEYS = {
    cls: len({"type", *cls.__struct_fields__} - (_OPTIONAL_IF_BARE if issubclass(cls, wire.BareEvent) else _OPTIONAL))
    + len(getattr(get_type_hints(cls).get("data"), "__struct_fields__", ()))
    for cls in get_args(wire.AnyEvent)
}


class UnreadableBodyError(ValueError):
    """The body is no JSON that could hold events; nothing of it was taken."""


class InvalidEventError(ValueError):
    """One event is refused; the message names the field."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An event that cannot be taken as it stands."""

    index: int
    message: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What a body held: the valid events with their places in it, the failures, and each event as it came."""

    events: Sequence[tuple[int, wire.WireEvent]]
    failures: Sequence[Failure]
    read_payload: Callable[[int], bytes]

    def __len__(self) -> int:
        """Return how many events the body held, valid or not."""
        return len(self.events) + len(self.failures)


def decode_batch(body: bytes) -> Batch:
    """
    Return the events of a JSON array.

    Raises UnreadableBodyError where the bytes are not UTF-8, not JSON, not an array, or nested too deeply.
    """
    _require_utf8(body)
    try:
        events = _EVENTS.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _decode_one_by_one(body)
    if _may_hide_something(body, events):
        return _decode_one_by_one(body)
    failures = [Failure(index, complaint) for index, event in enumerate(events) if (complaint := _complaint(event))]
    if not failures:
        return Batch(list(enumerate(events)), [], _read_payloads(body))
    failed = {failure.index for failure in failures}
    valid = [(index, event) for index, event in enumerate(events) if index not in failed]
    return Batch(valid, failures, _read_payloads(body))


def decode_single(body: bytes) -> Batch:
    """Return the one event of a JSON object, as a batch; raises UnreadableBodyError like `decode_batch`."""
    if not body.lstrip(b" \t\r\n").startswith(b"{"):
        raise UnreadableBodyError("The body is not one JSON object.")
    batch = decode_batch(b"[" + body + b"]")
    if len(batch) != 1:
        raise UnreadableBodyError("The body is not one JSON object.")
    return batch


def decode_receipt(event: wire.WireEvent) -> datetime:
    """Return when an imported event reached the system that kept it, by default when it happened."""
    if event.received is UNSET:
        return event.time
    try:
        received = _INSTANT.decode(event.received)
    except msgspec.DecodeError as error:
        raise InvalidEventError(f"received: {error}") from None
    if not EARLIEST_YEAR <= received.year <= LATEST_YEAR:
        raise InvalidEventError(_out_of_years("received"))
    return received


def _read_payloads(body: bytes) -> Callable[[int], bytes]:
    """Return a reader of the events as they came, which cuts the array apart only when first asked."""

    @cache
    def cut() -> list[Raw]:
        return _RAW_EVENTS.decode(body)

    return lambda index: bytes(cut()[index])


def _require_utf8(body: bytes) -> None:
    if body.isascii():
        return
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableBodyError(f"The body is not UTF-8 (byte {error.start}).") from None


def _may_hide_something(body: bytes, events: Sequence[wire.WireEvent]) -> bool:
    """
    Tell whether the text may hold a repeated key, an attribute we do not know, or a character that is not taken.

    Decoding takes the last of repeated keys in silence. A key always ends in a quote and a colon, so a text with as
    many of these as the events have known keys has no other key: it needs no second look.
    """
    # One byte is found much faster than several: most bodies hold no escape, and many no space.
    if b"\\" in body and (b"\\u0000" in body or b"\\u202" in body or b"\\u206" in body):
        return True
    if not body.isascii() and _TURNS_TEXT.search(body):
        return True
    spaced = any(space in body for space in _SPACES) and _SPACE_AFTER_QUOTE.search(body)
    key_ends = len(_KEY_END.findall(body)) if spaced else body.count(b'":')
    return key_ends != _count_keys(events)


def _count_keys(events: Sequence[wire.WireEvent]) -> int:
    keys = 0
    for event in events:
        keys += _LEAST_KEYS[type(event)]
        if event.organization is not UNSET:
            keys += 1
        if event.received is not UNSET:
            keys += 1
        if event.datacontenttype is not UNSET:
            keys += 1
        if isinstance(event, wire.BareEvent) and event.data is not UNSET:
            keys += 1
    return keys


def _decode_one_by_one(body: bytes) -> Batch:
    """Decode slowly and strictly, so that one bad event is told from the good ones beside it."""
    try:
        raw_events = _RAW_EVENTS.decode(body)
    except RecursionError:
        raise UnreadableBodyError(f"The body is nested deeper than {MAX_DEPTH} levels.") from None
    except msgspec.ValidationError:
        raise UnreadableBodyError("The body is not a JSON array of events.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableBodyError(f"The body is not JSON: {error}.") from None
    events: list[tuple[int, wire.WireEvent]] = []
    failures: list[Failure] = []
    for index, raw in enumerate(raw_events):
        try:
            events.append((index, _decode_strictly(bytes(raw))))
        except InvalidEventError as error:
            failures.append(Failure(index, str(error)))
    return Batch(events, failures, lambda index: bytes(raw_events[index]))


def _decode_strictly(raw: bytes) -> wire.WireEvent:
    if len(raw) > MAX_EVENT_BYTES:
        raise InvalidEventError(f"The event is larger than {MAX_EVENT_BYTES} bytes.")
    try:
        plain = json.loads(raw, object_pairs_hook=_refuse_repeated_keys)
    except RecursionError:
        raise UnreadableBodyError(f"The body is nested deeper than {MAX_DEPTH} levels.") from None
    except InvalidEventError:
        raise
    except ValueError:  # an integer of thousands of digits
        raise InvalidEventError("A number is out of range.") from None
    _inspect(plain, path="", depth=1)
    try:
        event: wire.WireEvent = _EVENT.decode(raw)
    except msgspec.ValidationError as error:
        raise InvalidEventError(_describe(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidEventError(f"A text is not valid Unicode: {error}.") from None
    if complaint := _complaint(event):
        raise InvalidEventError(complaint)
    return event


def _refuse_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    seen: set[str] = set()
    for key, _value in pairs:
        if key in seen:
            raise InvalidEventError(f"{key[:50]}: stands there twice.")
        seen.add(key)
    return plain


def _inspect(value: object, *, path: str, depth: int) -> None:
    """Refuse what PostgreSQL cannot store (NUL, half a surrogate pair), what misleads, and what is too deep."""
    if depth > MAX_DEPTH:
        raise UnreadableBodyError(f"The body is nested deeper than {MAX_DEPTH} levels.")
    if isinstance(value, str):
        if "\0" in value:
            raise InvalidEventError(f"{path or 'A text'}: holds a NUL character.")
        if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
            raise InvalidEventError(f"{path or 'A text'}: holds half a surrogate pair.")
        if turns_text(value):
            raise InvalidEventError(f"{path or 'A text'}: holds a character that turns the direction of text.")
    elif isinstance(value, dict):
        for key, inner in value.items():
            _inspect(key, path=path, depth=depth)
            _inspect(inner, path=f"{path}.{key[:50]}".lstrip("."), depth=depth + 1)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            _inspect(inner, path=f"{path}[{place}]", depth=depth + 1)


def _complaint(event: wire.WireEvent) -> str | None:
    if not EARLIEST_YEAR <= event.time.year <= LATEST_YEAR:
        return _out_of_years("time")
    if isinstance(event, wire.StorageMeasured) and not _PLAIN_DECIMAL.fullmatch(event.data.gigabytes):
        return "data.gigabytes: must be a plain decimal, at most 14 digits before the point and 6 after it."
    return None


def _out_of_years(field: str) -> str:
    return f"{field}: must lie in the years {EARLIEST_YEAR} to {LATEST_YEAR}."


def _describe(error: msgspec.ValidationError) -> str:
    """Put the field first: `data.seconds: Expected int >= 0.`"""
    problem, _, path = str(error).partition(" - at `$")
    field = path.rstrip("`").lstrip(".")
    if missing := _MISSING.fullmatch(problem):
        return f"{field}.{missing[1]}: is missing.".lstrip(".")
    return f"{field or 'The event'}: {problem.replace('`', '')}."[:500]
