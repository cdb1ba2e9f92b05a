"""
Reads the events that bear on a period into the columns that meters count: the one place that knows a fast way out of
each database.

What is frequent (sessions, calls) comes packed and in stretches, so that no more than one of them is held as texts.
What lasts from earlier periods comes reduced to what still held at the period's start, however old the organization is.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from subscriptions.domain import e164
from subscriptions.domain.catalog import CONTACT_CENTER_TIERS
from subscriptions.domain.period import Window
from usage.domain.calls import Calls, joined
from usage.domain.codes import Codes
from usage.domain.columns import UsageColumns
from usage.domain.events import (
    INTERACTIVE_CLIENTS,
    PERSON_KINDS,
    Assignment,
    Consumption,
    EventKind,
    NumberFact,
    RareFacts,
    UserFact,
)
from usage.domain.instants import EPOCH, LAST, MICROSECOND, Numbers, microseconds
from usage.domain.resources import RESOURCE_OF
from usage.domain.sessions import LONGEST_SESSION, SessionMarks, Stretch, pair_each, pair_sessions
from usage.domain.texts import Texts, texts_of, together
from usage.selectors.events import list_storage_readings
from usage.selectors.together import Parameters, alike, for_each, instant_of, rows_of_each

MOST_AT_ONCE = 400_000
"""So many events are read at once, at most; of more, stretches of time that have about half as many."""

STRETCHES_AT_ONCE = 8
"""A period is read in so many stretches of time: while one is taken apart, the server packs the next."""

PERIODS_AT_ONCE = 100
"""So many periods are read by one statement, at most: of the events that are read at once each has its share."""

_EPOCH_OF_POSTGRESQL = microseconds(datetime(2000, 1, 1, tzinfo=UTC))
_OF_A_PERSON = f"e.kind IN ({', '.join(str(int(kind)) for kind in PERSON_KINDS)})"
_EVENTS = "usage_usageevent e"
_KNOWN = "e.organization_id = %(organization)s AND e.received_at <= %(received_until)s"
_STANDS = """
    AND NOT EXISTS (
        SELECT 1 FROM usage_usageevent r
        WHERE r.organization_id = %(organization)s AND r.kind = 16 AND r.target = e.identity
            AND r.received_at <= %(received_until)s)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which events are asked for: of one organization, of some kinds, received by an instant, of one user if any."""

    organization_id: int
    kinds: frozenset[EventKind]
    received_until: datetime
    user: str | None = None

    @property
    def pattern(self) -> "Asked":
        """Return what is asked for by the same statements, whoever and whenever it is about."""
        return replace(self, organization_id=0, received_until=EPOCH, user=None if self.user is None else "")

    @property
    def known(self) -> str:
        """Return the condition for the events `e` of whom is asked for, in SQL."""
        # The kinds are those of the index by which one user's are found.
        return _KNOWN if self.user is None else f"{_KNOWN} AND e.subject = %(user)s AND {_OF_A_PERSON}"

    @property
    def events(self) -> str:
        """Return the events `e` among which those of whom is asked for are found, in SQL."""
        return _EVENTS if self.user is None else f"{_EVENTS} {_by('usage_event_of_a_person')}"

    def kinds_among(self, *kinds: EventKind) -> str:
        """Return those of some kinds that are asked for, as a list in SQL; never an empty one."""
        return ", ".join(str(int(kind)) for kind in kinds if kind in self.kinds) or "0"

    def parameters(self, **instants: datetime) -> dict[str, Any]:
        """Return the parameters of a statement, instants as the database holds them."""
        instants |= {"received_until": self.received_until}
        adapt = connection.ops.adapt_datetimefield_value
        return {
            "organization": self.organization_id,
            "user": self.user,
            **{name: adapt(instant) for name, instant in instants.items()},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPeriod:
    """Which events are asked for that bear on a period; `calls` holds the instants at which calls end that bear."""

    asked: Asked
    window: Window
    calls: Window

    def frequent(self, *, are_retracted: bool) -> "_Frequent":
        """Return what reads its logins, logouts and calls; a session may have begun before the period."""
        sessions = Window(start=self.window.start - LONGEST_SESSION, end=self.window.end)
        return _Frequent(asked=self.asked, sessions=sessions, calls=self.calls, are_retracted=are_retracted)


def get_usage_columns(period: AskedPeriod) -> UsageColumns:
    """
    Return everything that bears on a period of an organization and was received by an instant (BR-02, BR-25).

    Retracted events are left out; a retraction counts if it was received by then, before or after its event.
    """
    rare, are_retracted = get_rare_facts(period.asked, window=period.window)
    frequent = period.frequent(are_retracted=are_retracted)
    with closing(frequent.parts(*frequent.bounds)) as parts:
        return _columns(rare, parts)


def iterate_usage_columns(periods: Sequence[AskedPeriod]) -> Iterator[UsageColumns | None]:
    """
    Yield what `get_usage_columns` returns for each period, in a few statements for many.

    Of one among others that has more events than its share is yielded None: it is to be read by itself. Some are read
    when the first of them is asked for: so many events are held at once, however many periods there are.
    """
    for first in range(0, len(periods), PERIODS_AT_ONCE):
        yield from _read_together(periods[first : first + PERIODS_AT_ONCE])


def _read_together(periods: Sequence[AskedPeriod]) -> list[UsageColumns | None]:
    if len(periods) == 1:
        return [get_usage_columns(periods[0])]
    rare = _list_rare_facts(periods)
    frequent = [
        period.frequent(are_retracted=are_retracted)
        for period, (_facts, are_retracted) in zip(periods, rare, strict=True)
    ]
    share = MOST_AT_ONCE // len(periods)
    with closing(_read_frequent([(one, *one.bounds) for one in frequent], at_most=share + 1)) as read:
        found = {place: found for place, found in read if len(found) <= share}
    facts = [rare[place][0] for place in found]
    columns = dict(zip(found, _columns_of_each(facts, list(found.values())), strict=True))
    return [columns.get(place) for place in range(len(periods))]


def _columns(rare: RareFacts, parts: Iterable["Part"]) -> UsageColumns:
    """Return in columns what was read; no more than one of the parts is held at once."""
    found: list[Calls] = []

    def stretches() -> Iterator[Stretch]:
        for part in parts:
            found.append(part.calls)
            yield part.sessions

    sessions = pair_sessions(stretches(), deletions=rare.deletions, people=Codes())
    return UsageColumns(sessions=sessions, calls=joined(found), rare=rare)


def _columns_of_each(rare: Sequence[RareFacts], found: Sequence["_Found"]) -> list[UsageColumns]:
    """Return in columns what was read of each of some periods: of few events each step takes as long as of many."""
    sessions = pair_each([one.stretch(until=LAST) for one in found], deletions=[facts.deletions for facts in rare])
    calls = _calls_of_each([one.kind(EventKind.CALL) for one in found])
    return [
        UsageColumns(sessions=own_sessions, calls=own_calls, rare=facts)
        for own_sessions, own_calls, facts in zip(sessions, calls, rare, strict=True)
    ]


def get_rare_facts(asked: Asked, *, window: Window) -> tuple[RareFacts, bool]:
    """Return what bears on a period and is held one by one, and whether anything at all was retracted."""
    return _list_rare_facts([AskedPeriod(asked=asked, window=window, calls=window)])[0]


def read_parts(
    asked: Asked, *, sessions: Window, calls: Window, are_retracted: bool, until: int = LAST
) -> Generator["Part", None, None]:
    """
    Yield the logins and logouts of some time, and the calls that end in another, in as few parts as keep to the most
    at once.

    What is read afterwards happened at `until` or later.
    """
    frequent = _Frequent(asked=asked, sessions=sessions, calls=calls, are_retracted=are_retracted)
    return frequent.parts(*frequent.bounds, until=until, count=1)


# What is rare


def _list_rare_facts(periods: Sequence[AskedPeriod]) -> list[tuple[RareFacts, bool]]:
    found = []
    for period, (rare, others) in zip(periods, _read_rare(periods), strict=True):
        asked, window = period.asked, period.window
        if EventKind.QUEUE_JOINED in asked.kinds:
            rare.queue_joins.extend(_read_still_on_queue(asked, window, rare))
        if EventKind.STORAGE in others:
            rare.readings.extend(
                list_storage_readings(
                    organization_id=asked.organization_id, window=window, received_until=asked.received_until
                )
            )
        found.append((rare, EventKind.RETRACTED in others))
    return found


def _read_rare(periods: Sequence[AskedPeriod]) -> list[tuple[RareFacts, set[int]]]:
    """Return the facts that are held one by one, and of which kinds there are others: retractions, readings."""
    found: list[tuple[RareFacts, set[int]]] = [(RareFacts(), set()) for _period in periods]
    for place, kind, at, subject, product, amount in _rare_rows(periods):
        facts, others = found[place]
        if kind in {EventKind.RETRACTED, EventKind.STORAGE}:
            others.add(kind)
        else:
            _add(facts, kind, instant_of(at), subject, product, amount)
    return found


def _rare_rows(periods: Sequence[AskedPeriod]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of what is rare, each after the place of its period."""
    patterns = [period.asked.pattern for period in periods]
    statement_of = {pattern: _rare_statement(pattern) for pattern in set(patterns)}
    statements = [statement_of[pattern] for pattern in patterns]
    parameters = [
        period.asked.parameters(
            start=period.window.start, end=period.window.end, since=period.window.start - LONGEST_SESSION
        )
        for period in periods
    ]
    return rows_of_each(statements, parameters)


