"""
Rows that the database keeps with the organization of the row they belong to: a line is of its invoice's organization.

Where each of the two is a key of its own, PostgreSQL looks both up for every row, and would still let a line of one
organization hang on another's invoice. One key over both refuses that, and is one look. SQLite has no way to add a key
to a table that is there: it keeps the two.
"""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from subscriptions.models.operations import InDatabase

# One whose making was interrupted is there and holds nothing.
_IS_INVALID = "SELECT indexrelid::regclass::text FROM pg_index WHERE indexrelid = to_regclass(%s) AND NOT indisvalid"
_KEYS_OF_THEIR_OWN = """
SELECT quote_ident(conname) FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
WHERE conrelid = %s::regclass AND contype = 'f' AND cardinality(conkey) = 1 AND attname = ANY (%s)
"""


def tie(table: str, column: str, *, to: str, also: tuple[str, ...] = ()) -> InDatabase:
    """
    Tie the rows of a table to those of another to which a column refers: both are of one organization, and have `also`
    other columns in common.

    Name it in a migration that is not atomic: each step leaves the tables to those who write them, and a migration that
    was interrupted goes on.
    """
    columns = (column, "organization_id", *also)
    key, name = f"{to}_of_{'_'.join(columns[1:])}", f"{table}_of_its_{column}"
    there = ", ".join(("id", *columns[1:]))

    def run(schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.connection.vendor != "postgresql":
            return
        if _fetch(schema_editor, _IS_INVALID, key):
            schema_editor.execute(f"DROP INDEX CONCURRENTLY {key}")
        schema_editor.execute(f"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS {key} ON {to} ({there})")
        schema_editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")
        # The rows that are there are looked at afterwards, while others are written.
        schema_editor.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({', '.join(columns)}) REFERENCES {to} ({there})"
            " DEFERRABLE INITIALLY DEFERRED NOT VALID"
        )
        schema_editor.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")
        for own in _fetch(schema_editor, _KEYS_OF_THEIR_OWN, table, list(columns)):
            schema_editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {own}")

    return InDatabase(run)


def _fetch(schema_editor: BaseDatabaseSchemaEditor, statement: str, *parameters: str | list[str]) -> list[str]:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [found for (found,) in cursor.fetchall()]
