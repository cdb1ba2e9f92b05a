"""Quotes, from draft to processed; cancellations with who, when and why."""

import django.db.models.deletion
import subscriptions.models.fields
from django.conf import settings
from django.db import migrations, models

from subscriptions.models.frozen import freeze


class Migration(migrations.Migration):
    """Add quotes, their steps and PDFs, and the reasons of cancellations."""

    dependencies = [
        ('subscriptions', '0006_price_imports'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='issuingentity',
            name='quote_prefix',
            field=models.CharField(default='Q-', help_text='Stands before the consecutive number of a quote.', max_length=20),
        ),
        migrations.CreateModel(
            name='Quote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', models.CharField(choices=[('AUD', 'AUD'), ('BRL', 'BRL'), ('CAD', 'CAD'), ('EUR', 'EUR'), ('GBP', 'GBP'), ('JPY', 'JPY'), ('NZD', 'NZD'), ('USD', 'USD')], max_length=3)),
                ('language', models.CharField(blank=True, choices=[('en', 'English'), ('ja', 'Japanese')], help_text="Of the PDF; empty: the organization's.", max_length=10)),
                ('time_zone', models.CharField(default='America/New_York', help_text='The billing time zone (IANA name): the quote expires, and billing periods begin, at its midnight.', max_length=64)),
                ('valid_days', models.PositiveSmallIntegerField(default=30, help_text='How many days after the day of issue it can be accepted; the last one counts.')),
                ('notes', models.TextField(blank=True, help_text='Printed on the quote, for the customer to read.')),
                ('effective_date', models.DateField(blank=True, help_text='The first day of service. Billing periods start on this day of each month.', null=True)),
                ('commercial_model', models.CharField(blank=True, choices=[('MONTH_TO_MONTH', 'Month to month'), ('PREPAY_MONTHLY_COMMITMENT', 'Annual, billed monthly in advance'), ('PREPAY', 'Annual, prepaid')], help_text='When commitments are invoiced; empty: the quote offers no new agreement.', max_length=30)),
                ('licensing_model', models.CharField(blank=True, choices=[('named', 'Named users'), ('concurrent', 'Concurrent users'), ('hourly', 'Hourly users')], help_text='How contact-center users are counted.', max_length=20)),
                ('edition', models.CharField(choices=[('2016', '2016 (four hours, on queue, call ports)'), ('2019', '2019 (any login, unbroken peak, fair use)'), ('2025', '2025 (accumulated peak, free ramp, fair use)')], default='2019', help_text='Which version of the rules applies.', max_length=4)),
                ('ramp_months', models.PositiveSmallIntegerField(default=0, help_text='Opening months without a commitment.')),
                ('term_months', models.PositiveSmallIntegerField(default=12, help_text='Contracted months after the ramp; the term renews for the same length.')),
                ('net_days', models.PositiveSmallIntegerField(default=30, help_text='Days from invoice date to due date.')),
                ('multi_shift', models.BooleanField(default=False, help_text='Stated by the organization: shifts, not follow-the-sun. Concurrent licensing needs it.', verbose_name='works in shifts')),
                ('sequence', models.PositiveBigIntegerField(editable=False, help_text="Consecutive in its issuing entity's series, given when it is issued.", null=True)),
                ('number', models.CharField(blank=True, editable=False, max_length=50)),
                ('issued_at', models.DateTimeField(editable=False, help_text='None of a draft.', null=True)),
                ('expires_at', models.DateTimeField(editable=False, help_text='The first instant at which it can no longer be accepted.', null=True)),
                ('frozen', models.JSONField(editable=False, help_text='Everything on the PDF as it stood on issue.', null=True)),
                ('copy_of', models.ForeignKey(editable=False, help_text='Made from this.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='copies', to='subscriptions.quote')),
                ('issuing_entity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.issuingentity')),
                ('made_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='quotes', to='subscriptions.organization')),
                ('rate_deck', models.ForeignKey(blank=True, help_text='What calls cost; empty: no voice is sold.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.voiceratedeck')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.AddField(
            model_name='subscription',
            name='quote',
            field=models.OneToOneField(editable=False, help_text='The accepted quote that it was made of.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='subscription', to='subscriptions.quote'),
        ),
        migrations.CreateModel(
            name='QuoteAllowance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', subscriptions.models.fields.QuantityField(decimal_places=6, help_text='Minutes, gigabytes or requests that one seat brings.', max_digits=20)),
                ('product', models.ForeignKey(help_text='License or add-on.', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.product')),
                ('quote', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='allowances', to='subscriptions.quote')),
                ('resource', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.product')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='QuoteItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', subscriptions.models.fields.QuantityField(decimal_places=6, max_digits=20)),
                ('price', subscriptions.models.fields.PriceField(decimal_places=6, help_text='Per unit, net of tax.', max_digits=20)),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.product')),
                ('quote', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='subscriptions.quote')),
            ],
            options={
                'ordering': ['quote_id', 'id'],
            },
        ),
        migrations.AddField(
            model_name='order',
            name='quote_item',
            field=models.OneToOneField(editable=False, help_text='What was accepted.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='order', to='subscriptions.quoteitem'),
        ),
        migrations.CreateModel(
            name='QuotePrice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('commitment', subscriptions.models.fields.QuantityField(decimal_places=6, default=0, help_text='Contracted quantity, invoiced in advance.', max_digits=20)),
                ('price', subscriptions.models.fields.PriceField(blank=True, decimal_places=6, help_text="Per unit and month; empty: the price book's at the start of the period.", max_digits=20, null=True)),
                ('overage_price', subscriptions.models.fields.PriceField(blank=True, decimal_places=6, help_text='Above the commitment; empty: the price.', max_digits=20, null=True)),
                ('setup_price', subscriptions.models.fields.PriceField(blank=True, decimal_places=6, help_text='Of a phone number: charged once when it is activated.', max_digits=20, null=True)),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.product')),
                ('quote', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='prices', to='subscriptions.quote')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='QuoteStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('issued', 'Issued'), ('accepted', 'Accepted'), ('declined', 'Declined'), ('processed', 'Processed')], max_length=20, verbose_name='what')),
                ('recorded_at', models.DateTimeField(help_text='When it was recorded.')),
                ('customer', models.CharField(blank=True, help_text='At the customer.', max_length=200, verbose_name='who said so')),
                ('words', models.TextField(blank=True, help_text='How it was accepted, or why it was declined.', verbose_name='how, or why')),
                ('po_number', models.CharField(blank=True, max_length=60, verbose_name='purchase order')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.organization')),
                ('quote', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='subscriptions.quote')),
                ('recorded_by', models.ForeignKey(help_text='Who recorded it.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['quote_id', 'recorded_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='SubscriptionCancellation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('last_service_date', models.DateField(help_text='Empty: the cancellation was taken back.', null=True)),
                ('recorded_at', models.DateTimeField(help_text='When it was recorded.')),
                ('reason', models.TextField(help_text='Why, for whoever asks later.')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.organization')),
                ('recorded_by', models.ForeignKey(help_text='Who recorded it.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('subscription', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cancellations', to='subscriptions.subscription')),
            ],
            options={
                'ordering': ['subscription_id', 'recorded_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='QuotePdf',
            fields=[
                ('content', models.BinaryField(null=True)),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('rendered_at', models.DateTimeField(null=True)),
                ('renderer', models.CharField(blank=True, help_text='Name and version of what rendered it.', max_length=60)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('next_attempt_at', models.DateTimeField(help_text='Not tried again before this instant.')),
                ('last_error', models.TextField(blank=True)),
                ('quote', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='pdf', serialize=False, to='subscriptions.quote')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.organization')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddConstraint(
            model_name='quote',
            constraint=models.UniqueConstraint(fields=('issuing_entity', 'sequence'), name='subscriptions_quote_sequence_once'),
        ),
        migrations.AddConstraint(
            model_name='quote',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('expires_at__isnull', True), ('frozen__isnull', True), ('issued_at__isnull', True), ('number', ''), ('sequence__isnull', True)), models.Q(('expires_at__isnull', False), ('frozen__isnull', False), ('issued_at__isnull', False), ('sequence__isnull', False)), _connector='OR'), name='subscriptions_quote_issued_or_not'),
        ),
        migrations.AddConstraint(
            model_name='quote',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('commercial_model', ''), ('effective_date__isnull', True), ('licensing_model', '')), models.Q(('effective_date__isnull', False), models.Q(('commercial_model', ''), _negated=True), models.Q(('licensing_model', ''), _negated=True)), _connector='OR'), name='subscriptions_quote_agreement_or_not'),
        ),
        migrations.AddConstraint(
            model_name='quote',
            constraint=models.CheckConstraint(condition=models.Q(('term_months__gte', 1)), name='subscriptions_quote_term_at_least_a_month'),
        ),
        migrations.AddConstraint(
            model_name='quoteallowance',
            constraint=models.UniqueConstraint(fields=('quote', 'product', 'resource'), name='subscriptions_quoteallowance_once'),
        ),
        migrations.AddConstraint(
            model_name='quoteallowance',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__isnull', True), models.Q(('quantity__gte', 0), ('quantity__lte', 100000000000000)), _connector='OR'), name='subscriptions_quoteallowance_quantity_finite'),
        ),
        migrations.AddConstraint(
            model_name='quoteitem',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__isnull', True), models.Q(('quantity__gte', 0), ('quantity__lte', 100000000000000)), _connector='OR'), name='subscriptions_quoteitem_quantity_finite'),
        ),
        migrations.AddConstraint(
            model_name='quoteitem',
            constraint=models.CheckConstraint(condition=models.Q(('price__isnull', True), models.Q(('price__gte', 0), ('price__lte', 100000000000000)), _connector='OR'), name='subscriptions_quoteitem_price_finite'),
        ),
        migrations.AddConstraint(
            model_name='quoteprice',
            constraint=models.UniqueConstraint(fields=('quote', 'product'), name='subscriptions_quoteprice_once'),
        ),
        migrations.AddConstraint(
            model_name='quoteprice',
            constraint=models.CheckConstraint(condition=models.Q(('commitment__isnull', True), models.Q(('commitment__gte', 0), ('commitment__lte', 100000000000000)), _connector='OR'), name='subscriptions_quoteprice_commitment_finite'),
        ),
        migrations.AddConstraint(
            model_name='quoteprice',
            constraint=models.CheckConstraint(condition=models.Q(('price__isnull', True), models.Q(('price__gte', 0), ('price__lte', 100000000000000)), _connector='OR'), name='subscriptions_quoteprice_price_finite'),
        ),
        migrations.AddConstraint(
            model_name='quoteprice',
            constraint=models.CheckConstraint(condition=models.Q(('overage_price__isnull', True), models.Q(('overage_price__gte', 0), ('overage_price__lte', 100000000000000)), _connector='OR'), name='subscriptions_quoteprice_overage_price_finite'),
        ),
        migrations.AddConstraint(
            model_name='quoteprice',
            constraint=models.CheckConstraint(condition=models.Q(('setup_price__isnull', True), models.Q(('setup_price__gte', 0), ('setup_price__lte', 100000000000000)), _connector='OR'), name='subscriptions_quoteprice_setup_price_finite'),
        ),
        migrations.AddConstraint(
            model_name='quotestep',
            constraint=models.UniqueConstraint(fields=('quote', 'kind'), name='subscriptions_quotestep_once'),
        ),
        migrations.AddConstraint(
            model_name='quotestep',
            constraint=models.UniqueConstraint(condition=models.Q(('kind__in', ['accepted', 'declined'])), fields=('quote',), name='subscriptions_quotestep_one_answer'),
        ),
        migrations.AddIndex(
            model_name='quotepdf',
            index=models.Index(condition=models.Q(('rendered_at__isnull', True)), fields=['next_attempt_at'], name='subscriptions_pdf_pending'),
        ),
        migrations.AddConstraint(
            model_name='quotepdf',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('content__isnull', True), ('rendered_at__isnull', True)), models.Q(('content__isnull', False), ('rendered_at__isnull', False), models.Q(('sha256', ''), _negated=True)), _connector='OR'), name='subscriptions_quotepdf_all_or_nothing'),
        ),
        # A draft is written over until it is issued.
        freeze("subscriptions_quote", unless="OLD.issued_at IS NULL"),
        freeze("subscriptions_quotestep"),
        freeze("subscriptions_quotepdf", unless="OLD.rendered_at IS NULL"),
        freeze("subscriptions_subscriptioncancellation"),
    ]