def _read_still_on_queue(asked: Asked, window: Window, rare: RareFacts) -> list[UserFact]:
    """
    Return who was on queue when the period began, of those for whom it matters: who hold a tier and join none in it.

    Agents join a queue several times a day: what became of the others long ago is not read.
    """
    holders = {fact.user for fact in rare.assignments if fact.product in CONTACT_CENTER_TIERS}
    users = sorted(holders - {fact.user for fact in rare.queue_joins})
    if not users:
        return []
    listed = (
        "json_array_elements_text(%(users)s::json) AS listed (name)"
        if connection.vendor == "postgresql"
        else "(SELECT value AS name FROM json_each(%(users)s)) AS listed"
    )
    # What ends at the start did not reach into the period, and what begins there is read with it.
    statement = f"""
        SELECT name FROM {listed}
        WHERE 6 = (
            SELECT e.kind FROM usage_usageevent e
            WHERE {_KNOWN} AND e.kind IN (3, 6, 7) AND e.subject = listed.name AND e.occurred_at <= %(start)s
                AND (e.kind <> 6 OR e.occurred_at < %(start)s) {_STANDS}
            ORDER BY e.occurred_at DESC, CASE WHEN e.kind = 6 THEN 1 ELSE 0 END LIMIT 1)"""  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, asked.parameters(start=window.start) | {"users": json.dumps(users)})
        return [UserFact(user, window.start) for (user,) in cursor.fetchall()]


