"""After how many days past due each issuing entity reminds, and the kind of that mail."""

import subscriptions.domain.reminders
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('subscriptions', '0017_card_payments'),
    ]

    operations = [
        migrations.AddField(
            model_name='issuingentity',
            name='reminder_days',
            field=models.JSONField(blank=True, default=subscriptions.domain.reminders.usual_reminder_days, help_text='After how many days past due its customers are reminded, e.g. [3, 14, 30]; empty: never.'),
        ),
        migrations.AlterField(
            model_name='outgoingmail',
            name='kind',
            field=models.CharField(choices=[('invitation', 'Invitation'), ('invoice', 'Invoice'), ('credit_note', 'Credit note'), ('contact_change', 'Change of a billing contact'), ('trial_confirmation', 'Confirm a trial'), ('trial_warning', 'Warning of a removal'), ('trial_storage', 'Storage of a trial'), ('books_wrong', 'Books that are wrong'), ('cycle_failed', 'A cycle that failed'), ('reminder', 'Payment reminder')], max_length=20),
        ),
    ]
