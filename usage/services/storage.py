"""How events reach the disk: the one place that knows a fast way for each database, behind the same functions."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import psycopg
from django.db import connection
from msgspec.structs import astuple
from psycopg.types.string import BytesBinaryDumper

from usage.services.rows import EventRow

Key = bytes
"""What makes an event the same event, for ever: 8 bytes of its organization and 16 of its identity."""

_ORGANIZATION = slice(8)
_IDENTITY = slice(8, None)

_EVENT_COLUMNS = ", ".join((*EventRow.__struct_fields__, "received_at"))
# PostgreSQL's types of the columns above, for the binary form of COPY.
_EVENT_TYPES = (
    *("int8", "int2", "timestamptz", "text", "bytea", "text", "text"),
    *("text", "int2", "text", "int2", "text", "int8", "numeric", "bytea", "timestamptz"),
)
# SQLite takes about 32,000 parameters in a statement at least; two for each identity.
_LOOKUP_LIMIT = 10_000


def make_key(row: EventRow) -> Key:
    """Return the key of an event."""
    return row.organization_id.to_bytes(8) + row.identity


def add_identities(contents: dict[Key, bytes]) -> dict[Key, bytes]:
    """
    Store the identities that are new, with the digest of their content; return the others, with what stands for them.

    Waits for another transaction that is storing one of them. A batch costs the same number of statements at any size.
    """
    # One order for everyone: two batches that share identities cannot wait for each other.
    ordered = sorted(contents)
    if connection.vendor == "postgresql":
        return _add_identities_on_postgresql(ordered, contents)
    return _add_identities_on_sqlite(ordered, contents)


def add_events(rows: Iterable[EventRow], received_at: Iterable[datetime]) -> None:
    """Store the rows of events whose identities are new, with their instants of receipt."""
    if connection.vendor == "postgresql":
        _add_events_on_postgresql(rows, received_at)
    else:
        _add_events_on_sqlite(rows, received_at)


# Keys travel as one string of bytes and come back as one: arrays of them cost more to write and to parse.
_ORGANIZATION_SENT = "('x' || encode(substring(%(sent)b FROM begin FOR 8), 'hex'))::bit(64)::bigint"
_IDENTITY_SENT = "substring(%(sent)b FROM begin + 8 FOR 16)"
_CONTENT_SENT = "substring(%(sent)b FROM begin + 24 FOR 16)"
_STANDING = f"""
    SELECT content FROM usage_eventidentity
    WHERE organization_id = {_ORGANIZATION_SENT} AND identity = {_IDENTITY_SENT}
"""  # noqa: S608
# A batch that comes again is known as a whole: if its first identity is, each is looked up, which costs half of trying
# to insert it and looking it up then. Otherwise only those are looked up, later, that were there all the same.
_ADD_IDENTITIES = f"""
    WITH sent AS MATERIALIZED (
        SELECT
            {_ORGANIZATION_SENT} AS organization_id, {_IDENTITY_SENT} AS identity, {_CONTENT_SENT} AS content,
            CASE WHEN EXISTS (SELECT FROM (VALUES (1)) AS first (begin), LATERAL ({_STANDING}) AS known)
            THEN ({_STANDING}) END AS standing
        FROM generate_series(1, length(%(sent)b), 40) AS begin
    ), fresh AS (
        INSERT INTO usage_eventidentity (organization_id, identity, content)
        SELECT organization_id, identity, content FROM sent WHERE standing IS NULL
        ON CONFLICT DO NOTHING
        RETURNING organization_id, identity
    )
    SELECT
        (SELECT string_agg(int8send(organization_id) || identity || standing, '') FROM sent),
        (SELECT count(*) FROM fresh),
        (SELECT string_agg(int8send(organization_id) || identity, '') FROM fresh)
"""  # noqa: S608
# Sideways and at most one: each is looked up in the primary key, however many are asked for.
_GET_CONTENTS = f"""
    SELECT string_agg(substring(%(sent)b FROM begin FOR 24) || content, '')
    FROM generate_series(1, length(%(sent)b), 24) AS begin, LATERAL ({_STANDING} LIMIT 1) AS found