def _rare_statement(asked: Asked) -> str:
    """
    Return the statement for what is rare, one row a fact: its kind, instant, subject, product and amount.

    Of what began before the period only that is read which nothing had ended by its start, and of each the latest: an
    earlier one lasted no longer. Who joined a queue in the period is read once, and what was consumed is added up.
    """
    begins_or_ends = asked.kinds_among(
        EventKind.DELETED,
        EventKind.ASSIGNED,
        EventKind.UNASSIGNED,
        EventKind.NUMBER_ACTIVATED,
        EventKind.NUMBER_RELEASED,
    )
    # The events are named as seldom as can be: PostgreSQL plans every month of them anew for each time.
    parts = [
        """
        SELECT begun AS kind, at, subject, product, 0 AS amount FROM lasts
        WHERE begun <> 3 AND at IS NOT NULL AND (ended IS NULL OR ended < at)
            AND (begun = 14 OR gone IS NULL OR gone < at)""",
        """
        SELECT kind, occurred_at, subject, product, 0 FROM lasting
        WHERE occurred_at >= %(start)s OR (kind = 3 AND occurred_at >= %(since)s)""",
        "SELECT 16, %(start)s, '', '', 0 WHERE EXISTS (SELECT 1 FROM told WHERE kind = 16)",
    ]
    if EventKind.QUEUE_JOINED in asked.kinds:
        parts.append(
            f"""
            SELECT e.kind, min(e.occurred_at), e.subject, '', 0 FROM {asked.events}
            WHERE {asked.known} AND e.kind = 6
                AND e.occurred_at >= %(start)s AND e.occurred_at < %(end)s {_not_retracted()}
            GROUP BY e.kind, e.subject"""  # noqa: S608
        )
    if EventKind.STORAGE in asked.kinds:
        consumed = asked.kinds_among(*map(EventKind, RESOURCE_OF))
        parts.append(
            f"""
            SELECT e.kind, min(e.occurred_at), '', '', sum(e.amount) FROM usage_usageevent e
            WHERE {asked.known} AND e.kind IN ({consumed})
                AND e.occurred_at >= %(start)s AND e.occurred_at < %(end)s {_not_retracted()}
            GROUP BY e.kind"""  # noqa: S608
        )
        parts.append(
            f"""
            SELECT 12, %(start)s, '', '', 0
            WHERE EXISTS (SELECT 1 FROM usage_usageevent e WHERE {_KNOWN} AND e.kind = 12)"""  # noqa: S608
        )
    return f"""
        SELECT kind, at, subject, product, amount FROM (
        WITH told AS ({_told(asked, begins_or_ends)}
        ), lasting AS (
            SELECT e.kind, e.occurred_at, e.subject, e.product,
                CASE WHEN e.kind IN (4, 5) THEN 4 WHEN e.kind IN (14, 15) THEN 14 ELSE e.kind END AS begun
            FROM told e
            WHERE e.kind <> 16 AND e.occurred_at < %(end)s {_not_retracted()}
        ), latest AS (
            SELECT begun, subject, product,
                max(CASE WHEN kind = begun THEN occurred_at END) AS at,
                max(CASE WHEN kind <> begun THEN occurred_at END) AS ended
            FROM lasting WHERE occurred_at < %(start)s
            GROUP BY begun, subject, product
        ), lasts AS (
            SELECT begun, at, ended, subject, product,
                max(CASE WHEN begun = 3 THEN at END) OVER (PARTITION BY subject) AS gone
            FROM latest
        )
        {" UNION ALL ".join(parts)}
        ) rare"""  # noqa: S608


