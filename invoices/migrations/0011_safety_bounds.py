"""Safety bounds and their releases, the switch, parked organizations; what past closes charged in arrears."""

from collections import defaultdict

import django.db.models.deletion
import subscriptions.models.fields
from django.conf import settings
from django.db import migrations, models

from subscriptions.models.frozen import freeze, keep_for_ever

CYCLES_AT_ONCE = 10_000
NOT_ARREARS = ("prepay", "one_time", "hardware", "credit", "adjustment")

_POSTGRESQL = """
UPDATE invoices_billingcycle c SET arrears = COALESCE((
    SELECT SUM(CASE i.document_type WHEN 'credit_note' THEN -l.amount ELSE l.amount END)
    FROM invoices_invoice i JOIN invoices_invoiceline l ON l.invoice_id = i.id
    WHERE i.cycle_id = c.id AND l.kind <> ALL(%s)
), 0) WHERE c.state = 'closed' AND c.id > %s AND c.id <= %s
"""


def read_past_arrears(apps, schema_editor):
    """Read from the documents what each closed period was charged in arrears, a part of the table at a time."""
    cycles = apps.get_model("invoices", "BillingCycle")
    last = cycles.objects.aggregate(last=models.Max("pk"))["last"] or 0
    for after in range(0, last, CYCLES_AT_ONCE):
        if schema_editor.connection.vendor == "postgresql":
            with schema_editor.connection.cursor() as cursor:
                cursor.execute(_POSTGRESQL, [list(NOT_ARREARS), after, after + CYCLES_AT_ONCE])
        else:
            _read_one_by_one(apps, cycles.objects.filter(state="closed", pk__gt=after, pk__lte=after + CYCLES_AT_ONCE))


def _read_one_by_one(apps, cycles):
    """Add them up here: SQLite adds decimals as floats."""
    lines = apps.get_model("invoices", "InvoiceLine").objects.filter(invoice__cycle__in=cycles)
    sums = defaultdict(int)
    columns = ("invoice__cycle_id", "invoice__document_type", "amount")
    for cycle_id, document_type, amount in lines.exclude(kind__in=NOT_ARREARS).values_list(*columns).iterator():
        sums[cycle_id] += -amount if document_type == "credit_note" else amount
    for cycle in cycles.only("pk"):
        cycle.arrears = sums[cycle.pk]
        cycle.save(update_fields=["arrears"])


class Migration(migrations.Migration):

    dependencies = [
        ('invoices', '0010_search'),
        ('subscriptions', '0013_subject_line'),
        ('usage', '0008_what_bears'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BoundRelease',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fingerprint', models.CharField(help_text='Of the invoice that was looked at: a SHA-256.', max_length=64)),
                ('reasons', models.JSONField(help_text='The bounds that it goes beyond, with the figures.')),
                ('reason', models.TextField(help_text='Why it is right, for whoever asks later.')),
                ('released_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['cycle_id', 'id'],
            },
        ),
        migrations.CreateModel(
            name='IssuingSwitch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_on', models.BooleanField(help_text='Whether documents are issued from then on.')),
                ('reason', models.TextField(help_text='Why, for whoever asks later.')),
                ('switched_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'turn of the switch',
                'verbose_name_plural': 'turns of the switch',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Parking',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('parked_at', models.DateTimeField()),
                ('faults', models.JSONField(help_text='What was found wrong, a sentence for each.')),
                ('fault_count', models.PositiveIntegerField()),
                ('looked_at', models.DateTimeField(help_text='When its books were last looked through and found wrong.')),
                ('unparked_at', models.DateTimeField(blank=True, help_text='When its books were found right again.', null=True)),
                ('reason', models.TextField(blank=True, help_text='What was mended, for whoever asks later.')),
            ],
            options={
                'verbose_name': 'parked organization',
                'ordering': ['-id'],
            },
        ),
        migrations.AddField(
            model_name='billingcycle',
            name='arrears',
            field=subscriptions.models.fields.AmountField(blank=True, decimal_places=2, help_text='What its close charged for the period itself, net: the next ones are compared with it.', max_digits=20, null=True),
        ),
        migrations.AddConstraint(
            model_name='billingcycle',
            constraint=models.CheckConstraint(condition=models.Q(('arrears__isnull', True), models.Q(('arrears__gte', -100000000000000), ('arrears__lte', 100000000000000)), _connector='OR'), name='invoices_billingcycle_arrears_finite'),
        ),
        migrations.AddField(
            model_name='boundrelease',
            name='approved_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='boundrelease',
            name='cycle',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='releases', to='invoices.billingcycle'),
        ),
        migrations.AddField(
            model_name='boundrelease',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.organization'),
        ),
        migrations.AddField(
            model_name='boundrelease',
            name='released_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='issuingswitch',
            name='switched_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='parking',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parkings', to='subscriptions.organization'),
        ),
        migrations.AddField(
            model_name='parking',
            name='unparked_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='boundrelease',
            constraint=models.UniqueConstraint(fields=('cycle', 'fingerprint'), name='invoices_boundrelease_once'),
        ),
        migrations.AddConstraint(
            model_name='boundrelease',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by', models.F('released_by')), _negated=True), name='invoices_boundrelease_by_two'),
        ),
        migrations.AddConstraint(
            model_name='parking',
            constraint=models.UniqueConstraint(condition=models.Q(('unparked_at__isnull', True)), fields=('organization',), name='invoices_parking_one_open'),
        ),
        migrations.AddConstraint(
            model_name='parking',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('reason', ''), ('unparked_at__isnull', True), ('unparked_by__isnull', True)), models.Q(('reason__gt', ''), ('unparked_at__isnull', False), ('unparked_by__isnull', False)), _connector='OR'), name='invoices_parking_ended_by_someone'),
        ),
        migrations.RunPython(read_past_arrears, migrations.RunPython.noop),
        freeze("invoices_boundrelease"),
        freeze("invoices_parking", unless="OLD.unparked_at IS NULL"),
        keep_for_ever("invoices_issuingswitch"),
    ]
