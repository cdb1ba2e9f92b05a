"""Lets PostgreSQL read sessions and calls from an index alone, wherever in the table they lie."""

from django.db import migrations

from subscriptions.models.operations import InDatabase

NAME = "usage_event_by_occurrence"


def cover(schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    # Beside the model, as SQLite has no such indexes. It holds all that is read of a session or a call, the identity
    # where something is retracted.
    schema_editor.execute(f"DROP INDEX {NAME}")
    schema_editor.execute(
        f"CREATE INDEX {NAME} ON usage_usageevent (organization_id, kind, occurred_at)"
        " INCLUDE (received_at, subject, session, client, direction, remote, amount, identity)"
    )


class Migration(migrations.Migration):
    dependencies = [("usage", "0003_frozen_rows")]

    operations = [InDatabase(cover)]
