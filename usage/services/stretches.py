"""
Reads a running period for its live count: what is past as it was packed at the last one, where nothing about it was
reported since, and the rest from the events.

A stretch holds the sessions that ended in it, paired, and the logins still open at its end, with which the next one
goes on. So an event bears on the stretches from its own to that of 24 hours later (BR-23), and on no other.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np

from subscriptions.domain.period import Window
from usage.domain.bearing import SESSION_KINDS, bearing_on, pool_kinds
from usage.domain.calls import Calls, calls_of, joined
from usage.domain.codes import Codes
from usage.domain.columns import UsageColumns
from usage.domain.events import EventKind
from usage.domain.instants import Numbers, instant_at, microseconds
from usage.domain.known_period import KnownPeriod
from usage.domain.sessions import LONGEST_SESSION, Pairing, SessionMarks, Sessions, Stretch, Unended, stacked
from usage.domain.spans import Spans
from usage.domain.texts import SEPARATOR, Texts
from usage.models import LiveCount, LiveStretch
from usage.selectors.columns import Asked, get_rare_facts, read_parts
from usage.selectors.events import list_hours_reported

LENGTH = timedelta(hours=6)
"""So many hours are packed together: of what is going on, no more is read each time."""

_NONE = 0
"""The key of no stretch."""

_AN_HOUR = timedelta(hours=1)
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPeriod:
    """A period as it was read, and how what is kept of it is to change."""

    columns: UsageColumns
    users: bytes
    """The users, joined by NUL: a code is a place among them."""
    fresh: Sequence[LiveStretch]
    outdated: Sequence[int]
    """The keys of stretches that hold no longer."""


class _Packed(msgspec.Struct, array_like=True):
    """A stretch as it is kept."""

    keys: bytes
    starts: bytes
    ends: bytes
    open_users: bytes
    open_sessions: bytes
    open_since: bytes
    unended: list[tuple[str, str, int]]
    calls_ended: bytes
    call_seconds: bytes


@dataclass(slots=True, eq=False)
class _Found:
    """What was found of a period so far, in columns."""

    spans: list[Spans] = field(default_factory=list)
    unended: list[Unended] = field(default_factory=list)
    calls: list[Calls] = field(default_factory=list)
    fresh: list[LiveStretch] = field(default_factory=list)

    def sessions(self, people: Codes) -> Sessions:
        """Return the sessions of these people."""
        return Sessions(people=people, spans=stacked(self.spans), unended=self.unended)


def read_period(known: KnownPeriod, *, last: LiveCount) -> ReadPeriod:
    """
    Return everything that bears on a running period, as `get_usage_columns` does, reading no more events than it must.

    Whatever was received up to the period's `received_until` is committed: wait for its ingestion before.
    """
    asked = Asked(
        organization_id=known.organization_id,
        # Who takes part in the peak is told by day in every licensing model.
        kinds=bearing_on(known.window, terms=known.terms, deck=None).kinds | pool_kinds(known.terms),
        received_until=known.received_until,
    )
    rare, are_retracted = get_rare_facts(asked, window=known.window)
    kept, outdated = _kept(asked, last, known)
    people = Codes()
    if kept:
        people.add(bytes(last.users or b"").decode().split("\0"))
    found = _read_through(
        asked, kept, Pairing(people=people, deletions=rare.deletions), period=known.window, are_retracted=are_retracted
    )
    return ReadPeriod(
        columns=UsageColumns(sessions=found.sessions(people), calls=joined(found.calls), rare=rare),
        users=SEPARATOR.join(user.encode() for user in people),
        fresh=found.fresh,
        outdated=outdated,
    )


def _read_through(
    asked: Asked,
    kept: Mapping[datetime, int],
    pairing: Pairing,
    *,
    period: Window,
    are_retracted: bool,
) -> _Found:
    """Read a period, stretch after stretch."""
    found = _Found()
    for stretch in _stretches(period):
        # One that a worker has replaced meanwhile is read from the events, as one that was never kept.
        row = LiveStretch.objects.filter(pk=kept.get(stretch.start, _NONE)).first()
        if row is None:
            _read(stretch, asked, pairing, found, are_retracted=are_retracted, period=period)
        else:
            _unpack(row, pairing, found)
    # What goes on is not kept; a call that ends later may have begun in the period (BR-41).
    begun = _begin_of_the_last(period)
    last = read_parts(
        asked,
        sessions=Window(start=begun, end=period.end),
        calls=Window(start=max(begun, period.start), end=_END_OF_TIME),
        are_retracted=are_retracted,
    )
    with closing(last):
        for part in last:
            ended = pairing.add([part.sessions])
            found.spans.append(ended.spans)
            found.unended += ended.unended
            found.calls.append(part.calls)
    return found


def _stretches(window: Window) -> Iterator[Window]:
    """Yield the hours that have passed of a period and before it, as far back as a session may have begun."""
    start = window.start - LONGEST_SESSION
    while start + LENGTH <= window.end:
        yield Window(start=start, end=start + LENGTH)
        start += LENGTH


def _begin_of_the_last(window: Window) -> datetime:
    first = window.start - LONGEST_SESSION
    return first + (window.end - first) // LENGTH * LENGTH


def _kept(asked: Asked, last: LiveCount, known: KnownPeriod) -> tuple[dict[datetime, int], list[int]]:
    """Return by their starts the stretches that still hold, and the keys of those that do not."""
    rows = list(
        LiveStretch.objects.filter(organization_id=asked.organization_id).values_list(
            "pk", "starts_at", "ends_at", "has_calls"
        )
    )
    if not rows or last.counted_at is None:
        return {}, [pk for pk, *_rest in rows]
    wanted = {stretch.start for stretch in _stretches(known.window)}
    hours = list_hours_reported(
        organization_id=asked.organization_id,
        kinds=(asked.kinds & {EventKind.CALL}) | SESSION_KINDS | {EventKind.DELETED},
        received=Window(start=last.counted_at, end=asked.received_until),
        since=known.window.start - 2 * LONGEST_SESSION,
    )
    kept, outdated = {}, []
    for pk, start, end, has_calls in rows:
        lacks_calls = EventKind.CALL in asked.kinds and not has_calls
        is_touched = any(end > hour and start <= hour + _AN_HOUR + LONGEST_SESSION for hour in hours)
        if start not in wanted or end != start + LENGTH or lacks_calls or is_touched:
            outdated.append(pk)
        else:
            kept[start] = pk
    return kept, outdated


def _read(
    stretch: Window, asked: Asked, pairing: Pairing, found: _Found, *, are_retracted: bool, period: Window
) -> None:
    """Read some hours from the events, and pack them."""
    parts = read_parts(
        asked,
        sessions=stretch,
        calls=Window(start=min(max(stretch.start, period.start), stretch.end), end=stretch.end),
        are_retracted=are_retracted,
        until=microseconds(stretch.end),
    )
    calls: list[Calls] = []

    def sessions() -> Iterator[Stretch]:
        for part in parts:
            calls.append(part.calls)
            yield part.sessions

    with closing(parts):
        ended = pairing.add(sessions())
    found.spans.append(ended.spans)
    found.unended += ended.unended
    found.calls += calls
    still_open, ended_calls = pairing.still_open, joined(calls)
    packed = _Packed(
        keys=ended.spans.key.astype(np.uint32).tobytes(),
        starts=ended.spans.start.tobytes(),
        ends=ended.spans.end.tobytes(),
        open_users=still_open.users.joined,
        open_sessions=still_open.sessions.joined,
        open_since=still_open.at.tobytes(),
        unended=[(one.user, one.session, microseconds(one.at)) for one in ended.unended],
        calls_ended=ended_calls.ended.tobytes(),
        call_seconds=ended_calls.seconds.tobytes(),
    )
    found.fresh.append(
        LiveStretch(
            organization_id=asked.organization_id,
            starts_at=stretch.start,
            ends_at=stretch.end,
            has_calls=EventKind.CALL in asked.kinds,
            packed=msgspec.msgpack.encode(packed),
        )
    )


def _unpack(row: LiveStretch, pairing: Pairing, found: _Found) -> None:
    """Take some hours as they were packed, and go on with the sessions that were open at their end."""
    packed = msgspec.msgpack.decode(bytes(row.packed), type=_Packed)
    keys = np.frombuffer(packed.keys, np.uint32).astype(np.int64)
    spans = Spans(keys, _numbers(packed.starts), _numbers(packed.ends))
    since = _numbers(packed.open_since)
    still_open = SessionMarks(Texts(packed.open_users, len(since)), Texts(packed.open_sessions, len(since)), since)
    found.spans.append(spans)
    found.unended += [Unended(user, session, instant_at(at)) for user, session, at in packed.unended]
    found.calls.append(_calls(_numbers(packed.calls_ended), _numbers(packed.call_seconds)))
    pairing.still_open = still_open


def _numbers(packed: bytes) -> Numbers:
    return np.frombuffer(packed, np.int64)


def _calls(ended: Numbers, seconds: Numbers) -> Calls:
    """Return calls of which only is known when they occupied a port: they are rated by the close alone."""
    if not len(ended):
        return calls_of([])
    nothing = np.zeros(len(ended), np.int64)
    return Calls(
        ended=ended,
        seconds=seconds,
        direction=nothing.astype(np.int8),
        remote=nothing,
        ids=Texts(SEPARATOR * (len(ended) - 1), len(ended)),
    )
