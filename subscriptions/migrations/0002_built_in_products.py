"""The products with a built-in meaning are there from the first start."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

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


def add_products(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Insert the built-in products."""
    product = apps.get_model("subscriptions", "Product")
    product.objects.using(schema_editor.connection.alias).bulk_create(
        [product(code=code, name=name, kind=kind) for code, name, kind in PRODUCTS]
    )


class Migration(migrations.Migration):
    """Add the built-in products."""

    dependencies = [("subscriptions", "0001_initial")]

    operations = [migrations.RunPython(add_products, migrations.RunPython.noop)]
