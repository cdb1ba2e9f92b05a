"""The database refuses to change accepted events, in each partition too, and the snapshots counted from them."""

from django.db import migrations

from subscriptions.models.frozen import freeze
from subscriptions.models.operations import InDatabase
from usage.services.partitions import guard_partitions


class Migration(migrations.Migration):
    replaces = [
        ("usage", "0001_initial"),
        ("usage", "0002_partition_events"),
        ("usage", "0003_freeze_events"),
        ("usage", "0004_freeze_partitions"),
        ("usage", "0005_suspended_trials"),
        ("usage", "0006_rejected_waiting"),
        ("usage", "0007_search"),
        ("usage", "0008_what_bears"),
        ("usage", "0009_live_counts"),
        ("usage", "0010_rate_limits"),
    ]

    dependencies = [("usage", "0002_event_partitions")]

    operations = [
        freeze("usage_usageevent"),
        # Whoever stores an event asks in one statement which identities are new: the known ones are passed over.
        freeze("usage_eventidentity", skips_known=True),
        freeze("usage_usagesnapshot"),
        freeze("usage_snapshotuser"),
        InDatabase(lambda _schema_editor: guard_partitions()),
    ]
