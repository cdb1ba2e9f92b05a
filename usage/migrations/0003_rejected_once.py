"""Keeps a rejected payload once, however often its sender tries again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("usage", "0002_partition_events")]

    operations = [
        migrations.AddField(
            model_name="rejectedevent",
            name="digest",
            field=models.BinaryField(
                default=b"", help_text="Of organization and payload: kept once.", max_length=16, unique=True
            ),
            preserve_default=False,
        ),
    ]
