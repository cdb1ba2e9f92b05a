"""`among` finds what `in` finds, among many values in one parameter."""

from datetime import date

import pytest

from subscriptions.models import Organization, PriceBook, PriceBookEntry
from tests.factories.subscriptions import an_organization

pytestmark = pytest.mark.django_db


def test_it_finds_keys_and_references_to_them():
    books = [PriceBook.objects.create(currency="USD", effective_date=date(2026, month, 1)) for month in (1, 2, 3)]
    for book in books:
        PriceBookEntry.objects.create(price_book=book, product_id="purecloud-1", price=1)

    wanted = {books[0].pk, books[2].pk, 0}
    assert set(PriceBook.objects.filter(pk__among=wanted)) == {books[0], books[2]}
    assert PriceBookEntry.objects.filter(price_book__among=wanted, product__among=["purecloud-1"]).count() == 2
    assert PriceBookEntry.objects.exclude(price_book__among=wanted).get().price_book == books[1]
    assert PriceBook.objects.filter(effective_date__among=[date(2026, 2, 1)]).get() == books[1]


def test_among_nothing_is_nothing_and_nobody_asks(django_assert_num_queries):
    an_organization()

    with django_assert_num_queries(0):
        assert not list(Organization.objects.filter(pk__among=[]))
    assert Organization.objects.exclude(pk__among=[]).exists()


def test_texts_are_taken_as_they_are():
    kept = an_organization('a"b,{c}\\d')
    an_organization("NULL")

    assert Organization.objects.filter(code__among=[kept.code, "nobody's"]).get() == kept


@pytest.mark.postgresql
def test_postgresql_prepares_one_parameter_however_many_there_are():
    sql, parameters = Organization.objects.filter(pk__among=range(1, 501)).query.sql_with_params()

    assert parameters == (list(range(1, 501)),)
    assert "ANY (%s::bigint[])" in sql
