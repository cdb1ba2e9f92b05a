"""How many rows of a table are written at once: the one place that knows a fast way for each database."""

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


def insert_new_rows(rows: Iterable[models.Model]) -> None:
    """Insert rows of one table, but none that a unique constraint of it has already; nobody learns which."""
    wanted = list(rows)
    if not wanted:
        return
    model = type(wanted[0])
    if connection.vendor != "postgresql":
        model._default_manager.bulk_create(wanted, ignore_conflicts=True)  # noqa: SLF001
        return
    meta = model._meta  # noqa: SLF001
    fields = [field for field in meta.concrete_fields if not isinstance(field, models.AutoField)]
    columns, arrays, values = _columns(wanted, fields)
    given = f"SELECT * FROM unnest({arrays})"  # noqa: S608
    statement = f"INSERT INTO {_quoted(meta.db_table)} ({columns}) {given} ON CONFLICT DO NOTHING"
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


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
    columns, arrays, values = _columns(changed, [meta.pk, *fields])
    table, key = _quoted(meta.db_table), _quoted(meta.pk.column)
    written = ", ".join(f"{name} = given.{name}" for name in (_quoted(field.column) for field in fields))
    # The ORM's own has a branch for each row and column.
    given = f"unnest({arrays}) AS given ({columns})"
    statement = f"UPDATE {table} SET {written} FROM {given} WHERE {table}.{key} = given.{key}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


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


def _columns(rows: Sequence[models.Model], fields: Sequence[Any]) -> tuple[str, str, list[list[Any]]]:
    """Return the names of columns, as many arrays to be given, and what stands in them."""
    names = ", ".join(_quoted(field.column) for field in fields)
    arrays = ", ".join(f"%s::{_type_of(field)}[]" for field in fields)
    return names, arrays, [_array(rows, field) for field in fields]


def _array(rows: Sequence[models.Model], field: Any) -> list[Any]:
    found = [field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows]
    if isinstance(field, models.CharField | models.TextField):
        # An array is of one type: members of choices are texts by another name.
        return [None if value is None else str(value) for value in found]
    return found


def _type_of(field: Any) -> str:
    """Return the type of a column in PostgreSQL: "numeric(19, 4)" is given as any numeric."""
    return str(field.rel_db_type(connection)).partition("(")[0]


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _copy(rows: list[Row], *, table: str, fields: list[Any]) -> None:
    """Send the rows in the binary form of COPY."""
    names = ", ".join(_quoted(field.column) for field in fields)
    read = [_reader(field) for field in fields]
    statement = f"COPY {_quoted(table)} ({names}) FROM STDIN (FORMAT BINARY)"
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        copy.set_types([_type_of(field) for field in fields])
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
