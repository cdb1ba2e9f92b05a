"""Whatever writes is noticed, by whichever way; what only reads is not."""

import pytest
from django.db import transaction

from subscriptions.models import Product
from subscriptions.services.bulk import insert_rows
from tests.machine.written import rows_written

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("count", [1, 600])
def test_rows_are_counted_by_whatever_way_they_come(count):
    before = rows_written()
    insert_rows([Product(code=f"p-{number}", name="Product") for number in range(count)])

    assert rows_written() == before + count


def test_a_change_and_a_removal_are_counted():
    Product.objects.create(code="p", name="Product")
    before = rows_written()

    Product.objects.filter(code="p").update(name="Renamed")
    Product.objects.filter(code="p").delete()

    assert rows_written() == before + 2


def test_what_is_taken_back_is_counted():
    before = rows_written()
    with transaction.atomic():
        Product.objects.create(code="p", name="Product")
        transaction.set_rollback(True)

    assert rows_written() == before + 1


def test_to_read_counts_for_nothing():
    before = rows_written()

    assert list(Product.objects.all())

    assert rows_written() == before
