"""Lets PostgreSQL refuse people behind a count that are of another organization than the count."""

from django.db import migrations

from subscriptions.models.tied import tie


class Migration(migrations.Migration):
    # Each step by itself, outside of any transaction: tables that are written are locked for moments only.
    atomic = False

    dependencies = [("usage", "0008_identity_without_key")]

    operations = [tie("usage_snapshotuser", "snapshot_id", to="usage_usagesnapshot")]
