"""The audit trail, which only grows; and what is frozen is frozen against every session, replaced rows too."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from subscriptions.models.frozen import freeze, keep_for_ever


def without_looking_at_triggers(apps, schema_editor):
    """Let SQLite replace a table that triggers of other tables read: it would miss it while it is being replaced."""
    _look_at_triggers(schema_editor, legacy="ON")


def looking_at_triggers(apps, schema_editor):
    _look_at_triggers(schema_editor, legacy="OFF")


def _look_at_triggers(schema_editor, *, legacy):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(f"PRAGMA legacy_alter_table = {legacy}")


class Migration(migrations.Migration):

    dependencies = [
        ('subscriptions', '0013_subject_line'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sequence', models.PositiveBigIntegerField(help_text='Its place in the chain, from 1, without gaps.')),
                ('at', models.DateTimeField(help_text='When it was done.')),
                ('kind', models.CharField(choices=[('organization', 'Organization'), ('agreement', 'Agreement'), ('sale', 'Quotes and orders'), ('contact', 'Billing contacts'), ('permission', 'People and permissions'), ('key', 'Keys'), ('usage', 'Usage'), ('document', 'Documents'), ('payment', 'Payments'), ('cycle', 'Billing cycles'), ('catalog', 'Prices and taxes'), ('approval', 'Approvals'), ('erasure', 'Erasures'), ('other', 'Other')], max_length=20)),
                ('deed', models.CharField(help_text='What was done, as a code.', max_length=40)),
                ('origin', models.CharField(choices=[('request', 'A page'), ('command', 'A command at the server'), ('worker', 'A worker')], help_text='By which way it came.', max_length=10)),
                ('subject_type', models.CharField(help_text='The kind of row that it is about.', max_length=100)),
                ('subject_id', models.TextField(help_text='The key of that row.')),
                ('words_digest', models.BinaryField(help_text='Of the words that belong to it.', max_length=32)),
                ('previous', models.BinaryField(help_text='The digest of the entry before it.', max_length=32)),
                ('digest', models.BinaryField(help_text='Of every other column.', max_length=32)),
                ('actor', models.ForeignKey(help_text='Empty: the product itself, or an operator at the server.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='subscriptions.organization')),
            ],
            options={
                'verbose_name': 'audit entry',
                'verbose_name_plural': 'audit trail',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='AuditHead',
            fields=[
                ('chain', models.BigIntegerField(help_text="The organization's key; 0: what belongs to none.", primary_key=True, serialize=False)),
                ('sequence', models.PositiveBigIntegerField(help_text='Of the last entry; 0: there is none yet.')),
                ('digest', models.BinaryField(help_text='Of the last entry.', max_length=32)),
            ],
        ),
        migrations.RunPython(without_looking_at_triggers, looking_at_triggers),
        migrations.AlterField(
            model_name='deletionpermit',
            name='organization',
            field=models.ForeignKey(help_text='Empty: the words of the audit trail that belong to no organization.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='subscriptions.organization'),
        ),
        migrations.RunPython(looking_at_triggers, without_looking_at_triggers),
        migrations.CreateModel(
            name='AuditWords',
            fields=[
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='words', serialize=False, to='subscriptions.auditentry')),
                ('salt', models.BinaryField(help_text='So that erased words cannot be guessed from their digest.', max_length=16)),
                ('facts', models.TextField(help_text='What was done, by name, as JSON.')),
                ('reason', models.TextField(blank=True, help_text='Why; for staff only.')),
                ('place', models.TextField(help_text='From where: an address, a command or a task.')),
                ('organization', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='subscriptions.organization')),
            ],
            options={
                'verbose_name_plural': 'audit words',
            },
        ),
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(fields=['organization', 'kind', '-sequence'], name='subscriptions_audit_kind'),
        ),
        migrations.AddConstraint(
            model_name='auditentry',
            constraint=models.UniqueConstraint(fields=('organization', 'sequence'), name='subscriptions_audit_sequence'),
        ),
        migrations.AddConstraint(
            model_name='auditentry',
            constraint=models.UniqueConstraint(condition=models.Q(('organization', None)), fields=('sequence',), name='subscriptions_audit_house_sequence'),
        ),
        keep_for_ever("subscriptions_auditentry"),
        # A head goes on with its chain, and never back.
        keep_for_ever(
            "subscriptions_audithead",
            unless="NEW.chain = OLD.chain AND NEW.sequence > OLD.sequence",
            skips_known=True,
        ),
        freeze("subscriptions_auditwords"),
        keep_for_ever("subscriptions_erasure"),
        freeze("subscriptions_contactchange"),
        freeze("subscriptions_taxidcheck"),
        freeze("subscriptions_quote", unless="OLD.issued_at IS NULL"),
        freeze("subscriptions_quotestep"),
        freeze("subscriptions_quotepdf", unless="OLD.rendered_at IS NULL"),
        freeze("subscriptions_subscriptioncancellation"),
    ]
