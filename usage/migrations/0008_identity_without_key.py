"""Spares PostgreSQL asking for each event twice whether its organization is there."""

import django.db.models.deletion
from django.db import migrations, models

from subscriptions.models.operations import InDatabase


def drop_key(schema_editor):
    # On SQLite the table would have to be built anew; to look there costs next to nothing.
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "ALTER TABLE usage_eventidentity"
            " DROP CONSTRAINT IF EXISTS usage_eventidentity_organization_id_085fb671_fk_subscript"
        )


class Migration(migrations.Migration):

    dependencies = [("usage", "0007_covered_indexes")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[InDatabase(drop_key)],
            state_operations=[
                migrations.AlterField(
                    model_name="eventidentity",
                    name="organization",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subscriptions.organization",
                    ),
                ),
            ],
        ),
    ]
