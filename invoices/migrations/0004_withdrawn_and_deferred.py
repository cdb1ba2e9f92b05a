"""Reminders that were withdrawn before they were sent; the account of deferred revenue."""

from django.db import migrations, models

from subscriptions.models.frozen import freeze


class Migration(migrations.Migration):

    dependencies = [
        ('invoices', '0003_opening_balances'),
        ('subscriptions', '0004_asked_waits_and_withdrawn_mail'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='reminder',
            name='invoices_reminder_once',
        ),
        migrations.AddField(
            model_name='reminder',
            name='withdrawal',
            field=models.CharField(blank=True, choices=[('settled', 'nothing is open any more'), ('changed', 'another amount is open'), ('promised', 'it was promised'), ('stopped', 'reminders were stopped'), ('parked', 'the organization is parked'), ('together', 'another invoice in the same mail was settled or kept back')], max_length=20, verbose_name='why it was withdrawn'),
        ),
        migrations.AddField(
            model_name='reminder',
            name='withdrawn_at',
            field=models.DateTimeField(blank=True, help_text='When the mail was withdrawn before it was sent; empty: it was not.', null=True),
        ),
        migrations.AlterField(
            model_name='accountcode',
            name='account',
            field=models.CharField(choices=[('receivable', 'Receivable'), ('revenue', 'Revenue'), ('tax', 'Tax'), ('cash', 'Cash'), ('withholding_tax', 'Withholding tax receivable'), ('opening_balance', 'Opening balances'), ('deferred_revenue', 'Deferred revenue')], max_length=20),
        ),
        migrations.AlterField(
            model_name='journalexport',
            name='entries',
            field=models.PositiveIntegerField(help_text='Movements of the ledger, and what was earned of documents by month.'),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.UniqueConstraint(condition=models.Q(('withdrawn_at__isnull', True)), fields=('invoice', 'after_days', 'contact_number'), name='invoices_reminder_once'),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('withdrawal', ''), ('withdrawn_at__isnull', True)), models.Q(('withdrawal__gt', ''), ('withdrawn_at__isnull', False)), _connector='OR'), name='invoices_reminder_withdrawn_with_a_reason'),
        ),
        # Again: SQLite has rebuilt the table. A reminder says once that it was withdrawn, and nothing else of it changes.
        freeze(
            "invoices_reminder",
            unless=(
                "OLD.withdrawn_at IS NULL AND NEW.withdrawn_at IS NOT NULL AND NEW.id = OLD.id"
                " AND NEW.organization_id = OLD.organization_id AND NEW.invoice_id = OLD.invoice_id"
                " AND NEW.contact_number = OLD.contact_number AND NEW.level = OLD.level"
                " AND NEW.after_days = OLD.after_days AND NEW.days_past_due = OLD.days_past_due"
                " AND NEW.open = OLD.open AND NEW.queued_at = OLD.queued_at AND NEW.mail_key = OLD.mail_key"
            ),
        ),
    ]
