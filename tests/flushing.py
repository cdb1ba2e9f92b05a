"""Empties the tables after a test that committed: past the triggers on frozen rows, back to what migrations wrote."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

HOW_TO_ENABLE = {"O": "ENABLE", "A": "ENABLE ALWAYS", "R": "ENABLE REPLICA"}


class Flushing:
    """Stands in for Django's `execute_sql_flush` on one test database."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        """Remember the rows that the migrations wrote."""
        self.connection = connection
        self.written_by_migrations = connection.creation.serialize_db_to_string()

    def flush(self, statements: Sequence[str]) -> None:
        """Run the statements that empty the tables, then write the migrations' rows again."""
        without_triggers = WITHOUT_TRIGGERS[self.connection.vendor]
        with (
            transaction.atomic(using=self.connection.alias),
            self.connection.cursor() as cursor,
            without_triggers(cursor),
        ):
            for statement in statements:
                cursor.execute(statement)
            self.connection.creation.deserialize_db_from_string(self.written_by_migrations)


@contextmanager
def _dropped_on_sqlite(cursor: CursorWrapper) -> Iterator[None]:
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    triggers = cursor.fetchall()
    for name, _ in triggers:
        cursor.execute(f'DROP TRIGGER "{name}"')
    yield
    for _, sql in triggers:
        cursor.execute(sql)


@contextmanager
def _disabled_on_postgresql(cursor: CursorWrapper) -> Iterator[None]:
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks outstanding cannot be altered
    # The owner of the tables may do this; session_replication_role would need a superuser.
    cursor.execute(
        """
        SELECT format('ALTER TABLE ONLY %s', t.tgrelid::regclass), quote_ident(t.tgname), t.tgenabled::text
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND c.relnamespace = current_schema()::regnamespace
        """
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
