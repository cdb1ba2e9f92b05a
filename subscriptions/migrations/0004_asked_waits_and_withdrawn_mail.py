"""What receivers of webhooks ask to wait, and mail that was withdrawn before it was sent."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('subscriptions', '0003_products'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='outgoingmail',
            name='subscriptions_mail_pending',
        ),
        migrations.AddField(
            model_name='outgoingmail',
            name='withdrawn_at',
            field=models.DateTimeField(blank=True, help_text='When it turned out, before it was sent, that its reason was gone.', null=True),
        ),
        migrations.AddField(
            model_name='webhookdelivery',
            name='asked_until',
            field=models.DateTimeField(blank=True, help_text='By Retry-After in the last answer.', null=True, verbose_name='receiver asks to wait until'),
        ),
        migrations.AddField(
            model_name='webhookdelivery',
            name='first_attempt_at',
            field=models.DateTimeField(blank=True, help_text='It is tried for three days from then, whatever the receiver asks for.', null=True),
        ),
        migrations.AddIndex(
            model_name='outgoingmail',
            index=models.Index(condition=models.Q(('sent_at__isnull', True), ('withdrawn_at__isnull', True)), fields=['next_attempt_at'], name='subscriptions_mail_pending'),
        ),
        migrations.AddConstraint(
            model_name='outgoingmail',
            constraint=models.CheckConstraint(condition=models.Q(('sent_at__isnull', True), ('withdrawn_at__isnull', True), _connector='OR'), name='subscriptions_mail_sent_or_withdrawn'),
        ),
    ]
