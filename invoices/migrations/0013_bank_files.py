"""Movements on our bank accounts, on their way to payments, and the tax that payers withhold."""

import django.db.models.deletion
import subscriptions.models.fields
from django.conf import settings
from django.db import migrations, models

from subscriptions.models.frozen import freeze


class Migration(migrations.Migration):

    dependencies = [
        ('invoices', '0012_frozen_whole'),
        ('subscriptions', '0016_mail_about_books'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BankFormat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='How it is chosen at the upload: bank and account.', max_length=100, unique=True)),
                ('account', models.CharField(help_text='IBAN or number of our account: what tells its movements from another account’s.', max_length=34)),
                ('delimiter', models.CharField(choices=[(',', 'Comma'), (';', 'Semicolon'), ('\t', 'Tab'), ('|', 'Vertical bar')], default=',', max_length=1)),
                ('encoding', models.CharField(choices=[('utf-8-sig', 'UTF-8'), ('cp1252', 'Windows-1252 (ISO 8859-1)'), ('utf-16', 'UTF-16'), ('cp932', 'Shift JIS'), ('iso8859-15', 'ISO 8859-15')], default='utf-8-sig', max_length=20)),
                ('header_lines', models.PositiveSmallIntegerField(default=1, help_text='Lines above the movements, the last of them names the columns; 0: there are none.')),
                ('date_column', models.CharField(help_text='The heading of the column, or its number counted from 1.', max_length=100)),
                ('date_format', models.CharField(choices=[('%Y-%m-%d', '2026-03-31'), ('%d.%m.%Y', '31.03.2026'), ('%d.%m.%y', '31.03.26'), ('%d/%m/%Y', '31/03/2026'), ('%m/%d/%Y', '03/31/2026'), ('%m/%d/%y', '03/31/26'), ('%d-%m-%Y', '31-03-2026'), ('%Y/%m/%d', '2026/03/31'), ('%Y.%m.%d', '2026.03.31'), ('%Y%m%d', '20260331')], default='%Y-%m-%d', max_length=20)),
                ('signs', models.CharField(choices=[('signed', 'One column of amounts; money out is negative'), ('reversed', 'One column of amounts; money in is negative'), ('columns', 'One column for money in, one for money out'), ('indicator', 'One column of amounts, another one says which way')], default='signed', max_length=10, verbose_name='which way money went')),
                ('decimal_mark', models.CharField(choices=[('.', 'Point: 1,234.56'), (',', 'Comma: 1.234,56')], default='.', max_length=1)),
                ('amount_column', models.CharField(blank=True, help_text='The heading of the column, or its number counted from 1.', max_length=100)),
                ('credit_column', models.CharField(blank=True, help_text='Of what came in, where that has its own.', max_length=100)),
                ('debit_column', models.CharField(blank=True, help_text='Of what went out, where that has its own.', max_length=100)),
                ('indicator_column', models.CharField(blank=True, help_text='Where a word says which way money went.', max_length=100)),
                ('credit_word', models.CharField(blank=True, help_text='What stands there for money in: C, H.', max_length=20)),
                ('currency', models.CharField(blank=True, choices=[('AUD', 'AUD'), ('BRL', 'BRL'), ('CAD', 'CAD'), ('EUR', 'EUR'), ('GBP', 'GBP'), ('JPY', 'JPY'), ('NZD', 'NZD'), ('USD', 'USD')], help_text='Of the account, where no column says it.', max_length=3)),
                ('currency_column', models.CharField(blank=True, help_text='The heading of the column, or its number counted from 1.', max_length=100)),
                ('payer_column', models.CharField(blank=True, help_text='The heading of the column, or its number counted from 1.', max_length=100, verbose_name='payer’s name column')),
                ('payer_account_column', models.CharField(blank=True, help_text='The heading of the column, or its number counted from 1.', max_length=100, verbose_name='payer’s account column')),
                ('text_column', models.CharField(blank=True, help_text='What the payer wrote; several columns are joined: Purpose 1 + Purpose 2.', max_length=300)),
                ('reference_column', models.CharField(blank=True, help_text='What the bank calls the movement, unique.', max_length=100, verbose_name='bank’s reference column')),
            ],
            options={
                'ordering': ['name', 'id'],
            },
        ),
        migrations.AlterField(
            model_name='ledgerentry',
            name='account',
            field=models.CharField(choices=[('receivable', 'Receivable'), ('revenue', 'Revenue'), ('tax', 'Tax'), ('cash', 'Cash'), ('withholding_tax', 'Withholding tax receivable')], max_length=20),
        ),
        migrations.CreateModel(
            name='BankFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file_name', models.CharField(max_length=200)),
                ('sha256', models.CharField(editable=False, max_length=64, unique=True)),
                ('uploaded_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('uploaded', 'Being read'), ('faulty', 'Cannot be read'), ('read', 'Read')], default='uploaded', editable=False, max_length=10)),
                ('claimed_at', models.DateTimeField(editable=False, help_text='When a worker last took it on.', null=True)),
                ('lines_in_file', models.PositiveIntegerField(default=0, editable=False)),
                ('lines_known', models.PositiveIntegerField(default=0, editable=False, help_text='How many of them an earlier file has brought.')),
                ('faults', models.JSONField(default=list, editable=False)),
                ('content', models.BinaryField(default=bytes)),
                ('uploaded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('bank_format', models.ForeignKey(blank=True, help_text='How this bank writes its CSV files; camt.053 needs none.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='invoices.bankformat', verbose_name='format')),
            ],
            options={
                'ordering': ['-uploaded_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='BankLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('identity', models.CharField(editable=False, max_length=64, unique=True)),
                ('place', models.PositiveIntegerField(help_text='Line or entry of the file.')),
                ('account', models.CharField(max_length=90, verbose_name='our account')),
                ('booked_on', models.DateField()),
                ('direction', models.CharField(choices=[('in', 'In'), ('out', 'Out'), ('bounced', 'Taken back by the bank'), ('returned', 'Came back'), ('batch', 'Several payments in one sum')], max_length=10)),
                ('currency', models.CharField(max_length=3)),
                ('amount', subscriptions.models.fields.AmountField(decimal_places=2, max_digits=20)),
                ('payer_name', models.CharField(blank=True, max_length=200, verbose_name='payer')),
                ('payer_key', models.CharField(blank=True, editable=False, max_length=200)),
                ('payer_account', models.CharField(blank=True, max_length=90)),
                ('text', models.TextField(blank=True, verbose_name='what the payer wrote')),
                ('creditor_reference', models.CharField(blank=True, max_length=90)),
                ('bank_reference', models.CharField(blank=True, max_length=90)),
                ('state', models.CharField(choices=[('proposed', 'Ready to record'), ('waiting', 'Waits for a person'), ('confirmed', 'Being recorded'), ('recorded', 'Recorded'), ('aside', 'Set aside'), ('out', 'Money out')], default='waiting', max_length=10)),
                ('finding', models.CharField(help_text='What was found about it, as a code.', max_length=30)),
                ('shares', models.JSONField(default=list, help_text='What it would pay: document, number and amount of each.')),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.TextField(blank=True, verbose_name='why it was set aside')),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='invoices.bankfile')),
                ('organization', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.organization')),
                ('payment', models.OneToOneField(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='bank_line', to='invoices.payment')),
            ],
            options={
                'verbose_name': 'bank movement',
                'ordering': ['-booked_on', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Withholding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', subscriptions.models.fields.AmountField(decimal_places=2, help_text='In the currency of the payment, beside what came in.', max_digits=20, verbose_name='withheld tax')),
                ('certificate_number', models.CharField(blank=True, max_length=100)),
                ('certificate_date', models.DateField(blank=True, null=True)),
                ('received_at', models.DateTimeField(blank=True, help_text='Empty: the certificate is awaited.', null=True)),
                ('file_name', models.CharField(blank=True, max_length=200)),
                ('content', models.BinaryField(default=bytes, help_text='The certificate itself, where it was handed in.')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.organization')),
                ('payment', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='withholding', to='invoices.payment')),
                ('received_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'withheld taxes',
            },
        ),
        migrations.AddIndex(
            model_name='bankfile',
            index=models.Index(fields=['-uploaded_at', '-id'], name='invoices_bankfile_newest'),
        ),
        migrations.AddIndex(
            model_name='bankfile',
            index=models.Index(condition=models.Q(('state', 'uploaded')), fields=['uploaded_at'], name='invoices_bankfile_to_read'),
        ),
        migrations.AddIndex(
            model_name='bankline',
            index=models.Index(fields=['-booked_on', '-id'], name='invoices_bankline_newest'),
        ),
        migrations.AddIndex(
            model_name='bankline',
            index=models.Index(fields=['organization', '-booked_on', '-id'], name='invoices_bankline_of_org'),
        ),
        migrations.AddIndex(
            model_name='bankline',
            index=models.Index(fields=['file', 'state', 'id'], name='invoices_bankline_of_file'),
        ),
        migrations.AddIndex(
            model_name='bankline',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['booked_on', 'id'], name='invoices_bankline_waiting'),
        ),
        migrations.AddIndex(
            model_name='bankline',
            index=models.Index(condition=models.Q(('state', 'recorded'), models.Q(('payer_account', ''), _negated=True)), fields=['payer_account'], name='invoices_bankline_by_account'),
        ),
        migrations.AddIndex(
            model_name='bankline',
            index=models.Index(condition=models.Q(('state', 'recorded'), models.Q(('payer_key', ''), _negated=True)), fields=['payer_key'], name='invoices_bankline_by_name'),
        ),
        migrations.AddConstraint(
            model_name='bankline',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='invoices_bankline_is_a_sum'),
        ),
        migrations.AddConstraint(
            model_name='bankline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('organization__isnull', False), ('payment__isnull', False), ('state', 'recorded')), models.Q(models.Q(('state', 'recorded'), _negated=True), ('payment__isnull', True)), _connector='OR'), name='invoices_bankline_recorded_is_paid'),
        ),
        migrations.AddConstraint(
            model_name='bankline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'aside'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='invoices_bankline_aside_says_why'),
        ),
        migrations.AddConstraint(
            model_name='bankline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['proposed', 'confirmed']), _negated=True), models.Q(('direction', 'in'), ('organization__isnull', False)), _connector='OR'), name='invoices_bankline_proposed_is_somebodys'),
        ),
        migrations.AddConstraint(
            model_name='bankline',
            constraint=models.CheckConstraint(condition=models.Q(('amount__isnull', True), models.Q(('amount__gte', 0), ('amount__lte', 100000000000000)), _connector='OR'), name='invoices_bankline_amount_finite'),
        ),
        migrations.AddIndex(
            model_name='withholding',
            index=models.Index(condition=models.Q(('received_at__isnull', True)), fields=['organization'], name='invoices_withholding_awaited'),
        ),
        migrations.AddConstraint(
            model_name='withholding',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='invoices_withholding_is_a_sum'),
        ),
        migrations.AddConstraint(
            model_name='withholding',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('certificate_date__isnull', True), ('certificate_number', ''), ('received_at__isnull', True)), models.Q(('certificate_date__isnull', False), ('received_at__isnull', False), models.Q(('certificate_number', ''), _negated=True)), _connector='OR'), name='invoices_withholding_certified_whole'),
        ),
        migrations.AddConstraint(
            model_name='withholding',
            constraint=models.CheckConstraint(condition=models.Q(('amount__isnull', True), models.Q(('amount__gte', 0), ('amount__lte', 100000000000000)), _connector='OR'), name='invoices_withholding_amount_finite'),
        ),
        # A withheld tax never changes; the certificate for it comes once.
        freeze(
            "invoices_withholding",
            unless=(
                "OLD.received_at IS NULL AND NEW.received_at IS NOT NULL AND NEW.id = OLD.id"
                " AND NEW.organization_id = OLD.organization_id AND NEW.payment_id = OLD.payment_id"
                " AND NEW.amount = OLD.amount"
            ),
        ),
    ]
