"""
Closes months of a fleet by Silver, in Silver's own environment: nothing of ours can be imported here.

`python silver_run.py DATABASE_URL CUSTOMERS` makes the fleet, says `ready`, and for each line that it reads closes the
next month and says how many documents were issued in how many seconds.
"""

import sys
from datetime import date
from decimal import Decimal
from io import StringIO
from time import perf_counter
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.core.management import call_command

FIRST_MONTH = date(2020, 1, 1)


def configure(address: str) -> None:
    url = urlsplit(address)
    settings.configure(
        SECRET_KEY="of a benchmark",
        USE_TZ=True,
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "dal",
            "dal_select2",
            "django.contrib.admin",
            "rest_framework",
            "django_filters",
            "silver",
        ],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": url.path.lstrip("/"),
                "USER": url.username,
                "PASSWORD": url.password or "",
                "HOST": url.hostname,
                "PORT": url.port or 5432,
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        ROOT_URLCONF="silver.urls",
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        PAYMENT_PROCESSORS={},
        PAYMENT_METHOD_SECRET=b"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        SILVER_AUTOMATICALLY_CREATE_TRANSACTIONS=False,
    )
    django.setup()
    call_command("migrate", verbosity=0)


def make_fleet(customers: int) -> None:
    """Store customers with one plan each, paid in advance, with one metered feature and a tax of 8 %."""
    from silver.models import Customer, MeteredFeature, Plan, ProductCode, Provider, Subscription

    provider = Provider.objects.create(
        name="Northwind",
        address_1="548 Market Street",
        city="Portland",
        country="US",
        flow=Provider.FLOWS.INVOICE,
        invoice_series="INV",
        invoice_starting_number=1,
        default_document_state=Provider.DEFAULT_DOC_STATE.ISSUED,
    )
    feature = MeteredFeature.objects.create(
        name="Minutes",
        unit="minute",
        price_per_unit=Decimal("0.01"),
        included_units=10,
        product_code=ProductCode.objects.create(value="minutes"),
    )
    plan = Plan.objects.create(
        name="Seat",
        interval=Plan.INTERVALS.MONTH,
        interval_count=1,
        amount=Decimal(75),
        currency="USD",
        prebill_plan=True,
        product_code=ProductCode.objects.create(value="seat"),
        provider=provider,
    )
    plan.metered_features.add(feature)
    for number in range(customers):
        customer = Customer.objects.create(
            first_name="Organization",
            last_name=str(number),
            address_1="12 Harbor Street",
            city="Portland",
            country="US",
            consolidated_billing=True,
            sales_tax_name="Tax",
            sales_tax_percent=Decimal(8),
        )
        Subscription.objects.create(
            plan=plan, customer=customer, start_date=FIRST_MONTH, state=Subscription.STATES.ACTIVE
        )


def report_usage(begin: date, end: date) -> None:
    from silver.models import MeteredFeature, MeteredFeatureUnitsLog, Subscription

    feature = MeteredFeature.objects.get()
    MeteredFeatureUnitsLog.objects.bulk_create(
        MeteredFeatureUnitsLog(
            metered_feature=feature, subscription=subscription, consumed_units=120, start_date=begin, end_date=end
        )
        for subscription in Subscription.objects.all()
    )


def following(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def main() -> None:
    configure(sys.argv[1])
    from silver.models import Invoice

    make_fleet(int(sys.argv[2]))
    print("ready", flush=True)
    month = FIRST_MONTH
    for _line in sys.stdin:
        billed_on = following(month)
        report_usage(month, date.fromordinal(billed_on.toordinal() - 1))
        issued = Invoice.objects.exclude(state="draft").count()
        begin = perf_counter()
        call_command("generate_docs", billing_date=billed_on, stdout=StringIO())
        spent = perf_counter() - begin
        print(Invoice.objects.exclude(state="draft").count() - issued, spent, flush=True)
        month = billed_on


main()
