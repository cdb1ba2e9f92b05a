"""Opening balances carried over from old systems, next numbers of series, and old files that are withdrawn."""

import django.db.models.deletion
import subscriptions.models.fields
from django.conf import settings
from django.db import migrations, models

from subscriptions.models.frozen import freeze, keep_for_ever


class Migration(migrations.Migration):

    dependencies = [
        ('invoices', '0002_frozen_rows'),
        ('subscriptions', '0003_products'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='OpeningBalance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('invoice', 'Open invoice'), ('credit', 'Credit left')], max_length=10)),
                ('number', models.CharField(help_text='As the old system numbered it.', max_length=50)),
                ('document_date', models.DateField(help_text='Of the old invoice, or from when the credit is.')),
                ('due_date', models.DateField(blank=True, help_text='Empty: a credit, which falls due never.', null=True)),
                ('currency', models.CharField(choices=[('AUD', 'AUD'), ('BRL', 'BRL'), ('CAD', 'CAD'), ('EUR', 'EUR'), ('GBP', 'GBP'), ('JPY', 'JPY'), ('NZD', 'NZD'), ('USD', 'USD')], max_length=3)),
                ('amount', subscriptions.models.fields.AmountField(decimal_places=2, help_text='What is open, or left, with tax.', max_digits=20)),
                ('withdrawn_at', models.DateTimeField(blank=True, help_text='When its file was withdrawn.', null=True)),
                ('days_past_due', models.PositiveIntegerField(default=0, help_text='When it was carried over: nobody is reminded of what was due until then.')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='SeriesStart',
            fields=[
                ('series', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='start', serialize=False, to='invoices.numberseries')),
                ('first_left_out', models.PositiveBigIntegerField()),
                ('next_number', models.PositiveBigIntegerField()),
                ('reason', models.TextField(help_text='Why, for whoever asks later.')),
                ('set_at', models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='oldinvoice',
            name='invoices_oldinvoice_once',
        ),
        migrations.RemoveConstraint(
            model_name='oldinvoicefile',
            name='invoices_oldinvoicefile_once',
        ),
        migrations.AddField(
            model_name='oldinvoice',
            name='withdrawn_at',
            field=models.DateTimeField(blank=True, help_text='When its file was withdrawn.', null=True),
        ),
        migrations.AddField(
            model_name='oldinvoicefile',
            name='holds',
            field=models.CharField(choices=[('invoices', 'Invoices'), ('balances', 'Opening balances')], default='invoices', max_length=10),
        ),
        migrations.AddField(
            model_name='oldinvoicefile',
            name='withdrawal_reason',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='oldinvoicefile',
            name='withdrawn_at',
            field=models.DateTimeField(blank=True, help_text='When it was found to be a mistake.', null=True),
        ),
        migrations.AddField(
            model_name='oldinvoicefile',
            name='withdrawn_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='accountcode',
            name='account',
            field=models.CharField(choices=[('receivable', 'Receivable'), ('revenue', 'Revenue'), ('tax', 'Tax'), ('cash', 'Cash'), ('withholding_tax', 'Withholding tax receivable'), ('opening_balance', 'Opening balances')], max_length=20),
        ),
        migrations.AlterField(
            model_name='invoice',
            name='document_type',
            field=models.CharField(choices=[('invoice', 'Invoice'), ('credit_note', 'Credit note'), ('opening_item', 'Invoice of the previous system')], max_length=20),
        ),
        migrations.AlterField(
            model_name='ledgerentry',
            name='account',
            field=models.CharField(choices=[('receivable', 'Receivable'), ('revenue', 'Revenue'), ('tax', 'Tax'), ('cash', 'Cash'), ('withholding_tax', 'Withholding tax receivable'), ('opening_balance', 'Opening balances')], max_length=20),
        ),
        migrations.AlterField(
            model_name='numberseries',
            name='document_type',
            field=models.CharField(choices=[('invoice', 'Invoice'), ('credit_note', 'Credit note'), ('opening_item', 'Invoice of the previous system')], max_length=20),
        ),
        migrations.AlterField(
            model_name='payment',
            name='method',
            field=models.CharField(choices=[('ach', 'ACH or EFT'), ('wire', 'Wire'), ('check', 'Check'), ('card', 'Card'), ('carried', 'Carried over')], max_length=10),
        ),
        migrations.AlterField(
            model_name='shadowbill',
            name='document_type',
            field=models.CharField(choices=[('invoice', 'Invoice'), ('credit_note', 'Credit note'), ('opening_item', 'Invoice of the previous system')], max_length=20),
        ),
        migrations.AddConstraint(
            model_name='oldinvoice',
            constraint=models.UniqueConstraint(condition=models.Q(('withdrawn_at__isnull', True)), fields=('organization', 'number'), name='invoices_oldinvoice_once'),
        ),
        migrations.AddConstraint(
            model_name='oldinvoicefile',
            constraint=models.UniqueConstraint(condition=models.Q(('withdrawn_at__isnull', True)), fields=('sha256', 'holds'), name='invoices_oldinvoicefile_once'),
        ),
        migrations.AddConstraint(
            model_name='oldinvoicefile',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('withdrawal_reason', ''), ('withdrawn_at__isnull', True), ('withdrawn_by__isnull', True)), models.Q(('withdrawal_reason__gt', ''), ('withdrawn_at__isnull', False), ('withdrawn_by__isnull', False)), _connector='OR'), name='invoices_oldinvoicefile_withdrawn_whole'),
        ),
        migrations.AddField(
            model_name='openingbalance',
            name='document',
            field=models.OneToOneField(blank=True, help_text='The opening item.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='opening', to='invoices.invoice'),
        ),
        migrations.AddField(
            model_name='openingbalance',
            name='file',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='balances', to='invoices.oldinvoicefile'),
        ),
        migrations.AddField(
            model_name='openingbalance',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='opening_balances', to='subscriptions.organization'),
        ),
        migrations.AddField(
            model_name='openingbalance',
            name='payment',
            field=models.OneToOneField(blank=True, help_text='The credit.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='opening', to='invoices.payment'),
        ),
        migrations.AddField(
            model_name='seriesstart',
            name='set_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='openingbalance',
            constraint=models.UniqueConstraint(condition=models.Q(('withdrawn_at__isnull', True)), fields=('organization', 'kind', 'number'), name='invoices_openingbalance_once'),
        ),
        migrations.AddConstraint(
            model_name='openingbalance',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('due_date__isnull', False), ('kind', 'invoice'), ('payment__isnull', True)), models.Q(('document__isnull', True), ('due_date__isnull', True), ('kind', 'credit')), _connector='OR'), name='invoices_openingbalance_of_its_kind'),
        ),
        migrations.AddConstraint(
            model_name='openingbalance',
            constraint=models.CheckConstraint(condition=models.Q(('withdrawn_at__isnull', True), models.Q(('document__isnull', True), ('payment__isnull', True)), _connector='OR'), name='invoices_openingbalance_withdrawn_before'),
        ),
        migrations.AddConstraint(
            model_name='openingbalance',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='invoices_openingbalance_is_a_sum'),
        ),
        migrations.AddConstraint(
            model_name='openingbalance',
            constraint=models.CheckConstraint(condition=models.Q(('amount__isnull', True), models.Q(('amount__gte', 0), ('amount__lte', 100000000000000)), _connector='OR'), name='invoices_openingbalance_amount_finite'),
        ),
        migrations.AddConstraint(
            model_name='seriesstart',
            constraint=models.CheckConstraint(condition=models.Q(('first_left_out__gte', 1), ('next_number__gt', models.F('first_left_out'))), name='invoices_seriesstart_goes_forward'),
        ),
        migrations.AddConstraint(
            model_name='seriesstart',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='invoices_seriesstart_says_why'),
        ),
        # What is withdrawn is marked once; SQLite rebuilds the tables, which loses their guards.
        freeze(
            "invoices_oldinvoice",
            unless=(
                "OLD.withdrawn_at IS NULL AND NEW.withdrawn_at IS NOT NULL AND NEW.id = OLD.id"
                " AND NEW.organization_id = OLD.organization_id AND NEW.file_id = OLD.file_id"
                " AND NEW.number = OLD.number AND NEW.currency = OLD.currency"
            ),
        ),
        keep_for_ever(
            "invoices_oldinvoicefile",
            unless=(
                "OLD.kept_at IS NULL OR (OLD.withdrawn_at IS NULL AND NEW.withdrawn_at IS NOT NULL AND NEW.id = OLD.id"
                " AND NEW.sha256 = OLD.sha256 AND NEW.holds = OLD.holds AND NEW.file_name = OLD.file_name"
                " AND NEW.uploaded_at = OLD.uploaded_at AND NEW.kept_at = OLD.kept_at"
                " AND NEW.kept_by_id = OLD.kept_by_id)"
            ),
        ),
        # Before it is carried over or withdrawn, and then once; what was entered never changes.
        freeze(
            "invoices_openingbalance",
            unless=(
                "OLD.document_id IS NULL AND OLD.payment_id IS NULL AND OLD.withdrawn_at IS NULL AND NEW.id = OLD.id"
                " AND NEW.organization_id = OLD.organization_id AND NEW.file_id = OLD.file_id AND NEW.kind = OLD.kind"
                " AND NEW.number = OLD.number AND NEW.document_date = OLD.document_date"
                " AND (NEW.due_date = OLD.due_date OR NEW.due_date IS NULL AND OLD.due_date IS NULL)"
                " AND NEW.currency = OLD.currency AND NEW.amount = OLD.amount"
            ),
        ),
        keep_for_ever("invoices_seriesstart"),
    ]
