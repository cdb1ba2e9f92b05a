from django.core.validators import MinValueValidator
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def keep_lightly(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    """Keep throttles without a log of them: they need not outlive a crash, and taking must not wait for the disk."""
    if editor.connection.vendor == 'postgresql':
        editor.execute('ALTER TABLE usage_throttle SET UNLOGGED')
        # A row is changed with every request; room beside it keeps its indexes as they are.
        editor.execute('ALTER TABLE usage_throttle SET (fillfactor = 50)')


class Migration(migrations.Migration):

    dependencies = [
        ('usage', '0009_live_counts'),
    ]

    operations = [
        migrations.CreateModel(
            name='Throttle',
            fields=[
                ('name', models.CharField(max_length=100, primary_key=True, serialize=False)),
                ('spent_until', models.BigIntegerField(help_text='Microseconds since 1970.')),
            ],
        ),
        migrations.RunPython(keep_lightly, migrations.RunPython.noop),
        migrations.AddField(
            model_name='ingestionkey',
            name='events_per_second',
            field=models.PositiveIntegerField(blank=True, help_text='How many events a second it may report in the long run; empty: as many as keys usually may.', null=True, validators=[MinValueValidator(1)]),
        ),
    ]
