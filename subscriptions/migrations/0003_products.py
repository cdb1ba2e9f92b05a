"""The products with a built-in meaning are there from the first start."""

from django.db import migrations

from subscriptions.models.operations import FirstMigration

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


class Migration(FirstMigration):
    last_before = "0021_idempotency"

    dependencies = [("subscriptions", "0002_frozen_rows")]

    operations = [migrations.RunPython(add_products, migrations.RunPython.noop)]
