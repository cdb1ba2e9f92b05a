"""When and how tax numbers were checked, kept for good."""

import django.db.models.deletion
from django.db import migrations, models

from subscriptions.models.frozen import freeze


class Migration(migrations.Migration):

    dependencies = [
        ('subscriptions', '0003_people_and_mail'),
    ]

    operations = [
        migrations.AlterField(
            model_name='organization',
            name='tax_id',
            field=models.CharField(blank=True, help_text="VAT or other tax number, as it is printed; with a VAT number of another member state of the European Union than the issuing entity's, the organization is invoiced under reverse charge.", max_length=40, verbose_name='tax id'),
        ),
        migrations.CreateModel(
            name='TaxIdCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('country', models.CharField(max_length=2)),
                ('tax_id', models.CharField(max_length=40)),
                ('verdict', models.CharField(choices=[('valid', 'Valid'), ('invalid', 'Not valid'), ('unknown', 'Unknown')], max_length=10)),
                ('method', models.CharField(choices=[('check_digits', 'By its check digits')], max_length=20)),
                ('checked_by', models.CharField(help_text='Name and version of what checked it.', max_length=60)),
                ('checked_at', models.DateTimeField()),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tax_id_checks', to='subscriptions.organization')),
            ],
            options={
                'ordering': ['organization_id', '-id'],
            },
        ),
        freeze("subscriptions_taxidcheck"),
    ]
