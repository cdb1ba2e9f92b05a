"""What a person did is found without reading what everybody did; it is built while events go on coming in."""

from django.db import migrations, models

from usage.services.partitions import build_index


class AddIndex(migrations.AddIndex):
    """Adds an index to the events, on PostgreSQL to one month after the other."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        events = to_state.apps.get_model(app_label, self.model_name)
        build_index(str(self.index.create_sql(events, schema_editor)), name=self.index.name)


class Migration(migrations.Migration):
    # Each month is built by itself, outside of any transaction.
    atomic = False

    dependencies = [("usage", "0003_frozen_rows")]

    operations = [
        AddIndex(
            model_name="usageevent",
            index=models.Index(
                fields=["organization", "subject"],
                condition=models.Q(kind__in=[1, 2, 3, 4, 5, 6, 7]),
                name="usage_event_of_a_person",
            ),
        ),
    ]
