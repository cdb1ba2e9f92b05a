"""After a test that committed, the database is as the migrations left it."""

from datetime import UTC, datetime

import pytest
from django.core.management import call_command

from invoices.models import Invoice
from invoices.services.books.frozen import find_thawed
from invoices.services.sweeping import close_due_cycles
from subscriptions.models import Product
from tests.books import contents
from tests.factories.subscriptions import a_prepaid_subscription, an_organization
from tests.factories.usage import a_working_day, report

NOW = datetime(2026, 2, 15, 12, tzinfo=UTC)


def bill_something():
    organization = an_organization("acme")
    a_prepaid_subscription(organization)
    report(organization, *a_working_day("ann", "2026-01-20", "purecloud-3"))
    close_due_cycles(now=NOW)
    assert Invoice.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_was_committed_goes_frozen_or_not_and_what_migrations_wrote_stays():
    before = contents()
    bill_something()

    call_command("flush", interactive=False, verbosity=0)

    assert contents() == before
    assert list(find_thawed()) == []


@pytest.mark.django_db(transaction=True)
def test_what_migrations_wrote_comes_back():
    before = contents()
    bill_something()
    assert Product.objects.update(name="Renamed")

    call_command("flush", interactive=False, verbosity=0)

    assert contents() == before
    assert list(find_thawed()) == []
