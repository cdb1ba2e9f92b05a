"""The codes of the accounting and what was handed to it; indexes that reports read along."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from subscriptions.models.frozen import keep_for_ever


class Migration(migrations.Migration):

    dependencies = [
        ('invoices', '0017_shadow'),
        ('subscriptions', '0016_mail_about_books'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AccountCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.CharField(choices=[('receivable', 'Receivable'), ('revenue', 'Revenue'), ('tax', 'Tax'), ('cash', 'Cash'), ('withholding_tax', 'Withholding tax receivable')], max_length=20)),
                ('part', models.CharField(blank=True, help_text='The tax category of revenue, or the authority of a tax; empty: any.', max_length=200)),
                ('kind', models.CharField(blank=True, choices=[('prepay', 'Prepay'), ('usage', 'Usage'), ('overage', 'Overage'), ('fair_use', 'Fair use'), ('call_ports', 'Excess call usage'), ('voice', 'Voice'), ('number_setup', 'Number setup'), ('number', 'Phone number'), ('one_time', 'One-time'), ('hardware', 'Hardware'), ('adjustment', 'Adjustment'), ('credit', 'Credit')], help_text='The kind of charge of revenue; empty: any.', max_length=20)),
                ('code', models.CharField(help_text='As the accounting writes it.', max_length=40)),
            ],
            options={
                'ordering': ['account', 'part', 'kind'],
            },
        ),
        migrations.CreateModel(
            name='JournalExport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_day', models.DateField(help_text='Of booking, in the time zone of each agreement.')),
                ('last_day', models.DateField(help_text='Inclusive.')),
                ('codes', models.JSONField(help_text='Account, part, kind and code, as they were.')),
                ('entities', models.JSONField(help_text='What issuing entities were called, by their keys.')),
                ('entries', models.PositiveIntegerField(help_text='Movements of the ledger.')),
                ('lines', models.PositiveIntegerField()),
                ('totals', models.JSONField(help_text='Debit and credit by currency; the two are equal.')),
                ('sha256', models.CharField(help_text='Digest of the file.', max_length=64)),
                ('exported_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.AddIndex(
            model_name='invoice',
            index=models.Index(fields=['invoice_date', 'id'], name='invoices_invoice_by_date'),
        ),
        migrations.AddIndex(
            model_name='invoiceline',
            index=models.Index(condition=models.Q(('kind', 'prepay'), ('corrects', 'prepay'), _connector='OR'), fields=['service_end'], name='invoices_line_prepaid'),
        ),
        migrations.AddIndex(
            model_name='ledgertransaction',
            index=models.Index(fields=['posted_at', 'id'], name='invoices_ledger_in_order'),
        ),
        migrations.AddConstraint(
            model_name='accountcode',
            constraint=models.UniqueConstraint(fields=('account', 'part', 'kind'), name='invoices_accountcode_once'),
        ),
        migrations.AddConstraint(
            model_name='accountcode',
            constraint=models.CheckConstraint(condition=models.Q(('code', ''), _negated=True), name='invoices_accountcode_is_a_code'),
        ),
        migrations.AddConstraint(
            model_name='accountcode',
            constraint=models.CheckConstraint(condition=models.Q(('kind', ''), ('account', 'revenue'), _connector='OR'), name='invoices_accountcode_kind_of_revenue'),
        ),
        migrations.AddField(
            model_name='journalexport',
            name='exported_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='journalexport',
            name='issuing_entity',
            field=models.ForeignKey(help_text='Empty: all of them.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.issuingentity'),
        ),
        migrations.AddConstraint(
            model_name='journalexport',
            constraint=models.CheckConstraint(condition=models.Q(('last_day__gte', models.F('first_day'))), name='invoices_journalexport_of_days'),
        ),
        migrations.AddConstraint(
            model_name='journalexport',
            constraint=models.UniqueConstraint(fields=('issuing_entity', 'first_day', 'last_day', 'sha256'), name='invoices_journalexport_once'),
        ),
        migrations.AddConstraint(
            model_name='journalexport',
            constraint=models.UniqueConstraint(condition=models.Q(('issuing_entity', None)), fields=('first_day', 'last_day', 'sha256'), name='invoices_journalexport_of_all_once'),
        ),
        keep_for_ever("invoices_journalexport"),
    ]
