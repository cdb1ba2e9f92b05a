"""
Rows that the database itself refuses to change: migrations name the tables, triggers do the refusing (BR-76).

Superusers and querysets walk past Python, so the promise is kept below it. Deletion is possible in one way only: by a
transaction that holds a `DeletionPermit` for the organization, which the audited deletion procedure writes, uses and
removes again before it commits.

A migration that rebuilds a frozen table on SQLite (any altered column) loses the triggers and has to name the table
again.
"""

from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from subscriptions.models.organization import Organization

PERMITS = "subscriptions_deletionpermit"

_POSTGRESQL = """
CREATE OR REPLACE FUNCTION seatbill_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF EXISTS (SELECT 1 FROM {permits} WHERE organization_id = OLD.organization_id) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION '% is frozen: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$;
DROP TRIGGER IF EXISTS frozen_update ON {table};
DROP TRIGGER IF EXISTS frozen_delete ON {table};
DROP TRIGGER IF EXISTS frozen_truncate ON {table};
CREATE TRIGGER frozen_update BEFORE UPDATE ON {table} FOR EACH ROW {when} EXECUTE FUNCTION seatbill_refuse();
CREATE TRIGGER frozen_delete BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION seatbill_refuse();
CREATE TRIGGER frozen_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION seatbill_refuse();
"""

_SQLITE = (
    "DROP TRIGGER IF EXISTS frozen_update_{table}",
    "DROP TRIGGER IF EXISTS frozen_delete_{table}",
    """CREATE TRIGGER frozen_update_{table} BEFORE UPDATE ON {table} FOR EACH ROW {when}
    BEGIN SELECT RAISE(ABORT, '{table} is frozen: UPDATE refused'); END""",
    """CREATE TRIGGER frozen_delete_{table} BEFORE DELETE ON {table} FOR EACH ROW
    WHEN NOT EXISTS (SELECT 1 FROM {permits} WHERE organization_id = OLD.organization_id)
    BEGIN SELECT RAISE(ABORT, '{table} is frozen: DELETE refused'); END""",
)


_KEPT_ON_POSTGRESQL = """
CREATE OR REPLACE FUNCTION seatbill_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is kept for ever: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
DROP TRIGGER IF EXISTS kept_rows ON {table};
DROP TRIGGER IF EXISTS kept_table ON {table};
CREATE TRIGGER kept_rows BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION seatbill_keep();
CREATE TRIGGER kept_table BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION seatbill_keep();
"""

_KEPT_ON_SQLITE = (
    "DROP TRIGGER IF EXISTS kept_{operation}_{table}",
    """CREATE TRIGGER kept_{operation}_{table} BEFORE {operation} ON {table} FOR EACH ROW
    BEGIN SELECT RAISE(ABORT, '{table} is kept for ever: {operation} refused'); END""",
)


class DeletionPermit(models.Model):
    """
    Lets the transaction that wrote it delete one organization's frozen rows (BR-19, expired retention).

    It never outlives its transaction: no other ever sees one.
    """

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()

    def __str__(self) -> str:
        """Show whose rows may go, and why."""
        return f"{self.organization}: {self.reason}"


def freeze(table: str, *, unless: str = "") -> migrations.RunPython:
    """
    Return the migration operation after which the database refuses to change a table's rows.

    `unless` is an SQL condition on `OLD` under which a row may still be updated.
    """
    when = f"WHEN (NOT ({unless}))" if unless else ""

    def apply(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        del apps
        if schema_editor.connection.vendor == "postgresql":
            # Without parameters: the percent signs are PostgreSQL's own.
            schema_editor.execute(_POSTGRESQL.format(table=table, permits=PERMITS, when=when), params=None)
            return
        for statement in _SQLITE:
            schema_editor.execute(statement.format(table=table, permits=PERMITS, when=when))

    return migrations.RunPython(apply, migrations.RunPython.noop)


def keep_for_ever(table: str) -> migrations.RunPython:
    """Return the migration operation after which the database lets rows be added to a table, and nothing else."""

    def apply(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        del apps
        if schema_editor.connection.vendor == "postgresql":
            # Without parameters: the percent signs are PostgreSQL's own.
            schema_editor.execute(_KEPT_ON_POSTGRESQL.format(table=table), params=None)
            return
        for operation in ("UPDATE", "DELETE"):
            for statement in _KEPT_ON_SQLITE:
                schema_editor.execute(statement.format(table=table, operation=operation))

    return migrations.RunPython(apply, migrations.RunPython.noop)
