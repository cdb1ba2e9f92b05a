"""The products with a built-in meaning are there from the first start."""

from django.db import migrations

PRODUCTS = [
    ("collaborate", "Collaborate", "license"),
    ("communicate", "Communicate", "license"),
    ("purecloud-1", "PureCloud 1", "license"),
    ("purecloud-2", "PureCloud 2", "license"),
    ("purecloud-3", "PureCloud 3", "license"),
    ("basic-ivr", "Basic IVR minutes", "resource"),
    ("data-storage", "Data storage, gigabyte-months", "resource"),
    ("api-requests", "API requests", "resource"),
    ("byoc-cloud", "BYOC Cloud minutes", "resource"),
    ("voice-transcription", "Voice transcription minutes", "resource"),
    ("call-ports", "Excess call usage, port-hours", "resource"),
    ("did-number", "Direct-dial number", "number"),
    ("toll-free-number", "Toll-free number", "number"),
    ("voice", "Voice calls", "voice"),
]


def add_products(apps, schema_editor):
    product = apps.get_model("subscriptions", "Product")
    product.objects.using(schema_editor.connection.alias).bulk_create(
        [product(code=code, name=name, kind=kind) for code, name, kind in PRODUCTS]
    )


class Migration(migrations.Migration):
    replaces = [
        ("subscriptions", "0001_initial"),
        ("subscriptions", "0002_built_in_products"),
        ("subscriptions", "0003_people_and_mail"),
        ("subscriptions", "0004_tax_id_checks"),
        ("subscriptions", "0005_trials"),
        ("subscriptions", "0006_price_imports"),
        ("subscriptions", "0007_quotes"),
        ("subscriptions", "0008_billing_contacts"),
        ("subscriptions", "0009_saved_filters_and_lists"),
        ("subscriptions", "0010_search"),
        ("subscriptions", "0011_preferences"),
        ("subscriptions", "0012_approvals"),
        ("subscriptions", "0013_subject_line"),
        ("subscriptions", "0014_audit_trail"),
        ("subscriptions", "0015_heartbeats"),
        ("subscriptions", "0016_mail_about_books"),
        ("subscriptions", "0017_card_payments"),
        ("subscriptions", "0018_reminders"),
        ("subscriptions", "0019_e_invoicing"),
    ]

    dependencies = [("subscriptions", "0002_frozen_rows")]

    operations = [migrations.RunPython(add_products, migrations.RunPython.noop)]
