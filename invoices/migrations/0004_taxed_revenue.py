"""The revenue that each tax was computed from."""

from django.db import migrations, models

import subscriptions.models.fields
from subscriptions.models.frozen import freeze


class Migration(migrations.Migration):

    dependencies = [
        ('invoices', '0003_payments'),
        ('subscriptions', '0004_tax_id_checks'),
    ]

    operations = [
        migrations.AddField(
            model_name='invoicetax',
            name='revenue',
            field=subscriptions.models.fields.AmountField(decimal_places=2, help_text="Of the authority's categories; empty: issued before it was kept.", max_digits=20, null=True),
        ),
        migrations.AddConstraint(
            model_name='invoicetax',
            constraint=models.CheckConstraint(condition=models.Q(('revenue__isnull', True), models.Q(('revenue__gte', -100000000000000), ('revenue__lte', 100000000000000)), _connector='OR'), name='invoices_invoicetax_revenue_finite'),
        ),
        # The constraint rebuilds the table on SQLite, and its triggers are lost.
        freeze("invoices_invoicetax"),
    ]
