"""How many rows of a table are written at once: the one place that knows a fast way for each database."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import Any, TypeVar

import msgspec
from django.db import connection, models
from psycopg.types.json import JsonbBinaryDumper

Row = TypeVar("Row", bound=models.Model)


class _JsonDumper(JsonbBinaryDumper):
    """Writes JSON in C, in a third of the time."""

    def dump(self, obj: Any) -> bytes:
        """Return a value after the version of its form."""
        return b"\x01" + msgspec.json.encode(obj)


def insert_rows(rows: Iterable[Row], *, keyed: bool = False) -> list[Row]:
    """
    Insert rows of one table as they are, in their order, and return them; no signal is sent.

    They know their keys afterwards if they are `keyed`, or if their key is that of another row.

    :raises IntegrityError: if the database refuses one of them; none is inserted then
    """
    inserted = list(rows)
    if not inserted:
        return inserted
    model = type(inserted[0])
    if connection.vendor != "postgresql":
        return model._default_manager.bulk_create(inserted)  # noqa: SLF001
    numbered = isinstance(model._meta.pk, models.AutoField)  # noqa: SLF001
    if numbered and keyed and inserted[0].pk is None:
        give_keys(inserted)
    fields = [field for field in _fields(model) if keyed or not (numbered and field.primary_key)]
    _copy(model, fields, map(attrgetter(*(field.attname for field in fields)), inserted))
    return inserted


def insert_values(model: type[models.Model], rows: Iterable[Mapping[str, Any]]) -> None:
    """
    Insert rows that nobody needs as objects afterwards, by column: to make those of a model is what takes long.

    All of them name the same columns; any other has its default, one for all of them.

    :raises IntegrityError: if the database refuses one of them; none is inserted then
    """
    given = list(rows)
    if not given:
        return
    if connection.vendor != "postgresql":
        model._default_manager.bulk_create(model(**row) for row in given)  # noqa: SLF001
        return
    names = tuple(given[0])
    field_of = {field.attname: field for field in _fields(model)}
    others = [
        field for name, field in field_of.items() if name not in names and not isinstance(field, models.AutoField)
    ]
    defaults = tuple(field.get_default() for field in others)
    values = itemgetter(*names)
    _copy(model, [*(field_of[name] for name in names), *others], (values(row) + defaults for row in given))


def insert_new_rows(rows: Iterable[models.Model]) -> None:
    """Insert rows of one table, but none that a unique constraint of it has already; nobody learns which."""
    wanted = list(rows)
    if not wanted:
        return
    model = type(wanted[0])
    if connection.vendor != "postgresql":
        model._default_manager.bulk_create(wanted, ignore_conflicts=True)  # noqa: SLF001
        return
    fields = [field for field in _fields(model) if not isinstance(field, models.AutoField)]
    names = ", ".join(_quoted(field.column) for field in fields)
    statement = f"INSERT INTO {_table(model)} ({names}) SELECT * FROM {_given(fields)} ON CONFLICT DO NOTHING"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, [_as_json(wanted, fields)])


def update_rows(rows: Iterable[Row], names: Sequence[str]) -> None:
    """
    Write some fields of stored rows of one table.

    :raises IntegrityError: if the database refuses one of them; none is written then
    """
    changed = list(rows)
    if not changed:
        return
    model = type(changed[0])
    if connection.vendor != "postgresql":
        model._default_manager.bulk_update(changed, names)  # noqa: SLF001
        return
    meta: Any = model._meta  # noqa: SLF001
    fields = [meta.get_field(name) for name in names]
    table, key = _quoted(meta.db_table), _quoted(meta.pk.column)
    written = ", ".join(f"{name} = given.{name}" for name in (_quoted(field.column) for field in fields))
    # The ORM's own has a branch for each row and column.
    given = _given([meta.pk, *fields])
    statement = f"UPDATE {table} SET {written} FROM {given} WHERE {table}.{key} = given.{key}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, [_as_json(changed, [meta.pk, *fields])])


def give_keys(rows: Sequence[models.Model]) -> None:
    """Give rows of one table, which are to be inserted in this transaction, their keys in advance."""
    meta = rows[0]._meta  # noqa: SLF001
    table, column = meta.db_table, meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Which sequence it is, is asked once.
            cursor.execute(
                "SELECT nextval((SELECT pg_get_serial_sequence(%s, %s)::regclass)) FROM generate_series(1, %s)",
                [table, column, len(rows)],
            )
            keys = [key for (key,) in cursor.fetchall()]
        else:
            # Nobody else writes while this transaction does.
            cursor.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = %s", [table])
            (last,) = cursor.fetchone()
            keys = list(range(last + 1, last + 1 + len(rows)))
    for row, key in zip(rows, keys, strict=True):
        row.pk = key


def _given(fields: Sequence[Any]) -> str:
    """Return what makes a table of rows that are given as JSON, in SQL."""
    columns = ", ".join(f"{_quoted(field.column)} {_type_of(field)}" for field in fields)
    return f"json_to_recordset(%s) AS given ({columns})"


def _as_json(rows: Sequence[models.Model], fields: Sequence[Any]) -> str:
    """Return rows as one text: a parameter, where arrays would be one for each column, written value by value."""
    names = [field.column for field in fields]
    columns = [_column(rows, field) for field in fields]
    return msgspec.json.encode([dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]).decode()


def _column(rows: Sequence[models.Model], field: Any) -> list[Any]:
    found = list(map(attrgetter(field.attname), rows))
    # As PostgreSQL writes bytes as a text.
    return [f"\\x{value.hex()}" for value in found] if isinstance(field, models.BinaryField) else found


@lru_cache(maxsize=500)
def _type_of(field: Any) -> str:
    """Return the type of a column in PostgreSQL: "numeric(19, 4)" is given as any numeric, so that nothing is cut."""
    return str(field.rel_db_type(connection)).partition("(")[0]


def _fields(model: type[models.Model]) -> Sequence[Any]:
    return model._meta.concrete_fields  # noqa: SLF001


def _table(model: type[models.Model]) -> str:
    return _quoted(model._meta.db_table)  # noqa: SLF001


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _copy(model: type[models.Model], fields: Sequence[Any], rows: Iterable[Sequence[Any]]) -> None:
    """Send rows of values in the binary form of COPY; what a column holds is written by its type."""
    names = ", ".join(_quoted(field.column) for field in fields)
    statement = f"COPY {_table(model)} ({names}) FROM STDIN (FORMAT BINARY)"
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.adapters.register_dumper(None, _JsonDumper)
        with cursor.copy(statement) as copy:
            copy.set_types([_type_of(field) for field in fields])
            for row in rows:
                copy.write_row(row)