def _told(asked: Asked, begins_or_ends: str) -> str:
    """Return the statement for what begins, ends or voids something, whenever; of all people by an index of its own."""
    columns = "e.kind, e.occurred_at, e.subject, e.product, e.identity, e.target"
    if asked.user is None:
        return f"""
            SELECT {columns} FROM {_EVENTS} {_by("usage_event_by_occurrence")}
            WHERE {_KNOWN} AND e.kind IN ({begins_or_ends}, 16)"""  # noqa: S608
    return f"""
            SELECT {columns} FROM {asked.events} WHERE {asked.known} AND e.kind IN ({begins_or_ends})
            UNION ALL
            SELECT {columns} FROM {_EVENTS} {_by("usage_event_retraction")} WHERE {_KNOWN} AND e.kind = 16"""  # noqa: S608


def _by(index: str) -> str:
    """Return what makes SQLite, which knows little of what is stored, take an index; PostgreSQL chooses by itself."""
    return "" if connection.vendor == "postgresql" else f"INDEXED BY {index}"


def _not_retracted() -> str:
    """Return the condition for events that stand, beside what was told of retractions; SQLite looks in their index."""
    if connection.vendor == "postgresql":
        return "AND NOT EXISTS (SELECT 1 FROM told r WHERE r.target = e.identity)"
    return _STANDS


def _add(facts: RareFacts, kind: int, at: datetime, subject: str, product: str | None, amount: Decimal) -> None:
    """Append the fact that a row states; each kind has the columns it needs (checked on ingestion)."""
    if kind == EventKind.ASSIGNED:
        facts.assignments.append(Assignment(subject, product or "", at))
    elif kind == EventKind.UNASSIGNED:
        facts.unassignments.append(Assignment(subject, product or "", at))
    elif kind == EventKind.NUMBER_ACTIVATED:
        facts.activations.append(NumberFact(subject, product or "", at))
    elif kind == EventKind.NUMBER_RELEASED:
        facts.releases.append(NumberFact(subject, product or "", at))
    elif kind == EventKind.DELETED:
        facts.deletions.append(UserFact(subject, at))
    elif kind == EventKind.QUEUE_JOINED:
        facts.queue_joins.append(UserFact(subject, at))
    else:
        facts.consumptions.append(Consumption(RESOURCE_OF[kind], int(amount), at))


