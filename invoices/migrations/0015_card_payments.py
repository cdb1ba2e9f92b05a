"""Tries to pay an invoice online, what gateways report of them, and cards as a way to pay."""

import django.db.models.deletion
import subscriptions.models.fields
from django.conf import settings
from django.db import migrations, models

from subscriptions.models.frozen import freeze


class Migration(migrations.Migration):

    dependencies = [
        ('invoices', '0014_dunning'),
        ('subscriptions', '0017_card_payments'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='payment',
            name='method',
            field=models.CharField(choices=[('ach', 'ACH or EFT'), ('wire', 'Wire'), ('check', 'Check'), ('card', 'Card')], max_length=10),
        ),
        migrations.CreateModel(
            name='CardPayment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('gateway', models.CharField(choices=[('stripe', 'Stripe'), ('test', 'Built-in test gateway')], max_length=10)),
                ('way', models.CharField(choices=[('card', 'Card'), ('bank_debit', 'Bank debit (ACH)')], max_length=10)),
                ('token', models.CharField(help_text='By which the gateway and its page name this try.', max_length=32, unique=True)),
                ('currency', models.CharField(max_length=3)),
                ('amount', subscriptions.models.fields.AmountField(decimal_places=2, help_text='All that was open of the invoice.', max_digits=20)),
                ('started_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(help_text='When the gateway stops taking the payment.')),
                ('session', models.CharField(blank=True, help_text='How the gateway calls it.', max_length=255)),
                ('url', models.TextField(blank=True, help_text="The gateway's page.")),
                ('state', models.CharField(choices=[('started', 'Started'), ('processing', 'On its way'), ('paid', 'Paid'), ('declined', 'Declined'), ('expired', 'Expired'), ('reversed', 'Taken back'), ('doubtful', 'Waits for a person'), ('settled', 'Dealt with')], default='started', max_length=10)),
                ('ask_at', models.DateTimeField(help_text='When the gateway is asked, if it has not reported until then.')),
                ('invoice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='card_payments', to='invoices.invoice')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.organization')),
                ('payment', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='card_payment', to='invoices.payment')),
                ('started_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'online payment',
                'ordering': ['-started_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='GatewayNotice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('gateway', models.CharField(choices=[('stripe', 'Stripe'), ('test', 'Built-in test gateway')], max_length=10)),
                ('event', models.CharField(help_text='How the gateway calls what happened; each is taken once.', max_length=255)),
                ('happening', models.CharField(choices=[('paid', 'Paid'), ('processing', 'On its way'), ('declined', 'Declined'), ('expired', 'Expired'), ('refunded', 'Refunded'), ('refunded_in_part', 'Refunded in part'), ('disputed', 'Disputed, and the money withdrawn'), ('dispute_won', 'Dispute won, and the money back')], max_length=20)),
                ('counts', models.BooleanField(help_text='Whether the payment stands as this says.')),
                ('session', models.CharField(blank=True, max_length=255)),
                ('reference', models.CharField(blank=True, help_text='How the gateway calls the payment.', max_length=100)),
                ('currency', models.CharField(blank=True, max_length=3)),
                ('amount', subscriptions.models.fields.AmountField(blank=True, decimal_places=2, max_digits=20, null=True)),
                ('happened_at', models.DateTimeField()),
                ('received_at', models.DateTimeField()),
                ('doubt', models.CharField(blank=True, choices=[('unknown', 'Money moved for a payment that nobody started here'), ('other_amount', 'Another amount or currency than was asked for'), ('recorded_before', 'Its reference is recorded by hand already'), ('paid_otherwise', 'The invoice was paid otherwise meanwhile: the rest is credit'), ('refunded_in_part', 'A part was refunded: the payment still stands in full'), ('disputed', 'The payer disputes it, and the bank has taken the money'), ('dispute_won', 'The dispute is won and the money is back: record it once more')], help_text='Why it waits for a person.', max_length=20)),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.TextField(blank=True, help_text='What was done about it, for whoever asks later.')),
                ('attempt', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='invoices.cardpayment')),
                ('organization', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.organization')),
                ('settled_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'notice of a gateway',
                'verbose_name_plural': 'notices of gateways',
                'ordering': ['-received_at', '-id'],
            },
        ),
        migrations.AddIndex(
            model_name='cardpayment',
            index=models.Index(condition=models.Q(('state__in', ['started', 'processing'])), fields=['ask_at', 'id'], name='invoices_cardpayment_to_ask'),
        ),
        migrations.AddIndex(
            model_name='cardpayment',
            index=models.Index(fields=['-started_at', '-id'], name='invoices_cardpayment_newest'),
        ),
        migrations.AddConstraint(
            model_name='cardpayment',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['started', 'processing', 'doubtful'])), fields=('invoice',), name='invoices_cardpayment_one_open'),
        ),
        migrations.AddConstraint(
            model_name='cardpayment',
            constraint=models.UniqueConstraint(condition=models.Q(('session', ''), _negated=True), fields=('gateway', 'session'), name='invoices_cardpayment_session'),
        ),
        migrations.AddConstraint(
            model_name='cardpayment',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='invoices_cardpayment_is_a_sum'),
        ),
        migrations.AddConstraint(
            model_name='cardpayment',
            constraint=models.CheckConstraint(condition=models.Q(('currency', 'USD')), name='invoices_cardpayment_in_usd'),
        ),
        migrations.AddConstraint(
            model_name='cardpayment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('payment__isnull', False), ('state__in', ['paid', 'reversed'])), models.Q(('payment__isnull', True), models.Q(('state__in', ['paid', 'reversed']), _negated=True)), _connector='OR'), name='invoices_cardpayment_paid_by_a_payment'),
        ),
        migrations.AddConstraint(
            model_name='cardpayment',
            constraint=models.CheckConstraint(condition=models.Q(('amount__isnull', True), models.Q(('amount__gte', 0), ('amount__lte', 100000000000000)), _connector='OR'), name='invoices_cardpayment_amount_finite'),
        ),
        migrations.AddIndex(
            model_name='gatewaynotice',
            index=models.Index(fields=['-received_at', '-id'], name='invoices_notice_newest'),
        ),
        migrations.AddIndex(
            model_name='gatewaynotice',
            index=models.Index(condition=models.Q(('settled_at__isnull', True), models.Q(('doubt', ''), _negated=True)), fields=['organization'], name='invoices_notice_waits'),
        ),
        migrations.AddIndex(
            model_name='gatewaynotice',
            index=models.Index(fields=['gateway', 'reference'], name='invoices_notice_of_payment'),
        ),
        migrations.AddConstraint(
            model_name='gatewaynotice',
            constraint=models.UniqueConstraint(fields=('gateway', 'event'), name='invoices_gatewaynotice_once'),
        ),
        migrations.AddConstraint(
            model_name='gatewaynotice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('reason', ''), ('settled_at__isnull', True), ('settled_by__isnull', True)), models.Q(('reason__gt', ''), ('settled_at__isnull', False), ('settled_by__isnull', False), models.Q(('doubt', ''), _negated=True)), _connector='OR'), name='invoices_gatewaynotice_settled_by_someone'),
        ),
        migrations.AddConstraint(
            model_name='gatewaynotice',
            constraint=models.CheckConstraint(condition=models.Q(('amount__isnull', True), models.Q(('amount__gte', 0), ('amount__lte', 100000000000000)), _connector='OR'), name='invoices_gatewaynotice_amount_finite'),
        ),
        # What was asked for never changes, nor which payment it became.
        freeze(
            "invoices_cardpayment",
            unless=(
                "NEW.id = OLD.id AND NEW.organization_id = OLD.organization_id AND NEW.invoice_id = OLD.invoice_id"
                " AND NEW.gateway = OLD.gateway AND NEW.way = OLD.way AND NEW.token = OLD.token"
                " AND NEW.currency = OLD.currency AND NEW.amount = OLD.amount AND NEW.started_at = OLD.started_at"
                " AND (OLD.session = '' OR NEW.session = OLD.session)"
                " AND (NEW.state <> OLD.state OR NEW.session <> OLD.session OR NEW.ask_at <> OLD.ask_at)"
                " AND (OLD.payment_id IS NULL OR (NEW.payment_id IS NOT NULL AND NEW.payment_id = OLD.payment_id))"
            ),
        ),
        # A notice is settled once; nothing else of it changes.
        freeze(
            "invoices_gatewaynotice",
            unless=(
                "OLD.settled_at IS NULL AND NEW.settled_at IS NOT NULL AND NEW.id = OLD.id"
                " AND NEW.gateway = OLD.gateway AND NEW.event = OLD.event AND NEW.happening = OLD.happening"
                " AND NEW.counts = OLD.counts AND NEW.session = OLD.session AND NEW.reference = OLD.reference"
                " AND NEW.currency = OLD.currency AND COALESCE(NEW.amount, -1) = COALESCE(OLD.amount, -1)"
                " AND COALESCE(NEW.attempt_id, 0) = COALESCE(OLD.attempt_id, 0)"
                " AND COALESCE(NEW.organization_id, 0) = COALESCE(OLD.organization_id, 0)"
                " AND NEW.doubt = OLD.doubt AND NEW.received_at = OLD.received_at"
            ),
        ),
    ]
