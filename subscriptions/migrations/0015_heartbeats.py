from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('subscriptions', '0014_audit_trail'),
    ]

    operations = [
        migrations.CreateModel(
            name='Heartbeat',
            fields=[
                ('name', models.CharField(help_text='Beat, tick, worker and its host, or a check.', max_length=200, primary_key=True, serialize=False)),
                ('seen_at', models.DateTimeField()),
                ('outcome', models.JSONField(blank=True, default=dict, help_text='What a check found.')),
            ],
        ),
    ]