"""  # noqa: S608


def _add_identities_on_postgresql(ordered: list[Key], contents: dict[Key, bytes]) -> dict[Key, bytes]:
    standing, count, fresh = _execute(_ADD_IDENTITIES, b"".join([key + contents[key] for key in ordered]))
    known = _unpack(standing)
    if count + len(known) < len(ordered):
        # Another statement, which also sees what was being stored beside this one.
        (found,) = _execute(_GET_CONTENTS, b"".join(contents.keys() - known.keys() - set(_cut(fresh, 24))))
        known |= _unpack(found)
    return known


def _unpack(packed: bytes | None) -> dict[Key, bytes]:
    return {entry[:24]: entry[24:] for entry in _cut(packed, 40)}


def _execute(statement: str, sent: bytes) -> Any:
    """Return the one row that a statement about what is sent answers, in binary."""
    connection.ensure_connection()
    # Django's own cursor would write the bytes into the text of the statement, at twice their length.
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        return cursor.execute(statement, {"sent": sent}, binary=True).fetchone()


def _cut(packed: bytes | None, width: int) -> Iterator[bytes]:
    packed = packed or b""
    return (packed[at : at + width] for at in range(0, len(packed), width))


def _add_events_on_postgresql(rows: Iterable[EventRow], received_at: Iterable[datetime]) -> None:
    statement = f"COPY usage_usageevent ({_EVENT_COLUMNS}) FROM STDIN (FORMAT BINARY)"
    with connection.cursor() as cursor, connection.wrap_database_errors:
        # In C; by default bytea has the one that also takes the wrapper of DB-API, which is written in Python.
        cursor.adapters.register_dumper(bytes, BytesBinaryDumper)
        with cursor.copy(statement) as copy:
            copy.set_types(_EVENT_TYPES)
            for row, received in zip(rows, received_at, strict=False):
                copy.write_row((*astuple(row), received))


def _add_identities_on_sqlite(ordered: list[Key], contents: dict[Key, bytes]) -> dict[Key, bytes]:
    with connection.cursor() as cursor:
        # Rows get ascending numbers, and no one else writes during this transaction: what is above is ours.
        cursor.execute("SELECT coalesce(max(rowid), 0) FROM usage_eventidentity")
        (last,) = cursor.fetchone()
        cursor.executemany(
            "INSERT OR IGNORE INTO usage_eventidentity (organization_id, identity, content) VALUES (%s, %s, %s)",
            [(*_columns(key), contents[key]) for key in ordered],
        )
        cursor.execute("SELECT organization_id, identity FROM usage_eventidentity WHERE rowid > %s", [last])
        fresh = {organization_id.to_bytes(8) + bytes(identity) for organization_id, identity in cursor.fetchall()}
    return _get_contents_on_sqlite([key for key in ordered if key not in fresh])


def _get_contents_on_sqlite(keys: Sequence[Key]) -> dict[Key, bytes]:
    contents: dict[Key, bytes] = {}
    with connection.cursor() as cursor:
        for start in range(0, len(keys), _LOOKUP_LIMIT):
            part = keys[start : start + _LOOKUP_LIMIT]
            asked = ", ".join(["(%s, %s)"] * len(part))
            cursor.execute(
                "SELECT organization_id, identity, content FROM usage_eventidentity"  # noqa: S608
                f" WHERE (organization_id, identity) IN (VALUES {asked})",
                [value for key in part for value in _columns(key)],
            )
            contents |= {row[0].to_bytes(8) + bytes(row[1]): bytes(row[2]) for row in cursor.fetchall()}
    return contents


def _columns(key: Key) -> tuple[int, bytes]:
    return int.from_bytes(key[_ORGANIZATION]), key[_IDENTITY]


def _add_events_on_sqlite(rows: Iterable[EventRow], received_at: Iterable[datetime]) -> None:
    places = ", ".join(["%s"] * len(_EVENT_TYPES))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO usage_usageevent ({_EVENT_COLUMNS}) VALUES ({places})",  # noqa: S608
            [(*_adapt(row), _adapt_instant(received)) for row, received in zip(rows, received_at, strict=False)],
        )


def _adapt(row: EventRow) -> Iterator[str | int | bytes | None]:
    for value in astuple(row):
        if isinstance(value, datetime):
            yield _adapt_instant(value)
        elif isinstance(value, Decimal):
            yield f"{value:f}"
        else:
            yield value


def _adapt_instant(instant: datetime) -> str:
    """Return the text in which Django keeps an instant on SQLite."""
    return str(instant.astimezone(UTC).replace(tzinfo=None))
