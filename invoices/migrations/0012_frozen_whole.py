"""What is issued and booked is frozen against every session, replaced rows too."""

from django.db import migrations

from subscriptions.models.frozen import freeze


class Migration(migrations.Migration):

    dependencies = [("invoices", "0010_search"), ("subscriptions", "0014_audit_trail")]

    operations = [
        freeze("invoices_invoice"),
        freeze("invoices_invoiceline"),
        freeze("invoices_invoicetax"),
        freeze("invoices_credit"),
        freeze("invoices_creditedline"),
        freeze("invoices_ledgertransaction"),
        freeze("invoices_ledgerentry"),
        freeze("invoices_allocation"),
        freeze("invoices_termssnapshot"),
        freeze("invoices_periodcorrection"),
        freeze("invoices_holddecision"),
        freeze("invoices_toolatesettlement"),
        # A document's PDF is filled in once.
        freeze("invoices_renderedpdf", unless="OLD.rendered_at IS NULL"),
        # A payment may be reversed, once; nothing else of it changes.
        freeze(
            "invoices_payment",
            unless=(
                "OLD.reversed_at IS NULL AND NEW.reversed_at IS NOT NULL AND NEW.id = OLD.id"
                " AND NEW.organization_id = OLD.organization_id AND NEW.amount = OLD.amount"
                " AND NEW.currency = OLD.currency AND NEW.method = OLD.method AND NEW.reference = OLD.reference"
                " AND NEW.received_on = OLD.received_on AND NEW.recorded_at = OLD.recorded_at AND NEW.note = OLD.note"
            ),
        ),
    ]
