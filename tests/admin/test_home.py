"""The staff's home: what needs them today, of their own organizations, each number the rows behind its link."""

import re

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from invoices.admin.workbench.shape import Number
from invoices.models import BillingCycle, DocumentBalance, ExpectedBill
from subscriptions.selectors import attention
from subscriptions.selectors.clock import database_now
from tests.admin.rows import Customer, make_customer, make_product, make_staff
from tests.admin.waiting import make_everything_wait, make_uploads

HOME = reverse("admin:index")


@pytest.fixture
def waiting(acme: Customer, csm: User, lead: User) -> Customer:
    """Everything waits of Acme and its sisters, and the lead has uploaded price lists."""
    make_everything_wait(acme, csm, now=database_now())
    make_uploads(lead, now=database_now())
    return acme


def numbers_on(response: HttpResponse) -> list[Number]:
    assert response.status_code == 200
    sections = [*response.context["waiting"], *response.context["calm"]]
    return [number for section in sections for number in section.numbers]


def text_of(response: HttpResponse) -> str:
    return " ".join(response.content.decode().split())


def main_of(response: HttpResponse) -> str:
    """Return the page without the navigation beside it."""
    return text_of(response).partition('class="workbench')[2]


@pytest.mark.parametrize("who", ["lead", "csm"])
def test_every_number_is_that_of_the_rows_behind_its_link(
    who: str, waiting: Customer, umbra: Customer, request
) -> None:
    client: Client = request.getfixturevalue(f"as_{who}")
    numbers = numbers_on(client.get(HOME))

    counted = {number.url: number.count.count for number in numbers}
    listed = {url: len(client.get(url).context["cl"].result_list) for url in counted}

    assert counted == listed
    assert all(counted.values())
    assert len(numbers) == (32 if who == "lead" else 28)


def test_a_csm_sees_nothing_of_others(as_csm: Client, as_lead: Client, acme: Customer, umbra: Customer) -> None:
    own, all_of_them = as_csm.get(HOME), as_lead.get(HOME)

    assert "Acme" in main_of(own)
    assert "Umbra" not in main_of(own)
    assert "Acme" in main_of(all_of_them)
    assert "Umbra" in main_of(all_of_them)
    held = {str(number.words): number.count.count for number in numbers_on(own)}["Held billing cycles"]
    assert held == 1


def test_a_held_cycle_stands_there_with_its_reason_and_since_when(as_csm: Client, acme: Customer) -> None:
    page = main_of(as_csm.get(HOME))

    assert "Acme, Feb 15 – Mar 14, 2026" in page
    assert "PureCloud 3 has no price on Feb 15, 2026" in page
    assert re.search(r"For \d+.months?.* now", page)
    assert reverse("admin:invoices_billingcycle_change", args=[acme.held.pk]) in page


def test_a_product_without_a_price_is_called_by_its_name(as_csm: Client, acme: Customer) -> None:
    reason = {"code": "unpriced_product", "subject": "purecloud-3", "words": {"day": "2026-02-15"}}
    BillingCycle.objects.filter(pk=acme.held.pk).update(held_reasons=[reason])
    make_product("purecloud-3", "PureCloud 3")

    decide = as_csm.get(reverse("admin:invoices_billingcycle_decide", args=[acme.held.pk])).content.decode()

    for page in (main_of(as_csm.get(HOME)), decide):
        assert "PureCloud 3 has no price for the service from Feb 15, 2026" in page


def test_open_amounts_are_told_by_age_and_currency_and_never_added_across(as_csm: Client, waiting: Customer) -> None:
    page = main_of(as_csm.get(HOME))

    for words in ("1–30 days past due, in USD", "$5.00 open", "31–60 days, in USD", "$45.00 open", "Over 90 days"):
        assert words in page
    DocumentBalance.objects.update(open=0)
    assert "past due, in USD" not in main_of(as_csm.get(HOME))


def test_what_is_expected_to_come_is_told_only_as_far_as_it_is_known(as_csm: Client, waiting: Customer) -> None:
    unknown = main_of(as_csm.get(HOME))
    assert "For 1 of them nothing has been worked out within a day" in unknown

    ExpectedBill.objects.create(
        subscription=waiting.subscription,
        organization=waiting.organization,
        index=2,
        as_of=database_now(),
        currency="USD",
        total=1234,
    )
    known = main_of(as_csm.get(HOME))
    assert "$1,234.00 expected, from 1 agreement" in known
    assert "nothing has been worked out" not in known


def test_terms_that_end_are_told_with_their_renewal(as_csm: Client, waiting: Customer) -> None:
    page = main_of(as_csm.get(HOME))

    assert "Acme-Silent, is renewed on" in page
    assert "for 12 months" in page


def test_whoever_has_nothing_to_do_is_told_so(db: None) -> None:
    client = Client()
    client.force_login(make_staff("calm"))

    page = main_of(client.get(HOME))

    assert "Nothing needs you today" in page
    assert "<section" not in page


def test_what_does_not_wait_takes_a_word_and_not_a_section(as_csm: Client, acme: Customer) -> None:
    response = as_csm.get(HOME)

    assert "Nothing waits here" in main_of(response)
    assert {section.key for section in response.context["calm"]} >= {"mail", "pdfs", "trials"}
    assert 'id="mail"' not in main_of(response)


def test_counting_stops_at_a_bound_and_says_so(
    as_lead: Client, acme: Customer, umbra: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attention, "COUNTED_AT_MOST", 1)

    page = as_lead.get(HOME)

    held = {str(number.words): number.count for number in numbers_on(page)}["Held billing cycles"]
    assert (held.count, held.or_more) == (1, True)
    assert "<strong>1+</strong>" in main_of(page)


def test_the_home_costs_as_many_queries_for_many_customers_as_for_one(as_lead: Client, lead: User) -> None:
    counts = []
    for codes in (["one"], ["two", "three"]):
        for code in codes:
            customer = make_customer(code)
            make_everything_wait(customer, lead, now=database_now())
        as_lead.get(HOME)
        with CaptureQueriesContext(connection) as queries:
            as_lead.get(HOME)
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert counts[0] <= 50


def test_the_home_has_one_heading_of_its_own_and_names_each_section(as_csm: Client, waiting: Customer) -> None:
    response = as_csm.get(HOME)
    page = main_of(response)

    assert page.count("<h1") == 1
    for section in response.context["waiting"]:
        assert f'aria-labelledby="{section.key}"' in page
        assert f'<h2 id="{section.key}">' in page


def test_the_navigation_leads_home_to_the_run_review_and_to_the_mail_once(as_csm: Client) -> None:
    navigation = text_of(as_csm.get(HOME)).partition('class="workbench')[0]

    assert navigation.count(f'href="{reverse("admin:subscriptions_outgoingmail_changelist")}"') == 1
    assert f'href="{reverse("admin:invoices_run_review")}"' in navigation
