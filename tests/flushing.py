"""Empties the tables after a test that committed: past the triggers on frozen rows, back to what migrations wrote."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

HOW_TO_ENABLE = {"O": "ENABLE", "A": "ENABLE ALWAYS", "R": "ENABLE REPLICA"}


class Flushing:
    """Stands in for Django's `execute_sql_flush` on a test database: emptying all tables takes longer than a test."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        """Remember the rows that the migrations wrote."""
        self.connection = connection
        self.tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
        self.written_by_migrations = connection.creation.serialize_db_to_string()
        with connection.cursor() as cursor:
            self.at_first = {table: self._rows(cursor, table) for table in self._with_rows(cursor)}

    def flush(self, statements: Sequence[str]) -> None:
        """Empty the tables in which a test left rows; write the migrations' rows again, if it changed any of them."""
        with transaction.atomic(using=self.connection.alias), self.connection.cursor() as cursor:
            filled = self._with_rows(cursor)
            is_as_written = all(self._rows(cursor, table) == rows for table, rows in self.at_first.items())
            to_empty = filled - self.at_first.keys() if is_as_written else filled
            with WITHOUT_TRIGGERS[self.connection.vendor](cursor, to_empty):
                for table in to_empty:
                    cursor.execute(f"DELETE FROM {self._quoted(table)}")
                if not is_as_written:
                    self.connection.creation.deserialize_db_from_string(self.written_by_migrations)

    def _with_rows(self, cursor: CursorWrapper) -> set[str]:
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {self._quoted(table)})" for table in self.tables
            )
        )
        return {table for (table,) in cursor.fetchall()}

    def _rows(self, cursor: CursorWrapper, table: str) -> list[tuple[Any, ...]]:
        cursor.execute(f"SELECT * FROM {self._quoted(table)} ORDER BY 1")
        return cursor.fetchall()

    def _quoted(self, table: str) -> str:
        return self.connection.ops.quote_name(table)


@contextmanager
def _dropped_on_sqlite(cursor: CursorWrapper, tables: Collection[str] | None = None) -> Iterator[None]:
    cursor.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
    triggers = [(name, sql) for name, table, sql in cursor.fetchall() if tables is None or table in tables]
    for name, _ in triggers:
        cursor.execute(f'DROP TRIGGER "{name}"')
    yield
    for _, sql in triggers:
        cursor.execute(sql)


@contextmanager
def _disabled_on_postgresql(cursor: CursorWrapper, tables: Collection[str] | None = None) -> Iterator[None]:
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks outstanding cannot be altered
    # The owner of the tables may do this; session_replication_role would need a superuser. A part of a table has
    # triggers of its own.
    cursor.execute(
        """
        SELECT format('ALTER TABLE ONLY %%s', t.tgrelid::regclass), quote_ident(t.tgname), t.tgenabled::text
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
        WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND c.relnamespace = current_schema()::regnamespace
        AND (%(all)s OR c.relname = ANY(%(tables)s) OR i.inhparent::regclass::text = ANY(%(tables)s))
        """,
        {"all": tables is None, "tables": list(tables or ())},
    )
    triggers = cursor.fetchall()
    for table, name, _ in triggers:
        cursor.execute(f"{table} DISABLE TRIGGER {name}")
    cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    yield
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table, name, enabled in triggers:
        cursor.execute(f"{table} {HOW_TO_ENABLE[enabled]} TRIGGER {name}")
    cursor.execute("SET CONSTRAINTS ALL DEFERRED")


WITHOUT_TRIGGERS = {"sqlite": _dropped_on_sqlite, "postgresql": _disabled_on_postgresql}
"""How each database leaves out the triggers of some tables for a while, or of all."""
