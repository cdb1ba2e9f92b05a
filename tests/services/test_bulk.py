"""Rows written at once are those that would have been written one by one, whichever way the database takes them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from invoices.choices import CycleState
from invoices.models import BillingCycle, TermsSnapshot
from subscriptions.models import PriceBook, PriceBookEntry, Product
from subscriptions.services.bulk import insert_new_rows, insert_rows, insert_values, update_rows
from tests.factories.subscriptions import a_subscription, an_organization
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


def test_rows_given_by_column_are_those_that_their_model_would_have_made():
    subscription = a_subscription()
    bounds = dict.fromkeys(("starts_at", "ends_at", "cutoff_at"), NOW)

    insert_values(
        BillingCycle,
        (
            {
                "organization_id": subscription.organization_id,
                "subscription_id": subscription.pk,
                "index": index,
                "period_start": date(2026, index + 1, 1),
                "period_end": date(2026, index + 2, 1),
                "left_out": [{"code": 'ü "quoted" \\ \n', "words": [None, index]}],
                "arrears": arrears,
                **bounds,
            }
            for index, arrears in enumerate((Decimal("75.5"), 110, None))
        ),
    )

    first, *others = BillingCycle.objects.order_by("index")
    assert (first.organization, first.subscription, first.period_end) == (
        subscription.organization,
        subscription,
        date(2026, 2, 1),
    )
    assert (first.starts_at, first.left_out) == (NOW, [{"code": 'ü "quoted" \\ \n', "words": [None, 0]}])
    assert [cycle.arrears for cycle in (first, *others)] == [Decimal("75.5"), Decimal(110), None]
    # What was not named has its default.
    assert (first.state, first.held_reasons, first.held_at) == (CycleState.OPENING, [], None)


def test_a_column_that_a_table_does_not_have_is_refused():
    with pytest.raises((KeyError, TypeError), match="cycles"):
        insert_values(BillingCycle, [{"cycles": 1}])


def test_where_one_row_is_refused_none_is_inserted():
    book = PriceBook.objects.create(currency="USD", effective_date="2026-01-01")
    products = ("purecloud-1", "purecloud-2", "purecloud-1")

    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows([PriceBookEntry(price_book=book, product_id=product, price=1) for product in products])
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_values(
            PriceBookEntry, [{"price_book_id": book.pk, "product_id": product, "price": 1} for product in products]
        )

    assert not PriceBookEntry.objects.exists()


def test_of_no_rows_nothing_comes():
    assert insert_rows(iter(())) == []
    insert_values(PriceBookEntry, iter(()))

    assert not PriceBookEntry.objects.exists()


def test_of_rows_that_are_written_over_only_the_named_fields_change():
    book = PriceBook.objects.create(currency="USD", effective_date="2026-01-01")
    products = ("purecloud-1", "purecloud-2", "purecloud-3")
    rows = [PriceBookEntry.objects.create(price_book=book, product_id=product, price=1) for product in products]
    for row, price in zip(rows, (Decimal("75.5"), 110, Decimal(0)), strict=True):
        row.price, row.setup_price, row.product_id = price, None if price else Decimal("0.25"), "communicate"

    update_rows(iter(rows[:2]), ["price"])
    update_rows(rows[2:], ["price", "setup_price"])

    assert list(PriceBookEntry.objects.order_by("pk").values_list("product_id", "price", "setup_price")) == [
        ("purecloud-1", Decimal("75.5"), None),
        ("purecloud-2", Decimal(110), None),
        ("purecloud-3", Decimal(0), Decimal("0.25")),
    ]


def test_every_kind_of_column_is_written_over_as_the_orm_would_have_done_it():
    subscription = a_subscription()
    cycles = [
        BillingCycle.objects.create(
            organization=subscription.organization,
            subscription=subscription,
            index=index,
            period_start=date(2026, index + 1, 1),
            period_end=date(2026, index + 2, 1),
            **dict.fromkeys(("starts_at", "ends_at", "cutoff_at"), NOW),
        )
        for index in range(3)
    ]
    told = [{"code": 'ü "quoted" \\ {NULL}, \n', "words": [None, 1]}]
    for cycle, state in zip(cycles, (CycleState.OPEN, "open", CycleState.OPENING), strict=True):
        cycle.state, cycle.held_reasons = state, told if state == "open" else []
        cycle.held_at = NOW if state == "open" else None
        cycle.arrears = None if state == "open" else Decimal("-12.34")

    update_rows(cycles, ["state", "held_reasons", "held_at", "arrears", "usage_snapshot"])

    assert list(BillingCycle.objects.order_by("index").values_list("state", "held_reasons", "held_at", "arrears")) == [
        ("open", told, NOW, None),
        ("open", told, NOW, None),
        ("opening", [], None, Decimal("-12.34")),
    ]


def test_where_one_row_is_refused_none_is_written_over():
    book = PriceBook.objects.create(currency="USD", effective_date="2026-01-01")
    products = ("purecloud-1", "purecloud-2")
    rows = [PriceBookEntry.objects.create(price_book=book, product_id=product, price=1) for product in products]
    rows[0].price, rows[1].product_id = Decimal(7), "purecloud-1"

    with pytest.raises(IntegrityError), transaction.atomic():
        update_rows(rows, ["price", "product"])

    assert set(PriceBookEntry.objects.values_list("price", flat=True)) == {Decimal(1)}


def test_a_row_that_is_there_already_is_left_as_it_is():
    there = Product.objects.get(code="purecloud-1")

    insert_new_rows(Product(code=code, name="Another name", kind=there.kind) for code in ("purecloud-1", "a-new-one"))

    assert dict(Product.objects.filter(code__in=["purecloud-1", "a-new-one"]).values_list("code", "name")) == {
        "purecloud-1": there.name,
        "a-new-one": "Another name",
    }


def test_no_rows_are_written_by_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        update_rows(iter(()), ["price"])
        insert_new_rows(iter(()))
