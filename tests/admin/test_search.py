"""One search over organizations, agreements, documents and payments, and over the lists by their names."""

from django.test import Client
from django.urls import reverse

from billingsite.searching import OF_A_KIND
from tests.admin.rows import Customer, make_payment

SEARCH = "/admin/search/"


def found(browser: Client, words: str) -> list[tuple[str, str]]:
    answer = browser.get(SEARCH, {"s": words, "extended": "1"})
    assert answer.status_code == 200
    return [(item.title, item.about) for item in answer.context["found"]]


def test_everything_of_an_organization_is_found_by_its_name(as_lead: Client, acme: Customer, umbra: Customer) -> None:
    assert found(as_lead, "acme") == [
        ("Acme", "Organization · Acme Corporation"),
        ("Acme since Jan 15, 2026", "Subscription · Acme"),
        (acme.invoice.number, "Invoice · Acme"),
        (f"Draft {acme.organization.quotes.get().pk}", "Quote · Acme"),
        (acme.organization.payments.get().reference, "Payment · Acme"),
    ]


def test_an_invoice_is_found_by_its_number(as_lead: Client, acme: Customer, umbra: Customer) -> None:
    assert found(as_lead, acme.invoice.number) == [(acme.invoice.number, "Invoice · Acme")]
    page = as_lead.get(SEARCH, {"s": acme.invoice.number}).content.decode()
    assert reverse("admin:invoices_invoice_change", args=[acme.invoice.pk]) in page


def test_a_csm_finds_only_their_own(as_csm: Client, acme: Customer, umbra: Customer) -> None:
    assert found(as_csm, "umbra") == []
    assert found(as_csm, umbra.invoice.number) == []
    assert "Nothing found for “umbra”" in as_csm.get(SEARCH, {"s": "umbra"}).content.decode()
    assert len(found(as_csm, "acme")) == 5


def test_of_many_the_first_are_shown_and_the_way_to_the_rest(as_lead: Client, acme: Customer) -> None:
    for _ in range(OF_A_KIND):
        make_payment(acme.organization)

    shown = as_lead.get(SEARCH, {"s": "acme"}).context["found"]

    payments = [item for item in shown if item.about.startswith("Payment")]
    assert len(payments) == OF_A_KIND
    assert (shown[-1].title, shown[-1].url) == ("All that match: Payments", "/admin/invoices/payment/?q=acme")


def test_lists_are_found_by_their_names_by_those_who_may_open_them(as_lead: Client, as_csm: Client) -> None:
    assert ("Number series", "List") in found(as_lead, "number ser")
    assert found(as_csm, "number ser") == []
    assert ("Invoices", "List") in found(as_csm, "invoic")


def test_a_single_letter_and_what_is_absurd_find_nothing(as_lead: Client, acme: Customer) -> None:
    assert found(as_lead, "a") == []
    assert found(as_lead, "") == []
    assert found(as_lead, "\x00") == []
    assert "Type two letters or more." in as_lead.get(SEARCH, {"s": "a"}).content.decode()
    assert found(as_lead, "x" * 5000) == []


def test_it_is_for_staff(as_member: Client, acme: Customer) -> None:
    assert as_member.get(SEARCH, {"s": "acme"}).status_code == 403
    answer = Client().get(SEARCH, {"s": "acme"})
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("admin:login"))
