"""Lets PostgreSQL read what bears on every later period from an index that holds nothing else."""

from django.db import migrations

from subscriptions.models.operations import InDatabase
from usage.services.partitions import build_index

NAME = "usage_event_lasting"


def index_what_lasts(schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    # Beside the model: SQLite finds these kinds in another index, one after the other. It holds all that is read of
    # them. The kinds: deleted, assigned and taken away; numbers activated and released; retracted.
    build_index(
        f'CREATE INDEX "{NAME}" ON "usage_usageevent" (organization_id, occurred_at)'
        " INCLUDE (received_at, kind, subject, product, identity, target) WHERE kind IN (3, 4, 5, 14, 15, 16)",
        name=NAME,
    )


class Migration(migrations.Migration):
    # Each month is built by itself, outside of any transaction.
    atomic = False

    dependencies = [("usage", "0005_covering_index")]

    operations = [InDatabase(index_what_lasts)]
