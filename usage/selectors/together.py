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

    What is the same for all is a constant to the planner, which then leaves out months that nobody asks for. The rest
    is one text: the driver would write it value by value.
    """
    first = of[0]
    own = [name for name, value in first.items() if any(one[name] != value for one in of)]
    inner = statement % {name: f'asked."{name}"' if name in own else f"%({name})s" for name in first}
    if len(of) == 1:
        return f"SELECT 0, found.* FROM ({inner}) AS found", first  # noqa: S608
    columns = ", ".join(["place int", *(f'"{name}" {_TYPES.get(name, "timestamptz")}' for name in own)])
    listed = [{"place": place, **{name: one[name] for name in own}} for place, one in enumerate(of)]
    # The limit says how many there are: else the planner takes them for a hundred.
    asked = f"(SELECT * FROM json_to_recordset(%(asked)s) AS listed ({columns}) LIMIT {len(of)}) AS asked"  # noqa: S608
    return (
        f"SELECT asked.place, found.* FROM {asked}, LATERAL ({inner}) AS found",  # noqa: S608
        {**first, "asked": msgspec.json.encode(listed).decode()},
    )


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
