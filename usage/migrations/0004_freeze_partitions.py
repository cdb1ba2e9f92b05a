"""Refuses TRUNCATE on each partition too: PostgreSQL hands down only the triggers for each row."""

from django.db import migrations


def freeze_partitions(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'usage_usageevent'::regclass")
        partitions = [name for (name,) in cursor.fetchall()]
    for name in partitions:
        schema_editor.execute(
            f"CREATE OR REPLACE TRIGGER frozen_truncate BEFORE TRUNCATE ON {name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION seatbill_refuse()"
        )


class Migration(migrations.Migration):
    # The partitions of later months take theirs from the parent when they are made.
    dependencies = [("usage", "0003_freeze_events")]

    operations = [migrations.RunPython(freeze_partitions, migrations.RunPython.noop)]
