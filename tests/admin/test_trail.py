"""The way to a page, its title, and what an empty list says: all in the words of the side bar."""

import re
from html import unescape

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from invoices.models import BillingCycle
from subscriptions.models import Account, Erasure, Order, Organization, WebhookEndpoint
from tests.admin.rows import Customer

# A person is there, else nobody would see the list.
NEVER_EMPTY = {User}


def trail(browser: Client, url: str) -> list[str]:
    """Return the steps to a page, as they are read."""
    head = re.search(r'<h1 class="trail.*?</h1>', browser.get(url).content.decode(), re.DOTALL)
    assert head, url
    return [unescape(words).strip() for words in re.findall(r"<(?:a href[^>]*|span)>([^<]+)</", head[0])]


def page_title(browser: Client, url: str) -> str:
    found = re.search(r"<title>(.*?)</title>", browser.get(url).content.decode(), re.DOTALL)
    assert found
    return unescape(found[1]).strip()


def page_of(row: Model, page: str = "change") -> str:
    name = row._meta.label_lower.replace(".", "_")
    return reverse(f"admin:{name}_{page}", args=[row.pk])


def test_every_list_is_called_as_its_link_in_the_side_bar(as_superuser: Client) -> None:
    home = as_superuser.get(reverse("admin:index"))
    lists = {reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist") for model in admin.site._registry}
    seen = 0
    for section in home.context["sidebar_navigation"]:
        for link in section["items"]:
            if str(link["link"]) in lists:
                words = str(link["title"])
                assert trail(as_superuser, str(link["link"])) == [str(section["title"]), words]
                assert page_title(as_superuser, str(link["link"])) == f"{words} | Seatbill"
                seen += 1
    assert seen == len(lists) - len({"rates", "versions of decks", "saved filters"})


def test_a_row_is_found_under_its_list(as_lead: Client, acme: Customer) -> None:
    organization = acme.organization

    assert trail(as_lead, page_of(organization)) == ["Customers", "Organizations", "Acme"]
    assert trail(as_lead, page_of(organization.account)) == ["Customers", "Accounts", "Acme Group"]
    assert trail(as_lead, page_of(organization.account, "history"))[-1] == "History"


def test_a_list_without_a_link_of_its_own_follows_the_one_it_is_found_under(as_lead: Client, acme: Customer) -> None:
    rates = reverse("admin:subscriptions_voicerate_changelist")
    assert trail(as_lead, rates) == ["Catalog", "Voice rate decks", "Voice rates"]
    assert trail(as_lead, reverse("admin:subscriptions_savedfilter_changelist")) == ["Saved filters"]


def test_a_form_says_what_is_added(as_lead: Client) -> None:
    assert trail(as_lead, reverse("admin:subscriptions_account_add")) == ["Customers", "Accounts", "Add account"]


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("admin:invoices_moving_in", ["Customers", "Moving in"]),
        ("admin:invoices_moving_in_begin", ["Customers", "Moving in"]),
        ("admin:invoices_old_invoices", ["Customers", "Moving in", "Import invoices of the old system"]),
        ("admin:invoices_run_review", ["Today", "Run review"]),
        ("admin:invoices_ageing", ["Billing", "Ageing"]),
    ],
)
def test_a_page_beside_the_list_is_not_called_as_the_list(name: str, steps: list[str], as_lead: Client) -> None:
    assert trail(as_lead, reverse(name)) == steps


def test_reports_and_the_machinery_have_their_own_names(as_superuser: Client) -> None:
    assert trail(as_superuser, reverse("reports")) == ["Billing", "Reports"]
    assert trail(as_superuser, reverse("report_billed"))[:2] == ["Billing", "Reports"]
    assert trail(as_superuser, reverse("machinery")) == ["Today", "Machinery"]


def test_rows_are_called_as_people_call_them(as_lead: Client, acme: Customer) -> None:
    order = Order.objects.get(organization=acme.organization, product="telephone")
    cycle = BillingCycle.objects.filter(organization=acme.organization).earliest("period_start")

    assert trail(as_lead, page_of(order))[-1] == "10 × Telephone"
    assert trail(as_lead, page_of(cycle))[-1] == "Acme, Jan 15 – Feb 14, 2026"


def test_what_was_erased_is_named_in_words(as_lead: Client, acme: Customer) -> None:
    assert "Usage events: 3" in as_lead.get(page_of(Erasure.objects.get())).content.decode()


def test_what_an_endpoint_is_told_is_a_sentence(as_lead: Client, acme: Customer) -> None:
    endpoint = WebhookEndpoint.objects.filter(organization=acme.organization).earliest("pk")
    for url in (page_of(endpoint), reverse("admin:subscriptions_webhookendpoint_changelist")):
        assert "An invoice or credit note was issued, An invoice was paid in full" in as_lead.get(url).content.decode()


def test_a_held_cycle_names_the_product_it_waits_for(as_lead: Client, acme: Customer) -> None:
    reason = {"code": "unpriced_product", "subject": "purecloud-1", "words": {"day": "2026-02-15"}}
    BillingCycle.objects.filter(pk=acme.held.pk).update(held_reasons=[reason])

    page = as_lead.get(reverse("admin:invoices_billingcycle_changelist")).content.decode()

    assert "PureCloud 1 has no price for the service" in page
    assert "purecloud-1" not in page


@pytest.mark.parametrize("model", [*admin.site._registry], ids=lambda model: model.__name__)
def test_an_empty_list_says_what_to_do_first(model: type[Model], as_superuser: Client) -> None:
    listed = admin.site.get_model_admin(model)
    if model in NEVER_EMPTY or model._default_manager.exists():
        return
    page = as_superuser.get(reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist"))

    assert listed.when_empty
    assert str(listed.when_empty) in unescape(page.content.decode())


def test_a_filter_that_finds_nothing_is_not_an_empty_list(as_lead: Client, acme: Customer) -> None:
    page = as_lead.get(reverse("admin:subscriptions_account_changelist"), {"q": "zebra"}).content.decode()
    assert str(admin.site.get_model_admin(Account).when_empty) not in page


def test_a_list_offers_to_add_a_row_in_words_and_no_other_page_does(as_lead: Client, acme: Customer) -> None:
    url = reverse("admin:subscriptions_organization_add")
    listed = as_lead.get(reverse("admin:subscriptions_organization_changelist")).content.decode()
    assert f'href="{url}"' in listed
    assert '<span class="addlink-words">Add organization</span>' in listed
    for page in (url, page_of(Organization.objects.get(code="acme"))):
        assert "addlink" not in as_lead.get(page).content.decode()
