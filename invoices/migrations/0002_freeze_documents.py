"""The database refuses to change issued documents, the ledger, and what a close was computed from."""

from django.db import migrations

from subscriptions.models.frozen import freeze


class Migration(migrations.Migration):
    """Freeze what has been issued."""

    dependencies = [("invoices", "0001_initial")]

    operations = [
        freeze("invoices_invoice"),
        freeze("invoices_invoiceline"),
        freeze("invoices_invoicetax"),
        freeze("invoices_ledgertransaction"),
        freeze("invoices_ledgerentry"),
        freeze("invoices_termssnapshot"),
        freeze("invoices_periodcorrection"),
        freeze("invoices_holddecision"),
        # A document's PDF is filled in once.
        freeze("invoices_renderedpdf", unless="OLD.rendered_at IS NULL"),
    ]
