"""
Rows that the database itself refuses to change: migrations name the tables, triggers do the refusing (BR-76).

Superusers and querysets walk past Python, so the promise is kept below it. Deletion is possible in one way only: by a
transaction that holds a `DeletionPermit` for the organization, which the audited deletion procedure writes, uses and
removes again before it commits. What is kept for ever knows no such way.

On PostgreSQL the triggers fire in every session, one that plays a replica too. On SQLite they also see a row that is
replaced by inserting another one with the same key, which a connection may be told to do behind its deletion's back.

A migration that rebuilds a frozen table on SQLite (any altered column) loses the triggers and has to name the table
again. One that rebuilds the permits needs `PRAGMA legacy_alter_table = ON` around it: other triggers read them.
"""

import re
from collections.abc import Iterable

from django.conf import settings
from django.db import connection, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from subscriptions.models.operations import InDatabase
from subscriptions.models.organization import Organization

PERMITS = "subscriptions_deletionpermit"

_FUNCTIONS = """
CREATE OR REPLACE FUNCTION seatbill_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF EXISTS (SELECT 1 FROM {permits} WHERE organization_id IS NOT DISTINCT FROM OLD.organization_id) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION '% is frozen: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE OR REPLACE FUNCTION seatbill_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is kept for ever: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""

_ON_POSTGRESQL = """
DROP TRIGGER IF EXISTS {name}_rows ON {table};
DROP TRIGGER IF EXISTS {name}_table ON {table};
DROP TRIGGER IF EXISTS {name}_update ON {table};
DROP TRIGGER IF EXISTS {name}_delete ON {table};
DROP TRIGGER IF EXISTS {name}_truncate ON {table};
CREATE TRIGGER {name}_update BEFORE UPDATE ON {table} FOR EACH ROW {when} EXECUTE FUNCTION {function}();
CREATE TRIGGER {name}_delete BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}();
CREATE TRIGGER {name}_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {function}();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}_update;
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}_delete;
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}_truncate;
"""

_ON_SQLITE = (
    "DROP TRIGGER IF EXISTS {name}_update_{table}",
    "DROP TRIGGER IF EXISTS {name}_delete_{table}",
    "DROP TRIGGER IF EXISTS {name}_replace_{table}",
    """CREATE TRIGGER {name}_update_{table} BEFORE UPDATE ON {table} FOR EACH ROW {when}
    BEGIN SELECT RAISE(ABORT, '{table} is {words}: UPDATE refused'); END""",
    """CREATE TRIGGER {name}_delete_{table} BEFORE DELETE ON {table} FOR EACH ROW {unless_permitted}
    BEGIN SELECT RAISE(ABORT, '{table} is {words}: DELETE refused'); END""",
    """CREATE TRIGGER {name}_replace_{table} BEFORE INSERT ON {table} FOR EACH ROW WHEN {is_there}
    BEGIN SELECT RAISE({answer}); END""",
)

_UNLESS_PERMITTED = "WHEN NOT EXISTS (SELECT 1 FROM {permits} WHERE organization_id IS OLD.organization_id)"

OPERATIONS = {"postgresql": ("update", "delete", "truncate"), "sqlite": ("update", "delete", "replace")}
"""Against what the rows of a table are guarded, each by a trigger of its own."""


class DeletionPermit(models.Model):
    """
    Lets the transaction that wrote it delete one organization's frozen rows (BR-19, expired retention).

    It never outlives its transaction: no other ever sees one.
    """

    organization = models.ForeignKey(
        Organization,
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="Empty: the words of the audit trail that belong to no organization.",
    )
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()

    def __str__(self) -> str:
        """Show whose rows may go, and why."""
        return f"{self.organization}: {self.reason}"


def freeze(table: str, *, unless: str = "", skips_known: bool = False) -> InDatabase:
    """
    Return the migration operation after which the database refuses to change a table's rows.

    `unless` is an SQL condition on `OLD` and `NEW` under which a row may still be updated. `skips_known`: whoever
    inserts a row that is there already is not refused, the row that is there stays as it is.
    """
    return _guarded(table, name="frozen", words="frozen", unless=unless, skips_known=skips_known)


def keep_for_ever(table: str, *, unless: str = "", skips_known: bool = False) -> InDatabase:
    """Return the migration operation after which the database lets rows be added to a table, and nothing else."""
    return _guarded(table, name="kept", words="kept for ever", unless=unless, skips_known=skips_known)


def list_guards(tables: Iterable[str]) -> set[tuple[str, str]]:
    """
    Return the triggers, by table and name, that guard tables, or partitions of them, and fire in every session.

    On SQLite a trigger's name ends with its table; it is left out here.
    """
    wanted = list(tables)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                """
                SELECT relname, tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
                WHERE tgenabled = 'A' AND NOT tgisinternal AND relnamespace = current_schema()::regnamespace
                AND (relname = ANY(%s) OR pg_class.oid IN (
                    SELECT inhrelid FROM pg_inherits JOIN pg_class parent ON parent.oid = inhparent
                    WHERE parent.relname = ANY(%s)
                ))
                """,
                [wanted, wanted],
            )
            return set(cursor.fetchall())
        cursor.execute("SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'")
        return {(table, name.removesuffix(f"_{table}")) for table, name in cursor.fetchall() if table in set(wanted)}


def _guarded(table: str, *, name: str, words: str, unless: str, skips_known: bool) -> InDatabase:
    when = f"WHEN (NOT ({unless}))" if unless else ""

    def apply(schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.connection.vendor == "postgresql":
            function = {"frozen": "seatbill_refuse", "kept": "seatbill_keep"}[name]
            statements = _FUNCTIONS.format(permits=PERMITS) + _ON_POSTGRESQL.format(
                table=table, name=name, function=function, when=when
            )
            # Without parameters: the percent signs are PostgreSQL's own.
            schema_editor.execute(statements, params=None)
            return
        refused = f"ABORT, '{table} is {words}: INSERT of a row that is there refused'"
        for statement in _ON_SQLITE:
            schema_editor.execute(
                statement.format(
                    table=table,
                    name=name,
                    words=words,
                    when=when,
                    unless_permitted=_UNLESS_PERMITTED.format(permits=PERMITS) if name == "frozen" else "",
                    is_there=_is_there(table, schema_editor),
                    answer="IGNORE" if skips_known else refused,
                )
            )

    return InDatabase(apply)


def _is_there(table: str, schema_editor: BaseDatabaseSchemaEditor) -> str:
    """Return the condition under which SQLite would delete a row to make place for a new one: by any unique key."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(f"SELECT name FROM pragma_table_info('{table}') WHERE pk > 0 ORDER BY pk")  # noqa: S608
        found = {_same(name for (name,) in cursor.fetchall())}
        cursor.execute(f"SELECT name, partial FROM pragma_index_list('{table}') WHERE \"unique\"")  # noqa: S608
        for index, is_partial in cursor.fetchall():
            cursor.execute(f"SELECT name FROM pragma_index_info('{index}') ORDER BY seqno")  # noqa: S608
            condition = _same(name for (name,) in cursor.fetchall())
            if is_partial:
                cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [index])
                only = cursor.fetchone()[0].partition(" WHERE ")[2]
                condition += f" AND ({only}) AND ({_of_new_row(only)})"
            found.add(condition)
    # A row without a key yet has -1 in its place.
    return " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {condition})" for condition in sorted(found))  # noqa: S608


def _same(columns: Iterable[str]) -> str:
    return " AND ".join(f'"{column}" = NEW."{column}"' for column in columns)


def _of_new_row(condition: str) -> str:
    return re.sub(r'"(\w+)"', r'NEW."\1"', condition)
