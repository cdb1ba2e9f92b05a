"""Drops the indexes of foreign keys that another one begins with: each cost every row that was written."""

from django.db import migrations

from subscriptions.models.operations import WithoutOwnIndex


class Migration(migrations.Migration):
    # Each table is locked by itself, for a moment.
    atomic = False

    dependencies = [("invoices", "0004_withdrawn_and_deferred")]

    operations = [
        WithoutOwnIndex("numberseries", "issuing_entity"),
        WithoutOwnIndex("billingcycle", "organization", "subscription"),
        WithoutOwnIndex("invoice", "issuing_entity", "organization"),
        WithoutOwnIndex("periodcorrection", "closing_cycle"),
        WithoutOwnIndex("cycleexception", "cycle"),
        WithoutOwnIndex("invoiceline", "invoice"),
        WithoutOwnIndex("invoicetax", "invoice"),
        WithoutOwnIndex("payment", "organization"),
        WithoutOwnIndex("ledgertransaction", "organization", "payment"),
        WithoutOwnIndex("ledgerentry", "transaction"),
        WithoutOwnIndex("estimate", "subscription"),
        WithoutOwnIndex("credit", "original"),
        WithoutOwnIndex("toolatesettlement", "cycle"),
        WithoutOwnIndex("toolateusage", "cycle", "organization"),
        WithoutOwnIndex("boundrelease", "cycle"),
        WithoutOwnIndex("bankline", "file"),
        WithoutOwnIndex("promisedinvoice", "promise"),
        WithoutOwnIndex("oldline", "invoice"),
        WithoutOwnIndex("shadowbill", "cycle"),
        WithoutOwnIndex("shadowline", "bill"),
        WithoutOwnIndex("differenceverdict", "organization"),
        WithoutOwnIndex("journalexport", "issuing_entity"),
    ]
