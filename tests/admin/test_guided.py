"""What all guided pages share: they say what they are about, and where an answer is wrong, to whoever cannot see it."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from subscriptions.models import Subscription
from tests.admin.rows import Customer, make_hardware_order
from tests.factories.webhooks import a_webhook

DESCRIBED = re.compile(r'aria-describedby="([^"]+)"')


def described_by(page: str) -> set[str]:
    return {key for keys in DESCRIBED.findall(page) for key in keys.split()}


def ids(page: str) -> set[str]:
    return set(re.findall(r'id="([^"]+)"', page))


@pytest.mark.parametrize(
    ("name", "query", "wrong"),
    [
        ("admin:subscriptions_subscription_cancel", "", {}),
        ("admin:subscriptions_subscription_change_terms", "", {}),
        ("admin:invoices_what_if", "?periods=none", None),
        ("admin:subscriptions_organization_change_contact", "", {}),
    ],
)
def test_a_wrong_answer_is_tied_to_its_field(
    as_csm: Client, acme: Customer, name: str, query: str, wrong: dict[str, str] | None
) -> None:
    key = acme.organization.pk if "organization" in name else acme.subscription.pk
    url = reverse(name, args=[key]) + query

    page = (as_csm.get(url) if wrong is None else as_csm.post(url, {"sent": "yes"} | wrong)).content.decode()

    assert any(key.endswith("_error") for key in described_by(page))
    assert described_by(page) <= ids(page)


def test_a_guided_page_says_what_it_is_about(as_csm: Client, acme: Customer) -> None:
    order = make_hardware_order(acme.subscription, invoiced=0, coming=0)
    pages = {
        reverse("admin:subscriptions_subscription_cancel", args=[acme.subscription.pk]): str(acme.subscription),
        reverse("admin:subscriptions_order_ship", args=[order.pk]): "Acme: 10",
        reverse("admin:usage_rejectedevent_send_this_again", args=[acme.rejected.pk]): f"Acme: {acme.rejected}",
    }

    for url, subject in pages.items():
        assert f">{subject}" in as_csm.get(url).content.decode(), url


def test_the_secret_that_is_replaced_is_named(as_lead: Client, acme: Customer) -> None:
    endpoint = a_webhook(acme.organization, name="Ledger")

    page = as_lead.get(reverse("admin:subscriptions_webhookendpoint_rotate", args=[endpoint.pk])).content.decode()

    assert ">Acme: Ledger" in page


def test_only_a_question_is_answered_with_no(as_csm: Client, acme: Customer) -> None:
    url = reverse("admin:subscriptions_subscription_cancel", args=[acme.subscription.pk])
    asked = as_csm.get(url).content.decode()
    day = Subscription.objects.get(pk=acme.subscription.pk).effective_date.replace(year=2040)
    told = as_csm.post(url, {"last_service_date": day.isoformat(), "reason": "They close."}).content.decode()

    assert "No, take me back" not in asked
    assert "No, take me back" in told


def test_the_organization_stands_above_what_a_payment_pays(as_csm: Client, csm: User, acme: Customer) -> None:
    payment = acme.organization.payments.earliest("pk")

    page = as_csm.get(reverse("admin:invoices_payment_allocate", args=[payment.pk])).content.decode()

    assert ">Acme</p>" in page
