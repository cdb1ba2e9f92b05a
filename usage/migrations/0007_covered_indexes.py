"""Drops the indexes of foreign keys that another one begins with: each cost every row that was written."""

from django.db import migrations

from subscriptions.models.operations import WithoutOwnIndex


class Migration(migrations.Migration):
    # Each table is locked by itself, for a moment.
    atomic = False

    dependencies = [("usage", "0006_lasting_index")]

    operations = [
        WithoutOwnIndex("snapshotuser", "snapshot"),
        WithoutOwnIndex("rejectedevent", "organization"),
    ]
