"""Events and counts are frozen against every session, replaced rows too, and each partition by itself."""

from django.db import migrations

from subscriptions.models.frozen import freeze
from usage.services.partitions import guard_partitions


def guard(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        guard_partitions()


class Migration(migrations.Migration):

    dependencies = [("usage", "0010_rate_limits"), ("subscriptions", "0014_audit_trail")]

    operations = [
        freeze("usage_usageevent"),
        # Whoever stores an event asks in one statement which identities are new: the known ones are passed over.
        freeze("usage_eventidentity", skips_known=True),
        freeze("usage_usagesnapshot"),
        freeze("usage_snapshotuser"),
        migrations.RunPython(guard, migrations.RunPython.noop),
    ]
