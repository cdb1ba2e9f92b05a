"""Companies that move in: in shadow, what they would have been billed, what their old system billed."""

import django.db.models.deletion
import subscriptions.models.fields
from django.conf import settings
from django.db import migrations, models

from subscriptions.models.frozen import freeze, keep_for_ever


class Migration(migrations.Migration):

    dependencies = [
        ('invoices', '0016_e_invoices'),
        ('subscriptions', '0020_webhooks'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='OldInvoiceFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file_name', models.CharField(max_length=200)),
                ('sha256', models.CharField(max_length=64)),
                ('content', models.BinaryField()),
                ('uploaded_at', models.DateTimeField()),
                ('kept_at', models.DateTimeField(blank=True, help_text='When its invoices were kept; empty: only checked.', null=True)),
                ('kept_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('uploaded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='OldInvoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(help_text='As the old system numbered it.', max_length=50)),
                ('currency', models.CharField(choices=[('AUD', 'AUD'), ('BRL', 'BRL'), ('CAD', 'CAD'), ('EUR', 'EUR'), ('GBP', 'GBP'), ('JPY', 'JPY'), ('NZD', 'NZD'), ('USD', 'USD')], max_length=3)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='old_invoices', to='subscriptions.organization')),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='invoices.oldinvoicefile')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='OldLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField(help_text='Order on the invoice, from 0.')),
                ('kind', models.CharField(blank=True, choices=[('advance', 'In advance'), ('arrears', 'In arrears')], help_text='Empty: the file does not say.', max_length=10)),
                ('product', models.CharField(blank=True, help_text='A product of the catalog; empty: described only.', max_length=50)),
                ('description', models.CharField(blank=True, max_length=300)),
                ('quantity', subscriptions.models.fields.QuantityField(decimal_places=6, max_digits=20)),
                ('unit_price', subscriptions.models.fields.PriceField(decimal_places=6, max_digits=20)),
                ('amount', subscriptions.models.fields.AmountField(decimal_places=2, help_text='Net.', max_digits=20)),
                ('tax', subscriptions.models.fields.AmountField(decimal_places=2, max_digits=20)),
                ('service_start', models.DateField()),
                ('service_end', models.DateField(help_text='Inclusive last day.')),
                ('invoice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='invoices.oldinvoice')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.organization')),
            ],
            options={
                'ordering': ['invoice_id', 'position'],
            },
        ),
        migrations.CreateModel(
            name='Shadow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.TextField(help_text='Why it is in shadow, for whoever asks later.')),
                ('begun_at', models.DateTimeField()),
                ('live_from', models.DateField(blank=True, help_text='First day of the first period that is really billed; empty: still in shadow.', null=True)),
                ('ahead_is_billed', models.BooleanField(help_text='Whether the old system has billed the advance for the periods from that day on.', null=True)),
                ('live_reason', models.TextField(blank=True, help_text='Why it goes live, for whoever asks later.')),
                ('live_at', models.DateTimeField(blank=True, help_text='When that was decided.', null=True)),
                ('begun_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('live_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organization', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='shadow', to='subscriptions.organization')),
            ],
            options={
                'verbose_name': 'organization in shadow',
                'verbose_name_plural': 'organizations in shadow',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='ShadowBill',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_opening', models.BooleanField(help_text='Whether the cycle opened, and did not close.')),
                ('document_type', models.CharField(choices=[('invoice', 'Invoice'), ('credit_note', 'Credit note')], max_length=20)),
                ('kept_at', models.DateTimeField(help_text='When it would have been issued.')),
                ('invoice_date', models.DateField()),
                ('due_date', models.DateField()),
                ('currency', models.CharField(max_length=3)),
                ('subtotal', subscriptions.models.fields.AmountField(decimal_places=2, max_digits=20)),
                ('tax', subscriptions.models.fields.AmountField(decimal_places=2, max_digits=20)),
                ('total', subscriptions.models.fields.AmountField(decimal_places=2, max_digits=20)),
                ('taxes', models.JSONField(default=list, help_text='What each authority would have charged.')),
                ('left_out', models.JSONField(default=list, help_text='Doubtful charges that it is without.')),
                ('frozen', models.JSONField(default=dict, help_text='Parties, language, time zone, terms and texts as they stood.')),
                ('cycle', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shadow_bills', to='invoices.billingcycle')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shadow_bills', to='subscriptions.organization')),
                ('subscription', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.subscription')),
                ('terms_snapshot', models.ForeignKey(help_text='What it was computed from.', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='invoices.termssnapshot')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='ShadowLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField(help_text='Order on the document, from 0.')),
                ('kind', models.CharField(choices=[('prepay', 'Prepay'), ('usage', 'Usage'), ('overage', 'Overage'), ('fair_use', 'Fair use'), ('call_ports', 'Excess call usage'), ('voice', 'Voice'), ('number_setup', 'Number setup'), ('number', 'Phone number'), ('one_time', 'One-time'), ('hardware', 'Hardware'), ('adjustment', 'Adjustment'), ('credit', 'Credit')], max_length=20)),
                ('corrects', models.CharField(blank=True, choices=[('prepay', 'Prepay'), ('usage', 'Usage'), ('overage', 'Overage'), ('fair_use', 'Fair use'), ('call_ports', 'Excess call usage'), ('voice', 'Voice'), ('number_setup', 'Number setup'), ('number', 'Phone number'), ('one_time', 'One-time'), ('hardware', 'Hardware'), ('adjustment', 'Adjustment'), ('credit', 'Credit')], help_text='The kind an adjustment corrects or a credit gives back.', max_length=20)),
                ('product', models.CharField(max_length=50)),
                ('description', models.CharField(help_text="The product's name as it was printed.", max_length=300)),
                ('quantity', subscriptions.models.fields.QuantityField(decimal_places=6, max_digits=20)),
                ('unit_price', subscriptions.models.fields.PriceField(decimal_places=6, max_digits=20)),
                ('months', models.PositiveSmallIntegerField(default=1, help_text='Periods of an advance charge, 1 on any other line.')),
                ('amount', subscriptions.models.fields.AmountField(decimal_places=2, max_digits=20)),
                ('service_start', models.DateField()),
                ('service_end', models.DateField(help_text='Inclusive last day.')),
                ('tax_category', models.CharField(max_length=20)),
                ('destination', models.CharField(blank=True, max_length=200)),
                ('direction', models.CharField(blank=True, max_length=20)),
                ('days', models.PositiveSmallIntegerField(help_text='Days a number was active.', null=True)),
                ('period_days', models.PositiveSmallIntegerField(help_text='Days of the whole period.', null=True)),
                ('charge_key', models.CharField(help_text='What makes the charge this one: kind, product, discriminators, start, revision.', max_length=400)),
                ('bill', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='invoices.shadowbill')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.organization')),
                ('subscription', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.subscription')),
            ],
            options={
                'ordering': ['bill_id', 'position'],
            },
        ),
        migrations.CreateModel(
            name='DifferenceVerdict',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('verdict', models.CharField(choices=[('ours', 'We are right'), ('old', 'The old system was right'), ('unclear', 'To clear up')], max_length=10)),
                ('note', models.TextField(blank=True)),
                ('judged_at', models.DateTimeField()),
                ('judged_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.organization')),
                ('old_line', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='invoices.oldline')),
                ('our_line', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='invoices.shadowline')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.AddConstraint(
            model_name='oldinvoicefile',
            constraint=models.UniqueConstraint(fields=('sha256',), name='invoices_oldinvoicefile_once'),
        ),
        migrations.AddConstraint(
            model_name='oldinvoice',
            constraint=models.UniqueConstraint(fields=('organization', 'number'), name='invoices_oldinvoice_once'),
        ),
        migrations.AddIndex(
            model_name='oldline',
            index=models.Index(fields=['organization', 'service_start'], name='invoices_oldline_by_service'),
        ),
        migrations.AddConstraint(
            model_name='oldline',
            constraint=models.UniqueConstraint(fields=('invoice', 'position'), name='invoices_oldline_position_once'),
        ),
        migrations.AddConstraint(
            model_name='oldline',
            constraint=models.CheckConstraint(condition=models.Q(('service_end__gte', models.F('service_start'))), name='invoices_oldline_has_days'),
        ),
        migrations.AddConstraint(
            model_name='oldline',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__isnull', True), models.Q(('quantity__gte', -100000000000000), ('quantity__lte', 100000000000000)), _connector='OR'), name='invoices_oldline_quantity_finite'),
        ),
        migrations.AddConstraint(
            model_name='oldline',
            constraint=models.CheckConstraint(condition=models.Q(('unit_price__isnull', True), models.Q(('unit_price__gte', -100000000000000), ('unit_price__lte', 100000000000000)), _connector='OR'), name='invoices_oldline_unit_price_finite'),
        ),
        migrations.AddConstraint(
            model_name='oldline',
            constraint=models.CheckConstraint(condition=models.Q(('amount__isnull', True), models.Q(('amount__gte', -100000000000000), ('amount__lte', 100000000000000)), _connector='OR'), name='invoices_oldline_amount_finite'),
        ),
        migrations.AddConstraint(
            model_name='oldline',
            constraint=models.CheckConstraint(condition=models.Q(('tax__isnull', True), models.Q(('tax__gte', -100000000000000), ('tax__lte', 100000000000000)), _connector='OR'), name='invoices_oldline_tax_finite'),
        ),
        migrations.AddConstraint(
            model_name='shadow',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='invoices_shadow_says_why'),
        ),
        migrations.AddConstraint(
            model_name='shadow',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ahead_is_billed__isnull', True), ('live_at__isnull', True), ('live_by__isnull', True), ('live_from__isnull', True), ('live_reason', '')), models.Q(('ahead_is_billed__isnull', False), ('live_at__isnull', False), ('live_by__isnull', False), ('live_from__isnull', False), ('live_reason__gt', '')), _connector='OR'), name='invoices_shadow_goes_live_whole'),
        ),
        migrations.AddConstraint(
            model_name='shadowbill',
            constraint=models.UniqueConstraint(fields=('cycle', 'is_opening'), name='invoices_shadowbill_once'),
        ),
        migrations.AddConstraint(
            model_name='shadowbill',
            constraint=models.CheckConstraint(condition=models.Q(('subtotal__isnull', True), models.Q(('subtotal__gte', -100000000000000), ('subtotal__lte', 100000000000000)), _connector='OR'), name='invoices_shadowbill_subtotal_finite'),
        ),
        migrations.AddConstraint(
            model_name='shadowbill',
            constraint=models.CheckConstraint(condition=models.Q(('tax__isnull', True), models.Q(('tax__gte', -100000000000000), ('tax__lte', 100000000000000)), _connector='OR'), name='invoices_shadowbill_tax_finite'),
        ),
        migrations.AddConstraint(
            model_name='shadowbill',
            constraint=models.CheckConstraint(condition=models.Q(('total__isnull', True), models.Q(('total__gte', -100000000000000), ('total__lte', 100000000000000)), _connector='OR'), name='invoices_shadowbill_total_finite'),
        ),
        migrations.AddIndex(
            model_name='shadowline',
            index=models.Index(fields=['organization', 'service_start'], name='invoices_shadowline_by_service'),
        ),
        migrations.AddConstraint(
            model_name='shadowline',
            constraint=models.UniqueConstraint(fields=('subscription', 'charge_key'), name='invoices_shadowline_charged_once'),
        ),
        migrations.AddConstraint(
            model_name='shadowline',
            constraint=models.UniqueConstraint(fields=('bill', 'position'), name='invoices_shadowline_position_once'),
        ),
        migrations.AddConstraint(
            model_name='shadowline',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__isnull', True), models.Q(('quantity__gte', -100000000000000), ('quantity__lte', 100000000000000)), _connector='OR'), name='invoices_shadowline_quantity_finite'),
        ),
        migrations.AddConstraint(
            model_name='shadowline',
            constraint=models.CheckConstraint(condition=models.Q(('unit_price__isnull', True), models.Q(('unit_price__gte', -100000000000000), ('unit_price__lte', 100000000000000)), _connector='OR'), name='invoices_shadowline_unit_price_finite'),
        ),
        migrations.AddConstraint(
            model_name='shadowline',
            constraint=models.CheckConstraint(condition=models.Q(('amount__isnull', True), models.Q(('amount__gte', -100000000000000), ('amount__lte', 100000000000000)), _connector='OR'), name='invoices_shadowline_amount_finite'),
        ),
        migrations.AddIndex(
            model_name='differenceverdict',
            index=models.Index(fields=['organization', 'id'], name='invoices_verdict_by_id'),
        ),
        migrations.AddConstraint(
            model_name='differenceverdict',
            constraint=models.CheckConstraint(condition=models.Q(('our_line__isnull', False), ('old_line__isnull', False), _connector='OR'), name='invoices_differenceverdict_of_a_line'),
        ),
        freeze("invoices_shadow", unless="OLD.live_from IS NULL"),
        freeze("invoices_shadowbill"),
        freeze("invoices_shadowline"),
        keep_for_ever("invoices_oldinvoicefile", unless="OLD.kept_at IS NULL"),
        freeze("invoices_oldinvoice"),
        freeze("invoices_oldline"),
        freeze("invoices_differenceverdict"),
    ]
