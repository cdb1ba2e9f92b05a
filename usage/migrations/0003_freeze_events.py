"""The database refuses to change accepted events and the snapshots counted from them."""

from django.db import migrations

from subscriptions.models.frozen import freeze


class Migration(migrations.Migration):
    """Freeze what was reported and counted."""

    dependencies = [("usage", "0002_partition_events"), ("subscriptions", "0001_initial")]

    operations = [
        freeze("usage_usageevent"),
        freeze("usage_eventidentity"),
        freeze("usage_usagesnapshot"),
        freeze("usage_snapshotuser"),
    ]
