"""How events reach the disk: the one place that knows a fast way for each database, behind the same functions."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from usage.services.rows import EventRow


class Key(NamedTuple):
    """What makes an event the same event, for ever."""

    organization_id: int
    identity: bytes


_EVENT_COLUMNS = ", ".join((*EventRow._fields, "received_at"))
# PostgreSQL's types of the columns above, for the binary form of COPY.
_EVENT_TYPES = (
    *("int8", "int2", "timestamptz", "text", "text", "int2", "text", "int2", "text", "int8", "numeric"),
    *("bytea", "bytea", "text", "text", "timestamptz"),
)
_CONTENTS = "SELECT organization_id, identity, content FROM usage_eventidentity"
# SQLite takes about 32,000 parameters in a statement at least; two for each identity.
_LOOKUP_LIMIT = 10_000


def add_identities(contents: dict[Key, bytes]) -> set[Key]:
    """
    Store the identities that are new, with the digest of their content, and return those.

    Waits for another transaction that is storing one of them. A batch costs the same number of statements at any size.
    """
    # One order for everyone: two batches that share identities cannot wait for each other.
    ordered = sorted(contents)
    if connection.vendor == "postgresql":
        return _add_identities_on_postgresql(ordered, contents)
    return _add_identities_on_sqlite(ordered, contents)


def get_contents(keys: Sequence[Key]) -> dict[Key, bytes]:
    """Return the digest of the content that stands for each identity already stored."""
    if not keys:
        return {}
    if connection.vendor == "postgresql":
        return _get_contents_on_postgresql(keys)
    return _get_contents_on_sqlite(keys)


def add_events(rows: Iterable[EventRow], received_at: Iterable[datetime]) -> None:
    """Store the rows of events whose identities are new, with their instants of receipt."""
    if connection.vendor == "postgresql":
        _add_events_on_postgresql(rows, received_at)
    else:
        _add_events_on_sqlite(rows, received_at)


def _add_identities_on_postgresql(ordered: list[Key], contents: dict[Key, bytes]) -> set[Key]:
    # The digests travel as one string of bytes and come back as one: arrays of bytea cost more to write and to parse.
    digests = b"".join([key.identity + contents[key] for key in ordered])
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH fresh AS (
                INSERT INTO usage_eventidentity (organization_id, identity, content)
                SELECT organization_id, substring(digests FROM at FOR 16), substring(digests FROM at + 16 FOR 16)
                FROM (SELECT %s::bytea AS digests) AS sent,
                     LATERAL (
                         SELECT organization_id, (place * 32 - 31)::integer AS at
                         FROM unnest(%s::bigint[]) WITH ORDINALITY AS ids (organization_id, place)
                     ) AS places
                ON CONFLICT DO NOTHING
                RETURNING organization_id, identity
            )
            SELECT count(*), string_agg(int8send(organization_id) || identity, '') FROM fresh
            """,
            [digests, [key.organization_id for key in ordered]],
        )
        count, fresh = cursor.fetchone()
    if count == len(ordered):
        return set(ordered)
    fresh = bytes(fresh or b"")
    return {Key(int.from_bytes(fresh[at : at + 8], "big"), fresh[at + 8 : at + 24]) for at in range(0, len(fresh), 24)}


def _get_contents_on_postgresql(keys: Sequence[Key]) -> dict[Key, bytes]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_CONTENTS} JOIN unnest(%s::bigint[], %s::bytea[]) AS asked (organization_id, identity)"
            " USING (organization_id, identity)",
            [[key.organization_id for key in keys], [key.identity for key in keys]],
        )
        return {Key(row[0], bytes(row[1])): bytes(row[2]) for row in cursor.fetchall()}


def _add_events_on_postgresql(rows: Iterable[EventRow], received_at: Iterable[datetime]) -> None:
    statement = f"COPY usage_usageevent ({_EVENT_COLUMNS}) FROM STDIN (FORMAT BINARY)"
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        copy.set_types(_EVENT_TYPES)
        for row, received in zip(rows, received_at, strict=False):
            copy.write_row((*row, received))


def _add_identities_on_sqlite(ordered: list[Key], contents: dict[Key, bytes]) -> set[Key]:
    with connection.cursor() as cursor:
        # Rows get ascending numbers, and no one else writes during this transaction: what is above is ours.
        cursor.execute("SELECT coalesce(max(rowid), 0) FROM usage_eventidentity")
        (last,) = cursor.fetchone()
        cursor.executemany(
            "INSERT OR IGNORE INTO usage_eventidentity (organization_id, identity, content) VALUES (%s, %s, %s)",
            [(*key, contents[key]) for key in ordered],
        )
        cursor.execute("SELECT organization_id, identity FROM usage_eventidentity WHERE rowid > %s", [last])
        return {Key(organization_id, bytes(identity)) for organization_id, identity in cursor.fetchall()}


def _get_contents_on_sqlite(keys: Sequence[Key]) -> dict[Key, bytes]:
    contents: dict[Key, bytes] = {}
    with connection.cursor() as cursor:
        for start in range(0, len(keys), _LOOKUP_LIMIT):
            part = keys[start : start + _LOOKUP_LIMIT]
            asked = ", ".join(["(%s, %s)"] * len(part))
            cursor.execute(
                f"{_CONTENTS} WHERE (organization_id, identity) IN (VALUES {asked})",
                [value for key in part for value in key],
            )
            contents |= {Key(row[0], bytes(row[1])): bytes(row[2]) for row in cursor.fetchall()}
    return contents


def _add_events_on_sqlite(rows: Iterable[EventRow], received_at: Iterable[datetime]) -> None:
    places = ", ".join(["%s"] * len(_EVENT_TYPES))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO usage_usageevent ({_EVENT_COLUMNS}) VALUES ({places})",  # noqa: S608
            [(*_adapt(row), _adapt_instant(received)) for row, received in zip(rows, received_at, strict=False)],
        )


def _adapt(row: EventRow) -> Iterator[str | int | bytes | None]:
    for value in row:
        if isinstance(value, datetime):
            yield _adapt_instant(value)
        elif isinstance(value, Decimal):
            yield f"{value:f}"
        else:
            yield value


def _adapt_instant(instant: datetime) -> str:
    """Return the text in which Django keeps an instant on SQLite."""
    return str(instant.astimezone(UTC).replace(tzinfo=None))
