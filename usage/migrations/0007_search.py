from django.db import migrations

from subscriptions.models.searched import searched_by_beginning


class Migration(migrations.Migration):

    dependencies = [
        ('usage', '0006_rejected_waiting'),
    ]

    operations = [
        searched_by_beginning('usage_rejectedevent', 'event_id'),
    ]
