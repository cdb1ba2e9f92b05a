"""Orders stand as they were accepted; a CSM ships them step by step, and what is invoiced is untouchable."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from subscriptions.models import Order, Shipment
from tests.admin.rows import Customer, make_hardware_order, make_service_order
from tests.admin.test_agreements import formset
from tests.reading import is_not_possible
from tests.trail import trail_of

ADD = "admin:subscriptions_order_add"
LIST = "admin:subscriptions_order_changelist"


def url_of(order: Order) -> str:
    return reverse("admin:subscriptions_order_change", args=[order.pk])


def ship_url(order: Order) -> str:
    return reverse("admin:subscriptions_order_ship", args=[order.pk])


def ships(quantity: int, **more: Any) -> dict[str, Any]:
    typed = {"shipped_on": "2040-01-01", "quantity": quantity, "shipped_before": 0}
    return typed | {"reason": "UPS 1Z, asked for by Ann"} | more


def hardware(*shipments: dict[str, Any], initial: int = 0, **more: Any) -> dict[str, Any]:
    return formset("shipments", []) | formset("open_shipments", list(shipments), initial) | more


def shipped(quantity: int, on: str = "2040-01-01", **more: Any) -> dict[str, Any]:
    return {"shipped_on": on, "quantity": quantity} | more


def row(shipment: Shipment, quantity: int, **more: Any) -> dict[str, Any]:
    return {"id": shipment.pk, "order": shipment.order_id} | shipped(quantity, **more)


def quantities(order: Order) -> list[Decimal]:
    return list(order.shipments.order_by("pk").values_list("quantity", flat=True))


def test_nobody_types_an_order_that_was_not_accepted(as_superuser: Client, acme: Customer) -> None:
    before = Order.objects.count()
    typed = {"subscription": acme.subscription.pk, "product": "telephone", "quantity": 1, "price": "1"}
    assert as_superuser.get(reverse(ADD)).status_code == 403
    assert as_superuser.post(reverse(ADD), typed | hardware()).status_code == 403
    assert Order.objects.count() == before


def test_what_was_accepted_is_not_typed_over(as_superuser: Client, acme: Customer) -> None:
    order = make_hardware_order(acme.subscription, invoiced=0, coming=0)
    forged = {"quantity": 12, "price": "1", "product": "enablement", "processed_on": "2040-01-01", "charged": "on"}
    assert as_superuser.post(url_of(order), hardware(**forged)).status_code == 302
    order.refresh_from_db()
    assert (order.quantity, order.price, order.product_id) == (10, Decimal("129.9"), "telephone")
    assert (order.processed_on, order.charged) == (None, False)


def test_an_older_service_without_a_quote_is_still_processed(as_csm: Client, acme: Customer) -> None:
    order = make_service_order(acme.subscription)
    assert as_csm.post(url_of(order), {"processed_on": "2040-01-01"}).status_code == 302
    order.refresh_from_db()
    assert (order.processed_on, order.charged) == (date(2040, 1, 1), False)


def test_what_ships_is_shown_in_money_and_days_and_kept_with_its_reason(as_csm: Client, acme: Customer) -> None:
    order = make_hardware_order(acme.subscription, invoiced=0, coming=0)
    asked = as_csm.get(ship_url(order)).context["form"]
    assert (asked["quantity"].value(), asked["shipped_before"].value()) == ("10", "0")

    page = as_csm.post(ship_url(order), ships(4)).content.decode()
    for words in (
        "4 × Telephone at $129.90 come to $519.60, net of tax.",
        "issued on Jan 1, 2040 and due on Jan 31, 2040",
        "Of the 10 that were ordered, 6 remain to be shipped.",
        "For the record: UPS 1Z, asked for by Ann",
    ):
        assert words in page
    assert quantities(order) == []

    done = as_csm.post(ship_url(order), ships(4, confirmed="yes"), follow=True).content.decode()
    assert "The shipment is recorded" in done
    shipment = order.shipments.get()
    assert (shipment.organization, shipment.quantity, shipment.charged) == (acme.organization, 4, False)
    assert "UPS 1Z, asked for by Ann" in LogEntry.objects.get(object_id=str(order.pk)).change_message


def test_what_has_left_the_warehouse_is_invoiced_within_minutes(as_csm: Client, acme: Customer) -> None:
    order = make_hardware_order(acme.subscription, invoiced=0, coming=0)
    page = as_csm.post(ship_url(order), ships(10, shipped_on="2026-03-01")).content.decode()
    assert "issued within minutes and due 30 days after its date" in page
    assert "10 that were ordered, 0 remain" in page


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"quantity": 11}, "more than is left to ship"),
        ({"quantity": 0}, "Enter more than 0."),
        ({"shipped_on": ""}, "required"),
        ({"shipped_on": "9999-12-31"}, "between 2000 and 2199"),
        ({"reason": " "}, "required"),
        ({"shipped_before": 3}, "has shipped meanwhile"),
    ],
)
def test_shipments_that_cannot_be_are_refused(
    typed: dict[str, Any], words: str, as_csm: Client, acme: Customer
) -> None:
    order = make_hardware_order(acme.subscription, invoiced=0, coming=0)
    page = as_csm.post(ship_url(order), ships(1, confirmed="yes") | typed).content.decode()
    assert words in page
    assert quantities(order) == []


def test_why_something_was_shipped_stands_in_the_history_of_its_organization(as_csm: Client, acme: Customer) -> None:
    order = make_hardware_order(acme.subscription, invoiced=0, coming=0)
    as_csm.post(ship_url(order), ships(4, confirmed="yes"))
    trail = trail_of(acme.organization.pk)
    assert "UPS 1Z, asked for by Ann" in {entry.why for entry in trail}


def test_a_button_that_is_pressed_twice_ships_once(as_csm: Client, acme: Customer) -> None:
    order = make_hardware_order(acme.subscription, invoiced=0, coming=0)
    for _click in range(2):
        page = as_csm.post(ship_url(order), ships(4, confirmed="yes"), follow=True).content.decode()
    assert "has shipped meanwhile" in page
    assert quantities(order) == [4]


def test_only_what_is_left_of_hardware_ships_and_only_by_the_step(as_csm: Client, acme: Customer) -> None:
    service = make_service_order(acme.subscription)
    assert is_not_possible(as_csm.get(ship_url(service)))
    assert is_not_possible(as_csm.post(ship_url(service), ships(1, confirmed="yes")))
    shipped_out = make_hardware_order(acme.subscription, invoiced=10, coming=0)
    assert is_not_possible(as_csm.get(ship_url(shipped_out)))
    order = make_hardware_order(acme.subscription, invoiced=4, coming=3)
    as_csm.post(url_of(order), hardware(row(order.shipments.get(charged=False), 3), shipped(1), initial=1))
    assert (quantities(service), quantities(order)) == ([], [4, 3])


def test_a_shipment_is_not_raised_above_what_was_ordered(as_csm: Client, acme: Customer) -> None:
    order = make_hardware_order(acme.subscription, invoiced=4, coming=3)
    coming = order.shipments.get(charged=False)
    refused = as_csm.post(url_of(order), hardware(row(coming, 7), initial=1))
    assert "11 are shipped, but only 10 were ordered" in refused.content.decode()
    assert quantities(order) == [4, 3]
    assert as_csm.post(url_of(order), hardware(row(coming, 6), initial=1)).status_code == 302
    assert quantities(order) == [4, 6]


def test_someone_elses_order_does_not_ship(as_csm: Client, umbra: Customer) -> None:
    order = make_hardware_order(umbra.subscription, invoiced=0, coming=0)
    assert as_csm.get(ship_url(order)).status_code == 404
    assert as_csm.post(ship_url(order), ships(1, confirmed="yes")).status_code == 404
    assert quantities(order) == []


def test_a_shipment_that_is_not_invoiced_is_corrected_or_called_off(as_csm: Client, acme: Customer) -> None:
    order = make_hardware_order(acme.subscription, invoiced=0, coming=3)
    coming = order.shipments.get()
    assert as_csm.post(url_of(order), hardware(row(coming, 5), initial=1)).status_code == 302
    assert quantities(order) == [5]
    gone = row(coming, 5, DELETE="on")
    assert as_csm.post(url_of(order), hardware(gone, initial=1)).status_code == 302
    assert quantities(order) == []


def test_an_invoiced_order_stands(as_superuser: Client, acme: Customer) -> None:
    order = make_service_order(acme.subscription, processed_on=date(2026, 2, 1), charged=True)
    shown = as_superuser.get(url_of(order)).content.decode()
    assert "it stands as it is" in shown
    assert 'name="_save"' not in shown
    assert as_superuser.post(url_of(order), {"price": "1", "processed_on": "2040-01-01"}).status_code == 403
    order.refresh_from_db()
    assert (order.price, order.processed_on, order.charged) == (2500, date(2026, 2, 1), True)


def test_a_shipment_that_is_invoiced_while_it_is_typed_stands(as_csm: Client, acme: Customer) -> None:
    order = make_hardware_order(acme.subscription, invoiced=0, coming=3)
    coming = order.shipments.get()
    as_it_was = hardware(row(coming, 5), initial=1)
    Shipment.objects.filter(pk=coming.pk).update(charged=True)
    assert as_csm.post(url_of(order), as_it_was).status_code == 200
    coming.refresh_from_db()
    assert (coming.quantity, coming.shipped_on, coming.charged) == (3, date(2030, 1, 1), True)


def test_an_invoiced_shipment_stands_and_so_do_price_and_product(as_superuser: Client, acme: Customer) -> None:
    order = make_hardware_order(acme.subscription, invoiced=4, coming=0)
    invoiced = order.shipments.get()
    forged = row(invoiced, 1, on="2026-03-01", DELETE="on")
    refused = as_superuser.post(url_of(order), hardware(forged, initial=1))
    assert refused.status_code == 200
    beside = hardware(quantity=12, price="1", product="enablement") | formset("shipments", [forged], 1)
    assert as_superuser.post(url_of(order), beside).status_code == 302
    order.refresh_from_db()
    invoiced.refresh_from_db()
    assert (order.quantity, order.price, order.product_id) == (10, Decimal("129.9"), "telephone")
    assert (invoiced.quantity, invoiced.shipped_on, invoiced.charged) == (4, date(2026, 2, 1), True)


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
