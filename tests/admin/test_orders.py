"""Orders and shipments: typed by a CSM, shown with what is invoiced, and untouchable once it is."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from subscriptions.models import Order, Shipment
from tests.admin.rows import Customer, make_hardware_order, make_product, make_service_order
from tests.admin.test_agreements import formset

ADD = "admin:subscriptions_order_add"
LIST = "admin:subscriptions_order_changelist"


def url_of(order: Order) -> str:
    return reverse("admin:subscriptions_order_change", args=[order.pk])


def service(customer: Customer, **more: Any) -> dict[str, Any]:
    make_product("enablement", "Enablement package", "one_time")
    make_product("telephone", "Telephone", "hardware")
    fields = {"subscription": customer.subscription.pk, "product": "enablement", "quantity": 1, "price": "2500"}
    return fields | {"processed_on": ""} | formset("open_shipments", []) | more


def hardware(customer: Customer, *shipments: dict[str, Any], initial: int = 0, **more: Any) -> dict[str, Any]:
    fields = service(customer) | {"product": "telephone", "quantity": 10, "price": "129.9"} | formset("shipments", [])
    return fields | formset("open_shipments", list(shipments), initial) | more


def shipped(quantity: int, on: str = "2040-01-01", **more: Any) -> dict[str, Any]:
    return {"shipped_on": on, "quantity": quantity} | more


def row(shipment: Shipment, quantity: int, **more: Any) -> dict[str, Any]:
    return {"id": shipment.pk, "order": shipment.order_id} | shipped(quantity, **more)


def quantities(order: Order) -> list[Decimal]:
    return list(order.shipments.order_by("pk").values_list("quantity", flat=True))


def made() -> Order:
    return Order.objects.latest("pk")


def test_a_service_is_ordered_and_processed_on_a_day_to_come(as_csm: Client, acme: Customer) -> None:
    assert as_csm.post(reverse(ADD), service(acme, processed_on="2040-01-01")).status_code == 302
    order = made()
    assert (order.organization, order.product_id, order.quantity) == (acme.organization, "enablement", 1)
    assert (order.price, order.processed_on, order.charged) == (2500, date(2040, 1, 1), False)


def test_hardware_is_ordered_with_its_first_shipment(as_csm: Client, acme: Customer) -> None:
    assert as_csm.post(reverse(ADD), hardware(acme, shipped(4))).status_code == 302
    shipment = made().shipments.get()
    assert (shipment.organization, shipment.quantity, shipment.charged) == (acme.organization, 4, False)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"quantity": 0}, "quantity"),
        ({"quantity": "-1"}, "quantity"),
        ({"price": "-0.01"}, "price"),
        ({"price": ""}, "price"),
        ({"product": "purecloud-1"}, "product"),
        ({"product": "telephone", "processed_on": "2040-01-01"}, "processed_on"),
        ({"subscription": ""}, "subscription"),
    ],
)
def test_what_is_wrong_with_an_order_names_the_field(
    wrong: dict[str, Any], field: str, as_csm: Client, acme: Customer
) -> None:
    before = Order.objects.count()
    answer = as_csm.post(reverse(ADD), service(acme, **wrong))
    assert set(answer.context["adminform"].form.errors) == {field}
    assert Order.objects.count() == before


def test_an_order_for_someone_elses_organization_is_not_taken(as_csm: Client, acme: Customer, umbra: Customer) -> None:
    before = Order.objects.count()
    answer = as_csm.post(reverse(ADD), service(umbra))
    assert set(answer.context["adminform"].form.errors) == {"subscription"}
    assert Order.objects.count() == before


def test_the_subscription_is_picked_from_ones_own(as_csm: Client, acme: Customer, umbra: Customer) -> None:
    query = {"app_label": "subscriptions", "model_name": "order", "field_name": "subscription"}
    for term, found in (("acme", 1), ("umbra", 0)):
        assert len(as_csm.get(reverse("admin:autocomplete"), query | {"term": term}).json()["results"]) == found


@pytest.mark.parametrize(
    ("shipments", "words"),
    [
        ([shipped(6), shipped(5)], "11 are shipped, but only 10 were ordered"),
        ([shipped(0)], "more than 0"),
        ([shipped(1, on="")], "required"),
    ],
)
def test_shipments_that_cannot_be_are_refused(
    shipments: list[dict[str, Any]], words: str, as_csm: Client, acme: Customer
) -> None:
    before = Order.objects.count()
    answer = as_csm.post(reverse(ADD), hardware(acme, *shipments))
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert Order.objects.count() == before


def test_a_service_does_not_ship(as_csm: Client, acme: Customer) -> None:
    before = Order.objects.count()
    answer = as_csm.post(reverse(ADD), service(acme) | formset("open_shipments", [shipped(1)]))
    assert "Only hardware ships" in answer.content.decode()
    assert Order.objects.count() == before


def test_what_is_invoiced_counts_towards_what_may_ship(as_csm: Client, acme: Customer) -> None:
    order = make_hardware_order(acme.subscription, invoiced=4, coming=3)
    coming = order.shipments.get(charged=False)
    refused = as_csm.post(url_of(order), hardware(acme, row(coming, 3), shipped(4), initial=1))
    assert "11 are shipped, but only 10 were ordered" in refused.content.decode()
    assert quantities(order) == [4, 3]
    lowered = as_csm.post(url_of(order), hardware(acme, row(coming, 3), initial=1, quantity=6))
    assert "7 are shipped, but only 6 were ordered" in lowered.content.decode()
    order.refresh_from_db()
    assert order.quantity == 10
    assert as_csm.post(url_of(order), hardware(acme, row(coming, 3), shipped(3), initial=1)).status_code == 302
    assert quantities(order) == [4, 3, 3]


def test_a_shipment_that_is_not_invoiced_is_corrected_or_called_off(as_csm: Client, acme: Customer) -> None:
    order = make_hardware_order(acme.subscription, invoiced=0, coming=3)
    coming = order.shipments.get()
    assert as_csm.post(url_of(order), hardware(acme, row(coming, 5), initial=1)).status_code == 302
    assert quantities(order) == [5]
    gone = row(coming, 5, DELETE="on")
    assert as_csm.post(url_of(order), hardware(acme, gone, initial=1)).status_code == 302
    assert quantities(order) == []


def test_an_invoiced_order_stands(as_superuser: Client, acme: Customer) -> None:
    order = make_service_order(acme.subscription, processed_on=date(2026, 2, 1), charged=True)
    shown = as_superuser.get(url_of(order)).content.decode()
    assert "it stands as it is" in shown
    assert 'name="_save"' not in shown
    assert as_superuser.post(url_of(order), service(acme, price="1", processed_on="2040-01-01")).status_code == 403
    order.refresh_from_db()
    assert (order.price, order.processed_on, order.charged) == (2500, date(2026, 2, 1), True)


def test_a_shipment_that_is_invoiced_while_it_is_typed_stands(as_csm: Client, acme: Customer) -> None:
    order = make_hardware_order(acme.subscription, invoiced=0, coming=3)
    coming = order.shipments.get()
    as_it_was = hardware(acme, row(coming, 5), initial=1)
    Shipment.objects.filter(pk=coming.pk).update(charged=True)
    assert as_csm.post(url_of(order), as_it_was).status_code == 200
    coming.refresh_from_db()
    assert (coming.quantity, coming.shipped_on, coming.charged) == (3, date(2030, 1, 1), True)


def test_an_invoiced_shipment_stands_and_so_do_price_and_product(as_superuser: Client, acme: Customer) -> None:
    order = make_hardware_order(acme.subscription, invoiced=4, coming=0)
    invoiced = order.shipments.get()
    forged = row(invoiced, 1, on="2026-03-01", DELETE="on")
    refused = as_superuser.post(url_of(order), hardware(acme, forged, initial=1))
    assert refused.status_code == 200
    beside = hardware(acme, quantity=12, price="1", product="enablement") | formset("shipments", [forged], 1)
    assert as_superuser.post(url_of(order), beside).status_code == 302
    order.refresh_from_db()
    invoiced.refresh_from_db()
    assert (order.quantity, order.price, order.product_id) == (12, Decimal("129.9"), "telephone")
    assert (invoiced.quantity, invoiced.shipped_on, invoiced.charged) == (4, date(2026, 2, 1), True)


def test_nobody_says_that_something_is_invoiced(as_superuser: Client, acme: Customer) -> None:
    data = hardware(acme, shipped(1, charged="on"), charged="on")
    assert as_superuser.post(reverse(ADD), data).status_code == 302
    assert (made().charged, made().shipments.get().charged) == (False, False)


def test_the_list_shows_what_is_invoiced(as_csm: Client, acme: Customer) -> None:
    Shipment.objects.all().delete()
    Order.objects.all().delete()
    partly = make_hardware_order(acme.subscription)
    wholly = make_hardware_order(acme.subscription, invoiced=10, coming=0)
    unshipped = make_hardware_order(acme.subscription, invoiced=0, coming=0)
    billed = make_service_order(acme.subscription, processed_on=date(2026, 2, 1), charged=True)
    coming = make_service_order(acme.subscription, processed_on=date(2040, 2, 1))
    waiting = make_service_order(acme.subscription)
    shown = as_csm.get(reverse(LIST)).content.decode()
    states = ("Partly invoiced", "Invoice to come", "Not shipped", "Not processed", "4 of 10", "10 of 10", "0 of 1")
    for words in (*states, "1 of 1", "$129.90", "10 × Telephone"):
        assert words in shown
    found = {
        value: {order.pk for order in as_csm.get(reverse(LIST), {"invoiced": value}).context["cl"].result_list}
        for value in ("yes", "no")
    }
    assert found == {"yes": {wholly.pk, billed.pk}, "no": {partly.pk, unshipped.pk, coming.pk, waiting.pk}}
