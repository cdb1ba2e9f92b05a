"""Deeds may come by a notice of another service; a change of the choices alone, which rebuilds nothing."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('subscriptions', '0016_mail_about_books'),
    ]

    operations = [
        migrations.AlterField(
            model_name='auditentry',
            name='origin',
            field=models.CharField(choices=[('request', 'A page'), ('command', 'A command at the server'), ('worker', 'A worker'), ('webhook', 'A notice of another service')], help_text='By which way it came.', max_length=10),
        ),
    ]
