from django.db import migrations

from subscriptions.models.searched import searched_by_beginning


class Migration(migrations.Migration):

    dependencies = [
        ('invoices', '0009_lists'),
    ]

    operations = [
        searched_by_beginning('invoices_invoice', 'number'),
        searched_by_beginning('invoices_payment', 'reference'),
        searched_by_beginning('invoices_cycleexception', 'subject'),
    ]
