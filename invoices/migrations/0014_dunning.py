"""Reminders, stops of them, promises to pay; and allocations found by when they were made."""

import django.db.models.deletion
import subscriptions.models.fields
from django.conf import settings
from django.db import migrations, models

from subscriptions.models.frozen import freeze


class Migration(migrations.Migration):

    dependencies = [
        ('invoices', '0013_bank_files'),
        ('subscriptions', '0018_reminders'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DunningStop',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.TextField(help_text='Why, for whoever asks later.')),
                ('until', models.DateField(blank=True, help_text='Empty: until somebody starts them again.', null=True, verbose_name='last day')),
                ('stopped_at', models.DateTimeField()),
                ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='started again')),
            ],
            options={
                'verbose_name': 'stop of reminders',
                'verbose_name_plural': 'stops of reminders',
            },
        ),
        migrations.CreateModel(
            name='PaymentPromise',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', models.CharField(max_length=3)),
                ('amount', subscriptions.models.fields.AmountField(decimal_places=2, max_digits=20)),
                ('promised_on', models.DateField(help_text='The day on which the money is to be there.', verbose_name='promised for')),
                ('promised_by', models.CharField(help_text='Who said so, at the customer.', max_length=200)),
                ('note', models.TextField(blank=True, help_text='For whoever asks later.')),
                ('recorded_at', models.DateTimeField()),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='taken back')),
                ('withdrawal_reason', models.TextField(blank=True)),
            ],
            options={
                'verbose_name': 'promise to pay',
                'verbose_name_plural': 'promises to pay',
            },
        ),
        migrations.CreateModel(
            name='PromisedInvoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', subscriptions.models.fields.AmountField(decimal_places=2, max_digits=20)),
                ('remains', subscriptions.models.fields.AmountField(decimal_places=2, help_text='What is still open of it once the promise is kept.', max_digits=20)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Reminder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('contact_number', models.PositiveBigIntegerField(help_text='Of the billing contact; the mail has the address.')),
                ('level', models.PositiveSmallIntegerField(help_text='Which reminder it was in the schedule of that day, from 1.')),
                ('after_days', models.PositiveSmallIntegerField(help_text='After how many days past due the step was due.')),
                ('days_past_due', models.PositiveIntegerField(help_text='How many it was when it went out.')),
                ('open', subscriptions.models.fields.AmountField(decimal_places=2, help_text='What was open then.', max_digits=20)),
                ('queued_at', models.DateTimeField()),
                ('mail_key', models.CharField(help_text='Names the mail.', max_length=200)),
            ],
        ),
        migrations.AddIndex(
            model_name='allocation',
            index=models.Index(fields=['allocated_at'], name='invoices_allocation_by_time'),
        ),
        migrations.AddField(
            model_name='dunningstop',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='dunning_stops', to='subscriptions.organization'),
        ),
        migrations.AddField(
            model_name='dunningstop',
            name='started_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='dunningstop',
            name='stopped_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='paymentpromise',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payment_promises', to='subscriptions.organization'),
        ),
        migrations.AddField(
            model_name='paymentpromise',
            name='recorded_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='paymentpromise',
            name='withdrawn_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='promisedinvoice',
            name='invoice',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='promises', to='invoices.invoice'),
        ),
        migrations.AddField(
            model_name='promisedinvoice',
            name='organization',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.organization'),
        ),
        migrations.AddField(
            model_name='promisedinvoice',
            name='promise',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='invoices.paymentpromise'),
        ),
        migrations.AddField(
            model_name='reminder',
            name='invoice',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='reminders', to='invoices.invoice'),
        ),
        migrations.AddField(
            model_name='reminder',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.organization'),
        ),
        migrations.AddConstraint(
            model_name='dunningstop',
            constraint=models.UniqueConstraint(condition=models.Q(('started_at__isnull', True)), fields=('organization',), name='invoices_dunningstop_one_open'),
        ),
        migrations.AddConstraint(
            model_name='dunningstop',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='invoices_dunningstop_with_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='dunningstop',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('started_at__isnull', True), ('started_by__isnull', True)), models.Q(('started_at__isnull', False), ('started_by__isnull', False)), _connector='OR'), name='invoices_dunningstop_ended_by_someone'),
        ),
        migrations.AddIndex(
            model_name='paymentpromise',
            index=models.Index(fields=['promised_on', 'id'], name='invoices_promise_by_day'),
        ),
        migrations.AddConstraint(
            model_name='paymentpromise',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='invoices_promise_of_a_sum'),
        ),
        migrations.AddConstraint(
            model_name='paymentpromise',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('withdrawal_reason', ''), ('withdrawn_at__isnull', True), ('withdrawn_by__isnull', True)), models.Q(('withdrawal_reason__gt', ''), ('withdrawn_at__isnull', False), ('withdrawn_by__isnull', False)), _connector='OR'), name='invoices_promise_taken_back_by_someone'),
        ),
        migrations.AddConstraint(
            model_name='paymentpromise',
            constraint=models.CheckConstraint(condition=models.Q(('amount__isnull', True), models.Q(('amount__gte', 0), ('amount__lte', 100000000000000)), _connector='OR'), name='invoices_paymentpromise_amount_finite'),
        ),
        migrations.AddConstraint(
            model_name='promisedinvoice',
            constraint=models.UniqueConstraint(fields=('promise', 'invoice'), name='invoices_promisedinvoice_once'),
        ),
        migrations.AddConstraint(
            model_name='promisedinvoice',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('invoice',), name='invoices_promisedinvoice_one_stands'),
        ),
        migrations.AddConstraint(
            model_name='promisedinvoice',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='invoices_promisedinvoice_of_a_sum'),
        ),
        migrations.AddConstraint(
            model_name='promisedinvoice',
            constraint=models.CheckConstraint(condition=models.Q(('amount__isnull', True), models.Q(('amount__gte', 0), ('amount__lte', 100000000000000)), _connector='OR'), name='invoices_promisedinvoice_amount_finite'),
        ),
        migrations.AddConstraint(
            model_name='promisedinvoice',
            constraint=models.CheckConstraint(condition=models.Q(('remains__isnull', True), models.Q(('remains__gte', 0), ('remains__lte', 100000000000000)), _connector='OR'), name='invoices_promisedinvoice_remains_finite'),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.UniqueConstraint(fields=('invoice', 'after_days', 'contact_number'), name='invoices_reminder_once'),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.CheckConstraint(condition=models.Q(('open__gt', 0)), name='invoices_reminder_of_something_open'),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.CheckConstraint(condition=models.Q(('open__isnull', True), models.Q(('open__gte', 0), ('open__lte', 100000000000000)), _connector='OR'), name='invoices_reminder_open_finite'),
        ),
        freeze("invoices_reminder"),
        freeze("invoices_dunningstop", unless="OLD.started_at IS NULL"),
        freeze("invoices_paymentpromise", unless="OLD.withdrawn_at IS NULL"),
        freeze("invoices_promisedinvoice", unless="OLD.ended_at IS NULL"),
    ]