# What is frequent


@dataclass(frozen=True, slots=True, eq=False)
class _Packed:
    """The events of one kind; what it does not have is empty."""

    at: Numbers
    subjects: Texts
    details: Texts
    directions: NDArray[np.int8]
    amounts: Numbers

    def __len__(self) -> int:
        return len(self.at)

    def marks(self) -> SessionMarks:
        return SessionMarks(self.subjects, self.details, self.at)

    def calls(self, remote: Numbers) -> Calls:
        return Calls(ended=self.at, seconds=self.amounts, direction=self.directions, remote=remote, ids=self.subjects)


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """The sessions and calls of a stretch of time."""

    sessions: Stretch
    calls: Calls


_NONE = _Packed(np.empty(0, np.int64), Texts(b"", 0), Texts(b"", 0), np.empty(0, np.int8), np.empty(0, np.int64))


@dataclass(slots=True, eq=False)
class _Found:
    """The events of each kind that were read together."""

    of_kind: dict[int, _Packed] = field(default_factory=dict)

    def __len__(self) -> int:
        return sum(map(len, self.of_kind.values()))

    def kind(self, kind: EventKind) -> _Packed:
        """Return the events of a kind."""
        return self.of_kind.get(kind, _NONE)

    def stretch(self, *, until: int) -> Stretch:
        """Return the logins and logouts; what is read afterwards happened at `until` or later."""
        logins, logouts = self.kind(EventKind.LOGGED_IN), self.kind(EventKind.LOGGED_OUT)
        return Stretch(logins=logins.marks(), logouts=logouts.marks(), until=until)

    def part(self, *, until: int) -> Part:
        """Return them unpacked; what is read afterwards happened at `until` or later."""
        (calls,) = _calls_of_each([self.kind(EventKind.CALL)])
        return Part(self.stretch(until=until), calls)


