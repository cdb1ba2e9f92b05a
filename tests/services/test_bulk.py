"""Rows inserted at once are those that would have been inserted one by one, whichever way the database takes them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from invoices.models import TermsSnapshot
from subscriptions.models import PriceBook, PriceBookEntry
from subscriptions.services.bulk import insert_rows
from tests.factories.subscriptions import an_organization
from usage.models import UsageSnapshot

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 2, 15, 11, 30, 15, 123456, tzinfo=UTC)


def test_rows_that_are_keyed_know_their_keys_in_their_order():
    organization = an_organization()
    terms = [{"text": 'ü "quoted" \\ \n', "place": place, "none": None, "list": [1, "2"]} for place in range(5)]

    rows = insert_rows(
        (TermsSnapshot(organization=organization, rule_version=1, terms=one) for one in terms), keyed=True
    )

    assert [row.pk for row in rows] == sorted({row.pk for row in rows})
    assert [TermsSnapshot.objects.get(pk=row.pk).terms for row in rows] == terms
    # The next one that is inserted alone gets a key of its own.
    assert TermsSnapshot.objects.create(organization=organization, rule_version=1, terms={}).pk > rows[-1].pk


def test_every_kind_of_column_arrives_as_the_orm_would_have_stored_it():
    organization, book = an_organization(), PriceBook.objects.create(currency="USD", effective_date="2026-01-01")

    insert_rows(
        UsageSnapshot(
            organization=organization,
            starts_at=NOW,
            ends_at=NOW + timedelta(hours=hours),
            cutoff_at=NOW,
            quantities={"hours": hours},
        )
        for hours in (1, 2)
    )
    insert_rows(
        PriceBookEntry(price_book=book, product_id=product, price=price, setup_price=setup_price)
        for product, price, setup_price in (("purecloud-1", Decimal("75.5"), None), ("purecloud-2", 110, Decimal(0)))
    )

    assert list(UsageSnapshot.objects.order_by("pk").values_list("starts_at", "ends_at", "quantities")) == [
        (NOW, NOW + timedelta(hours=1), {"hours": 1}),
        (NOW, NOW + timedelta(hours=2), {"hours": 2}),
    ]
    assert list(PriceBookEntry.objects.order_by("pk").values_list("product_id", "price", "setup_price")) == [
        ("purecloud-1", Decimal("75.5"), None),
        ("purecloud-2", Decimal(110), Decimal(0)),
    ]


def test_where_one_row_is_refused_none_is_inserted():
    book = PriceBook.objects.create(currency="USD", effective_date="2026-01-01")
    products = ("purecloud-1", "purecloud-2", "purecloud-1")

    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows([PriceBookEntry(price_book=book, product_id=product, price=1) for product in products])

    assert not PriceBookEntry.objects.exists()


def test_of_no_rows_nothing_comes():
    assert insert_rows(iter(())) == []
