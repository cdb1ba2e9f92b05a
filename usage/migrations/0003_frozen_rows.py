"""The database refuses to change accepted events, in each partition too, and the snapshots counted from them."""

from subscriptions.models.frozen import freeze
from subscriptions.models.operations import FirstMigration, InDatabase
from usage.services.partitions import guard_partitions


class Migration(FirstMigration):
    last_before = "0012_key_scopes"

    dependencies = [("usage", "0002_event_partitions")]

    operations = [
        freeze("usage_usageevent"),
        # Whoever stores an event asks in one statement which identities are new: the known ones are passed over.
        freeze("usage_eventidentity", skips_known=True),
        freeze("usage_usagesnapshot"),
        freeze("usage_snapshotuser"),
        InDatabase(lambda _schema_editor: guard_partitions()),
    ]
