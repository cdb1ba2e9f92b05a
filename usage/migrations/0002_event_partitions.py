"""Partitions the events by month on PostgreSQL; on SQLite they stay one table."""

from subscriptions.models.operations import FirstMigration, InDatabase

TABLE = "usage_usageevent"


def partition(schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        # What Django made is made again, name by name; only the key changes, which must hold the partition's column.
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = %s::regclass AND contype = 'f'",
            [TABLE],
        )
        foreign_keys = cursor.fetchall()
        cursor.execute(
            "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = %s::regclass AND NOT indisprimary",
            [TABLE],
        )
        indexes = [definition for (definition,) in cursor.fetchall()]
    run = schema_editor.execute
    run(f"ALTER TABLE {TABLE} RENAME TO {TABLE}_plain")
    run(
        f"CREATE TABLE {TABLE} (LIKE {TABLE}_plain INCLUDING CONSTRAINTS INCLUDING COMMENTS)"
        " PARTITION BY RANGE (occurred_at)"
    )
    run(f"CREATE TABLE {TABLE}_default PARTITION OF {TABLE} DEFAULT")
    run(f"DROP TABLE {TABLE}_plain")
    # A plain sequence: before PostgreSQL 17 a partitioned table takes no identity column.
    run(f"CREATE SEQUENCE {TABLE}_id_seq AS bigint OWNED BY {TABLE}.id")
    run(f"ALTER TABLE {TABLE} ALTER COLUMN id SET DEFAULT nextval('{TABLE}_id_seq')")
    run(f"ALTER TABLE {TABLE} ADD CONSTRAINT {TABLE}_pkey PRIMARY KEY (id, occurred_at)")
    for definition in indexes:
        run(definition)
    for name, definition in foreign_keys:
        run(f'ALTER TABLE {TABLE} ADD CONSTRAINT "{name}" {definition}')


class Migration(FirstMigration):
    last_before = "0012_key_scopes"

    dependencies = [("usage", "0001_tables")]

    operations = [InDatabase(partition)]
