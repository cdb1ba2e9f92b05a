"""Asks one thing about many: what was asked one by one, in one statement where the database can."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.db import connection

Parameters = Mapping[str, Any]

# Of parameters that are neither instants nor what is named here.
_TYPES = {"organization": "bigint", "user": "text"}


def rows_of_each(statements: Sequence[str], parameters: Sequence[Parameters]) -> Iterator[tuple[Any, ...]]:
    """
    Yield the rows of each statement, after its place: on PostgreSQL those that are alike are one statement.

    SQLite has no way to ask sideways: it is asked one after the other.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for places in alike(statements):
                cursor.execute(*for_each(statements[places[0]], [parameters[place] for place in places]))
                yield from ((places[place], *row) for place, *row in cursor.fetchall())
        else:
            for place, (statement, own) in enumerate(zip(statements, parameters, strict=True)):
                cursor.execute(statement, own)
                yield from ((place, *row) for row in cursor.fetchall())


def for_each(statement: str, of: Sequence[Parameters]) -> tuple[str, Parameters]:
    """
    Return a statement of PostgreSQL, and its parameters, that yields the rows of another for each of some parameters,
    after their place among them.

    Of a single one they are constants to the planner, as if the statement stood alone. Many are one text: the driver
    would write them one by one.
    """
    inner = statement % {name: f'asked."{name}"' for name in of[0]}
    if len(of) == 1:
        names = ", ".join(f'"{name}"' for name in of[0])
        values = ", ".join(f"%({name})s" for name in of[0])
        asked, parameters = f"(VALUES (0, {values})) AS asked (place, {names})", of[0]
    else:
        columns = ", ".join(f'"{name}" {_TYPES.get(name, "timestamptz")}' for name in of[0])
        asked = f"json_to_recordset(%(asked)s) AS asked (place int, {columns})"
        listed = [{"place": place, **one} for place, one in enumerate(of)]
        parameters = {"asked": msgspec.json.encode(listed).decode()}
    return f"SELECT asked.place, found.* FROM {asked}, LATERAL ({inner}) AS found", parameters  # noqa: S608


def alike(statements: Sequence[str]) -> list[list[int]]:
    """Return the places of those statements that are the same one."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, statement in enumerate(statements):
        places[statement].append(place)
    return list(places.values())


def instant_of(value: datetime | str) -> datetime:
    """Return an instant as PostgreSQL hands it out, or as the text or the naive value that SQLite does."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value if value.tzinfo else value.replace(tzinfo=UTC)
