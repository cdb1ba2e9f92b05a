from django.db import migrations

from subscriptions.models.searched import searched_by_any_part, searched_by_beginning


class Migration(migrations.Migration):

    dependencies = [
        ('subscriptions', '0009_saved_filters_and_lists'),
    ]

    operations = [
        searched_by_any_part('subscriptions_organization', 'name', 'legal_name', 'code'),
        searched_by_any_part('subscriptions_account', 'name'),
        searched_by_any_part('subscriptions_billingcontact', 'name', 'email'),
        searched_by_beginning('subscriptions_subscription', 'po_number'),
        searched_by_beginning('subscriptions_quote', 'number'),
        searched_by_beginning('subscriptions_quotestep', 'po_number'),
        searched_by_beginning('subscriptions_outgoingmail', 'recipient'),
    ]
