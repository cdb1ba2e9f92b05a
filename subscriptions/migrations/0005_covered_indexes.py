"""Drops the indexes of foreign keys that another one begins with: each cost every row that was written."""

from django.db import migrations

from subscriptions.models.operations import WithoutOwnIndex


class Migration(migrations.Migration):
    # Each table is locked by itself, for a moment.
    atomic = False

    dependencies = [("subscriptions", "0004_asked_waits_and_withdrawn_mail")]

    operations = [
        WithoutOwnIndex("organizationtax", "organization"),
        WithoutOwnIndex("authorityrate", "authority"),
        WithoutOwnIndex("voiceratedeckversion", "deck"),
        WithoutOwnIndex("voicerate", "version"),
        WithoutOwnIndex("bankaccount", "issuing_entity"),
        WithoutOwnIndex("membership", "organization"),
        WithoutOwnIndex("billingcontact", "organization"),
        WithoutOwnIndex("pricebookentry", "price_book"),
        WithoutOwnIndex("quote", "issuing_entity"),
        WithoutOwnIndex("subscription", "organization"),
        WithoutOwnIndex("subscriptionallowance", "subscription"),
        WithoutOwnIndex("subscriptionprice", "subscription"),
        WithoutOwnIndex("quoteallowance", "quote"),
        WithoutOwnIndex("quoteprice", "quote"),
        WithoutOwnIndex("quotestep", "quote"),
    ]
