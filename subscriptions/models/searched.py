"""Indexes for searching text on PostgreSQL, whatever its case; SQLite reads through the rows."""

from django.db import DatabaseError, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from subscriptions.models.operations import InDatabase

AVAILABLE = "SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'"
BEGINS_WITH = "CREATE INDEX IF NOT EXISTS {table}_{column}_begins ON {table} (UPPER({column}::text) text_pattern_ops)"
CONTAINS = "CREATE INDEX IF NOT EXISTS {table}_{column}_holds ON {table} USING gin (UPPER({column}::text) gin_trgm_ops)"


def searched_by_beginning(table: str, *columns: str) -> InDatabase:
    """Return the operation that lets columns be searched by how they begin."""

    def index(editor: BaseDatabaseSchemaEditor) -> None:
        if editor.connection.vendor == "postgresql":
            _execute(editor, [BEGINS_WITH.format(table=table, column=column) for column in columns])

    return InDatabase(index)


def searched_by_any_part(table: str, *columns: str) -> InDatabase:
    """
    Return the operation that lets columns be searched by any part of them, where the server can: by trigrams.

    Not every server has the extension, and not every role may create it; without it the rows are read through.
    """

    def index(editor: BaseDatabaseSchemaEditor) -> None:
        if editor.connection.vendor == "postgresql" and _has_trigrams(editor):
            _execute(editor, [CONTAINS.format(table=table, column=column) for column in columns])

    return InDatabase(index)


def _has_trigrams(editor: BaseDatabaseSchemaEditor) -> bool:
    with editor.connection.cursor() as cursor:
        cursor.execute(AVAILABLE)
        if cursor.fetchone() is None:
            return False
    try:
        with transaction.atomic(using=editor.connection.alias):
            _execute(editor, ["CREATE EXTENSION IF NOT EXISTS pg_trgm"])
    except DatabaseError:
        return False
    return True


def _execute(editor: BaseDatabaseSchemaEditor, statements: list[str]) -> None:
    with editor.connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