def _calls_of_each(found: Sequence[_Packed]) -> list[Calls]:
    """Return the calls of each of some periods, with all of their numbers read in one pass."""
    remotes = together([one.details for one in found])
    ends = list(accumulate(map(len, found)))
    remote = np.split(e164.encode_joined(remotes.joined, len(remotes)), ends[:-1])
    return [one.calls(own) for one, own in zip(found, remote, strict=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frequent:
    """Reads the logins and logouts of some time, and the calls of another, in order of parts."""

    asked: Asked
    sessions: Window
    calls: Window
    are_retracted: bool

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """Return the first instant that is read, and the one up to which."""
        return min(self.sessions.start, self.calls.start), max(self.sessions.end, self.calls.end)

    def parts(
        self, start: datetime, end: datetime, *, until: int = LAST, count: int = STRETCHES_AT_ONCE
    ) -> Generator[Part, None, None]:
        """
        Yield what there is from one instant up to another, in stretches; close it where it is not read to its end.

        Where one of the stretches has more than its share of the events, what is left is divided by how many there are.
        """
        # SQLite packs nothing, and the index by which one person's events are found holds no time.
        is_one = connection.vendor != "postgresql" or self.asked.user is not None
        stretches = [(start, end)] if is_one else self._divided(start, end, count)
        share = MOST_AT_ONCE // max(1, len(stretches))
        while stretches:
            at_once = stretches[:STRETCHES_AT_ONCE]
            is_an_instant = all(last - first <= MICROSECOND for first, last in at_once)
            at_most = None if is_an_instant else share + 1
            with closing(_read_frequent([(self, *bounds) for bounds in at_once], at_most=at_most)) as read:
                for _place, found in read:
                    first, last = stretches[0]
                    if at_most is not None and len(found) >= at_most:
                        break
                    yield found.part(until=until if last == end else microseconds(last))
                    del stretches[0]
                else:
                    continue
            # Nothing of it is kept while its parts are read.
            del found
            share, count = MOST_AT_ONCE, -(-2 * self._count(first, end) // MOST_AT_ONCE)
            stretches = self._divided(first, end, max(2 * len(stretches), count))

    def _divided(self, start: datetime, end: datetime, count: int) -> list[tuple[datetime, datetime]]:
        """Return so many stretches of some time; what ends after the period is one more, up to the end of time."""
        within = min(end, self.sessions.end) if start < self.sessions.end else end
        instants = (within - start) // MICROSECOND
        count = min(count, instants)
        bounds = [start + (instants * place // count) * MICROSECOND for place in range(count)]
        return list(pairwise([*bounds, within, *([end] if within < end else [])]))

    def _count(self, start: datetime, end: datetime) -> int:
        counts = " + ".join(
            f"(SELECT count(*) FROM {self.asked.events} WHERE {condition})"  # noqa: S608
            for condition in _conditions(self.asked, self.are_retracted).values()
        )
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {counts}", self.parameters(start, end, earliest=start, latest=end))
            (count,) = cursor.fetchone()
        return int(count)

    def parameters(self, start: datetime, end: datetime, **more: datetime) -> dict[str, Any]:
        """Return the parameters of its conditions for what there is from one instant up to another."""
        return self.asked.parameters(
            sessions_from=max(start, self.sessions.start),
            sessions_to=min(end, self.sessions.end),
            calls_from=max(start, self.calls.start),
            calls_to=min(end, self.calls.end),
            **more,
        )


def _conditions(asked: Asked, are_retracted: bool) -> dict[EventKind, str]:
    """Return the condition for the events of each kind that is asked for, in SQL."""
    # Months outside of what all ask for are not even planned. Where retractions are looked up every month is left to
    # the planner: of less it expects so few events that it looks for the retraction of each by itself.
    others = _STANDS if are_retracted else "AND e.occurred_at >= %(earliest)s AND e.occurred_at < %(latest)s"
    clients = ", ".join(str(int(client)) for client in sorted(INTERACTIVE_CLIENTS))
    of_whom = {
        EventKind.LOGGED_IN: "e.occurred_at >= %(sessions_from)s AND e.occurred_at < %(sessions_to)s"
        f" AND e.client IN ({clients})",
        EventKind.LOGGED_OUT: "e.occurred_at >= %(sessions_from)s AND e.occurred_at < %(sessions_to)s",
        EventKind.CALL: "e.occurred_at >= %(calls_from)s AND e.occurred_at < %(calls_to)s",
    }
    return {
        kind: f"{asked.known} AND e.kind = {int(kind)} AND {condition} {others}"
        for kind, condition in of_whom.items()
        if kind in asked.kinds
    }


# The text beside the subject.
_DETAIL = {EventKind.LOGGED_IN: "e.session", EventKind.LOGGED_OUT: "e.session", EventKind.CALL: "e.remote"}

Asking = tuple[_Frequent, datetime, datetime]
_Reading = Generator[tuple[int, _Found], None, None]


def _read_frequent(asking: Sequence[Asking], *, at_most: int | None) -> _Reading:
    """
    Yield the place of each of some with what there is from one instant up to another; no more of a kind than so many.

    Those that are alike come in their order, each as soon as it is read. No other statement is made meanwhile; close it
    where it is not read to its end.
    """
    limit = "" if at_most is None else f"LIMIT {at_most}"
    read, reading = (
        (_read_on_postgresql, _packing) if connection.vendor == "postgresql" else (_read_on_sqlite, _listing)
    )
    patterns = [(one.asked.pattern, one.are_retracted) for one, _start, _end in asking]
    conditions = {pattern: _conditions(*pattern) for pattern in set(patterns)}
    statement_of = {
        pattern: reading({kind: f"{condition} {limit}" for kind, condition in own.items()}, pattern[0].events)
        for pattern, own in conditions.items()
    }
    statements = [statement_of[pattern] for pattern in patterns]
    whole = {"earliest": min(start for _one, start, _end in asking), "latest": max(end for _one, _start, end in asking)}
    parameters = [one.parameters(start, end, **whole) for one, start, end in asking]
    for places in alike(statements):
        kinds = conditions[patterns[places[0]]].keys()
        with closing(read(statements[places[0]], [parameters[place] for place in places], kinds)) as rows:
            for place, found in rows:
                yield places[place], found


def _packing(conditions: Mapping[EventKind, str], events: str) -> str:
    """Let the server pack each kind into one row: a Python object a column, not one a value."""
    return " UNION ALL ".join(
        f"""
        SELECT {int(kind)}::smallint, count(*), string_agg(timestamptz_send(occurred_at), ''),
            string_agg(textsend(subject), '\\x00'), string_agg(textsend(detail), '\\x00'), {
            "string_agg(int2send(direction), ''), string_agg(int8send(amount), '')"
            if kind == EventKind.CALL
            else "NULL::bytea, NULL::bytea"
        }
        FROM (
            SELECT e.occurred_at, e.subject, {_DETAIL[kind]} AS detail, e.direction, e.amount
            FROM {events} WHERE {condition}
        ) e"""  # noqa: S608
        for kind, condition in conditions.items()
    )


def _read_on_postgresql(packing: str, of: Sequence[Parameters], kinds: Collection[EventKind]) -> _Reading:
    statement, parameters = for_each(packing, of)
    found: defaultdict[int, _Found] = defaultdict(_Found)
    with connection.cursor() as cursor, connection.wrap_database_errors:
        # Composed first: the cursor that logs statements takes no parameters with COPY.
        composed = cursor.mogrify(f"COPY ({statement}) TO STDOUT (FORMAT BINARY)", parameters)
        with cursor.copy(composed) as copy:
            copy.set_types(["int4", "int2", "int8", "bytea", "bytea", "bytea", "bytea", "bytea"])
            rows = copy.rows()
            try:
                for place, kind, count, *packed in rows:
                    found[place].of_kind[kind] = _unpacked(count, *packed)
                    if len(found[place].of_kind) == len(kinds):
                        yield place, found.pop(place)
            finally:
                # What is left unread would be canceled, and the transaction with it.
                for _row in rows:
                    pass


def _unpacked(
    count: int,
    at: bytes | None,
    subjects: bytes | None,
    details: bytes | None,
    directions: bytes | None,
    amounts: bytes | None,
) -> _Packed:
    return _Packed(
        _numbers(at, ">i8") + _EPOCH_OF_POSTGRESQL,
        Texts(subjects or b"", count),
        Texts(details or b"", count),
        _numbers(directions, ">i2").astype(np.int8),
        _numbers(amounts, ">i8"),
    )


def _numbers(packed: bytes | None, kind: str) -> Numbers:
    return np.frombuffer(packed or b"", kind).astype(np.int64)


def _listing(conditions: Mapping[EventKind, str], events: str) -> str:
    # Instants as text: parsed together, not one by one.
    return " UNION ALL ".join(
        f"""
        SELECT * FROM (
            SELECT {int(kind)}, e.occurred_at || '', e.subject, {_DETAIL[kind]}, e.direction, e.amount
            FROM {events} WHERE {condition}
        )"""  # noqa: S608
        for kind, condition in conditions.items()
    )


def _read_on_sqlite(listing: str, of: Sequence[Parameters], _kinds: Collection[EventKind]) -> _Reading:
    for place, parameters in enumerate(of):
        rows: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
        with connection.cursor() as cursor:
            cursor.execute(listing, parameters)
            for kind, *row in cursor.fetchall():
                rows[kind].append(tuple(row))
        yield place, _Found({kind: _pack(*zip(*found, strict=True)) for kind, found in rows.items()})


def _pack(at: Sequence[str], subjects: Sequence[str], details: Sequence[str], *of_calls: Sequence[int]) -> _Packed:
    directions, amounts = of_calls
    return _Packed(
        np.array(at, "datetime64[us]").astype(np.int64),
        texts_of(subjects),
        texts_of(details),
        # Those of sessions are empty.
        np.array([direction or 0 for direction in directions], np.int8),
        np.array([amount or 0 for amount in amounts], np.int64),
    )
