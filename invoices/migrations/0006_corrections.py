"""Credit notes by hand, which the database refuses to change, and the list of usage that came too late."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from subscriptions.models.frozen import freeze


class Migration(migrations.Migration):

    dependencies = [
        ('invoices', '0005_estimates'),
        ('subscriptions', '0006_price_imports'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='invoice',
            name='cycle',
            field=models.ForeignKey(help_text='The cycle whose opening or close issued it; empty for orders and credits by hand.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='invoices.billingcycle'),
        ),
        migrations.AlterField(
            model_name='invoiceline',
            name='corrects',
            field=models.CharField(blank=True, choices=[('prepay', 'Prepay'), ('usage', 'Usage'), ('overage', 'Overage'), ('fair_use', 'Fair use'), ('call_ports', 'Excess call usage'), ('voice', 'Voice'), ('number_setup', 'Number setup'), ('number', 'Phone number'), ('one_time', 'One-time'), ('hardware', 'Hardware'), ('adjustment', 'Adjustment'), ('credit', 'Credit')], help_text='The kind an adjustment corrects or a credit gives back.', max_length=20),
        ),
        migrations.AlterField(
            model_name='invoiceline',
            name='kind',
            field=models.CharField(choices=[('prepay', 'Prepay'), ('usage', 'Usage'), ('overage', 'Overage'), ('fair_use', 'Fair use'), ('call_ports', 'Excess call usage'), ('voice', 'Voice'), ('number_setup', 'Number setup'), ('number', 'Phone number'), ('one_time', 'One-time'), ('hardware', 'Hardware'), ('adjustment', 'Adjustment'), ('credit', 'Credit')], max_length=20),
        ),
        migrations.CreateModel(
            name='CreditedLine',
            fields=[
                ('line', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='credited', serialize=False, to='invoices.invoiceline')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.organization')),
                ('original_line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credited_by', to='invoices.invoiceline')),
            ],
        ),
        migrations.CreateModel(
            name='TooLateCheck',
            fields=[
                ('subscription', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='too_late_check', serialize=False, to='subscriptions.subscription')),
                ('received_until', models.DateTimeField()),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.organization')),
            ],
        ),
        migrations.CreateModel(
            name='Credit',
            fields=[
                ('invoice', models.OneToOneField(help_text='The credit note.', on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='credit', serialize=False, to='invoices.invoice')),
                ('place', models.PositiveSmallIntegerField(help_text='Counts the credit notes of the invoice from 1.')),
                ('reason', models.TextField(help_text='Why, for whoever asks later; it is not printed.')),
                ('issued_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.organization')),
                ('original', models.ForeignKey(help_text='The invoice that is credited.', on_delete=django.db.models.deletion.PROTECT, related_name='credits', to='invoices.invoice')),
            ],
            options={
                'ordering': ['original_id', 'place'],
                'constraints': [models.UniqueConstraint(fields=('original', 'place'), name='invoices_credit_in_turn'), models.CheckConstraint(condition=models.Q(('place__gte', 1)), name='invoices_credit_counted_from_1'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='invoices_credit_says_why'), models.CheckConstraint(condition=models.Q(('original', models.F('invoice')), _negated=True), name='invoices_credit_of_another_document')],
            },
        ),
        migrations.CreateModel(
            name='TooLateSettlement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.PositiveSmallIntegerField(choices=[(1, 'user.logged_in'), (2, 'user.logged_out'), (3, 'user.deleted'), (4, 'license.assigned'), (5, 'license.unassigned'), (6, 'queue.joined'), (7, 'queue.left'), (8, 'call.completed'), (9, 'ivr.completed'), (10, 'byoc.completed'), (11, 'transcription.completed'), (12, 'storage.measured'), (13, 'api.requested'), (14, 'number.activated'), (15, 'number.released'), (16, 'event.retracted')])),
                ('received_until', models.DateTimeField(help_text='What was received up to here has been dealt with.')),
                ('reason', models.TextField(help_text='What was done about it, or why nothing was.')),
                ('settled_at', models.DateTimeField()),
                ('cycle', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='too_late_settlements', to='invoices.billingcycle')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.organization')),
                ('settled_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['cycle_id', 'settled_at', 'id'],
                'indexes': [models.Index(fields=['cycle', 'kind', 'received_until'], name='invoices_toolate_settled')],
                'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='invoices_toolatesettlement_says_why')],
            },
        ),
        migrations.CreateModel(
            name='TooLateUsage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.PositiveSmallIntegerField(choices=[(1, 'user.logged_in'), (2, 'user.logged_out'), (3, 'user.deleted'), (4, 'license.assigned'), (5, 'license.unassigned'), (6, 'queue.joined'), (7, 'queue.left'), (8, 'call.completed'), (9, 'ivr.completed'), (10, 'byoc.completed'), (11, 'transcription.completed'), (12, 'storage.measured'), (13, 'api.requested'), (14, 'number.activated'), (15, 'number.released'), (16, 'event.retracted')])),
                ('events', models.PositiveIntegerField(help_text='How many; those that were retracted since do not count.')),
                ('first_occurred_at', models.DateTimeField()),
                ('last_occurred_at', models.DateTimeField()),
                ('first_received_at', models.DateTimeField()),
                ('last_received_at', models.DateTimeField()),
                ('cycle', models.ForeignKey(help_text='The first period they bear on.', on_delete=django.db.models.deletion.PROTECT, related_name='too_late', to='invoices.billingcycle')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.organization')),
            ],
            options={
                'verbose_name': 'usage that came too late',
                'verbose_name_plural': 'usage that came too late',
                'ordering': ['-last_received_at', '-id'],
                'indexes': [models.Index(fields=['organization', '-last_received_at'], name='invoices_toolate_newest')],
                'constraints': [models.UniqueConstraint(fields=('cycle', 'kind'), name='invoices_toolateusage_once'), models.CheckConstraint(condition=models.Q(('events__gte', 1)), name='invoices_toolateusage_not_empty')],
            },
        ),
        freeze("invoices_credit"),
        freeze("invoices_creditedline"),
        freeze("invoices_toolatesettlement"),
    ]
