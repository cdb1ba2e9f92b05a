"""Lets PostgreSQL read sessions and calls from an index alone, wherever in the table they lie."""

from django.db import migrations

from subscriptions.models.operations import InDatabase
from usage.services.partitions import build_index

NAME, FRESH = "usage_event_by_occurrence", "usage_event_covering"


def cover(schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    # Beside the model, as SQLite has no such indexes. It holds all that is read of a session or a call, the identity
    # where something is retracted.
    build_index(
        f'CREATE INDEX "{FRESH}" ON "usage_usageevent" (organization_id, kind, occurred_at)'
        " INCLUDE (received_at, subject, session, client, direction, remote, amount, identity)",
        name=FRESH,
    )
    schema_editor.execute(f"DROP INDEX {NAME}")
    schema_editor.execute(f"ALTER INDEX {FRESH} RENAME TO {NAME}")


class Migration(migrations.Migration):
    # Each month is built by itself, outside of any transaction.
    atomic = False

    dependencies = [("usage", "0004_events_of_a_person")]

    operations = [InDatabase(cover)]
