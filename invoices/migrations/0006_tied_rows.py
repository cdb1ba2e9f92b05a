"""Lets PostgreSQL refuse parts of a document, or of a booking, that are of another organization than the whole."""

from django.db import migrations

from subscriptions.models.tied import tie


class Migration(migrations.Migration):
    # Each step by itself, outside of any transaction: tables that are written are locked for moments only.
    atomic = False

    dependencies = [("invoices", "0005_covered_indexes")]

    operations = [
        tie("invoices_invoiceline", "invoice_id", to="invoices_invoice", also=("subscription_id",)),
        tie("invoices_invoicetax", "invoice_id", to="invoices_invoice"),
        tie("invoices_documentbalance", "document_id", to="invoices_invoice"),
        tie("invoices_renderedpdf", "invoice_id", to="invoices_invoice"),
        tie("invoices_invoicedelivery", "invoice_id", to="invoices_invoice"),
        tie("invoices_ledgerentry", "transaction_id", to="invoices_ledgertransaction"),
    ]
