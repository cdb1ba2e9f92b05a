"""How many rows of a table are inserted at once: the one place that knows a fast way for each database."""

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any, TypeVar

from django.db import connection, models
from psycopg.types.json import Jsonb

Row = TypeVar("Row", bound=models.Model)


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
    meta = model._meta  # noqa: SLF001
    numbered = isinstance(meta.pk, models.AutoField)
    if numbered and keyed and inserted[0].pk is None:
        give_keys(inserted)
    _copy(
        inserted,
        table=meta.db_table,
        fields=[field for field in meta.concrete_fields if keyed or not (numbered and field.primary_key)],
    )
    return inserted


def give_keys(rows: Sequence[models.Model]) -> None:
    """Give rows of one table, which are to be inserted in this transaction, their keys in advance."""
    meta = rows[0]._meta  # noqa: SLF001
    table, column = meta.db_table, meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)", [table, column, len(rows)]
            )
            keys = [key for (key,) in cursor.fetchall()]
        else:
            # Nobody else writes while this transaction does.
            cursor.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = %s", [table])
            (last,) = cursor.fetchone()
            keys = list(range(last + 1, last + 1 + len(rows)))
    for row, key in zip(rows, keys, strict=True):
        row.pk = key


def _copy(rows: list[Row], *, table: str, fields: list[Any]) -> None:
    """Send the rows in the binary form of COPY."""
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    read = [_reader(field) for field in fields]
    statement = f"COPY {connection.ops.quote_name(table)} ({names}) FROM STDIN (FORMAT BINARY)"
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        # "numeric(19, 4)" is sent as any numeric.
        copy.set_types([field.db_type(connection).partition("(")[0] for field in fields])
        for row in rows:
            copy.write_row([value(row) for value in read])


def _reader(field: Any) -> Callable[[models.Model], Any]:
    """Return what reads the value of a column from a row."""
    value = attrgetter(field.attname)
    if not isinstance(field, models.JSONField):
        return value

    def as_json(row: models.Model) -> Any:
        found = value(row)
        return None if found is None else Jsonb(found)

    return as_json
