"""A CSM gives back a line of an issued invoice: asked, shown, confirmed, once."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from invoices.domain.crediting import CreditedPart
from invoices.models import Credit, Invoice
from invoices.services.crediting import CreditRequest, issue_credit
from invoices.services.sweeping import close_due_cycles
from tests.admin.rows import make_staff
from tests.factories.subscriptions import a_subscription, an_organization
from tests.factories.usage import a_working_day, report
from tests.reading import is_not_possible

A_SEAT = {"place": "1", "scope": "lines", "quantity_0": "1", "reason": "Never worked.", "note": "With our apologies."}
YES = {"confirmed": ""}


@pytest.fixture
def invoice(csm: User) -> Invoice:
    """An invoice of the CSM's own: three people at 75.00."""
    subscription = a_subscription(an_organization("harbor"))
    subscription.organization.csms.add(csm)
    for user in ("ann", "bob", "cid"):
        report(subscription.organization, *a_working_day(user, "2026-01-20"))
    close_due_cycles(now=datetime(2026, 2, 15, 11, tzinfo=UTC), organization_id=subscription.organization_id)
    return Invoice.objects.get(subscription=subscription)


def url_of(invoice: Invoice) -> str:
    return reverse("admin:invoices_invoice_issue_credit_note", args=[invoice.pk])


def page_of(invoice: Invoice) -> str:
    return reverse("admin:invoices_invoice_change", args=[invoice.pk])


def shown(response: HttpResponse) -> str:
    assert response.status_code == 200, response.status_code
    return " ".join(response.content.decode().split())


def credit(invoice: Invoice, csm: User, **request: Any) -> Invoice:
    asked = CreditRequest(**{"place": 1, "parts": None, "reason": "Never worked."} | request)
    return issue_credit(invoice_id=invoice.pk, request=asked, issued_by=csm, now=datetime(2026, 3, 1, tzinfo=UTC))


def test_the_page_asks_by_line_what_to_give_back_and_writes_nothing(as_csm: Client, invoice: Invoice) -> None:
    page = shown(as_csm.get(url_of(invoice)))

    assert "PureCloud 1" in page
    assert "Quantity, of 3" in page
    assert "Amount, of $225.00" in page
    assert not Credit.objects.exists()


def test_the_document_is_shown_before_it_is_issued(as_csm: Client, invoice: Invoice) -> None:
    page = shown(as_csm.post(url_of(invoice), A_SEAT))

    for words in ("Give back $75.00 of INV-", "$225.00 is left now and $150.00 afterwards", "With our apologies."):
        assert words in page
    assert 'name="quantity_0" value="1"' in page
    assert not Credit.objects.exists()


def test_what_was_shown_can_be_changed_before_it_is_issued(as_csm: Client, invoice: Invoice) -> None:
    page = shown(as_csm.post(url_of(invoice), A_SEAT | {"change": ""}))

    assert "Quantity, of 3" in page
    assert "Never worked." in page
    assert not Credit.objects.exists()


def test_once_confirmed_it_is_issued_with_who_and_why(as_csm: Client, csm: User, invoice: Invoice) -> None:
    page = shown(as_csm.post(url_of(invoice), A_SEAT | YES, follow=True))

    issued = Credit.objects.get()
    assert (issued.original, issued.issued_by, issued.reason) == (invoice, csm, "Never worked.")
    assert issued.invoice.total == Decimal("75.00")
    assert f"{issued.invoice.number} is issued: it gives back $75.00 of {invoice.number}" in page
    for words in ("Never worked.", page_of(invoice), csm.username):
        assert words in page
    original = shown(as_csm.get(page_of(invoice)))
    assert "$75.00 of $225.00, $150.00 is left;" in original
    assert page_of(issued.invoice) in original
    why = shown(as_csm.get(reverse("admin:invoices_invoice_line", args=[issued.invoice.pk, 1])))
    assert "Issued by acme-csm: Never worked." in why
    assert f"line 1 of invoice {invoice.number}" in why


@pytest.mark.parametrize(("label", "asked"), [("a part", A_SEAT), ("the whole", A_SEAT | {"scope": "whole"})])
def test_a_second_click_issues_nothing_more(
    label: str, asked: dict[str, str], as_csm: Client, invoice: Invoice
) -> None:
    first = as_csm.post(url_of(invoice), asked | YES)
    second = as_csm.post(url_of(invoice), asked | YES)

    issued = Credit.objects.get().invoice
    assert first.url == second.url == page_of(issued)
    assert f"{issued.number} was issued already; nothing more was given back." in shown(as_csm.get(second.url))


def test_whoever_comes_second_is_told_and_asked_again(as_csm: Client, invoice: Invoice) -> None:
    colleague = make_staff("colleague", invoice.organization)
    credit(invoice, colleague, parts=[CreditedPart(position=0, quantity=Decimal(2))])

    page = shown(as_csm.post(url_of(invoice), A_SEAT | YES, follow=True))

    assert "has been credited meanwhile" in page
    assert Credit.objects.count() == 1


def test_the_whole_is_given_back_without_a_figure(as_csm: Client, invoice: Invoice) -> None:
    as_csm.post(url_of(invoice), {"place": "1", "scope": "whole", "reason": "All of it"} | YES)

    assert Credit.objects.get().invoice.total == invoice.total


@pytest.mark.parametrize(
    ("label", "changed", "complaint"),
    [
        ("no reason", {"reason": " "}, "This field is required"),
        ("nothing", {"quantity_0": ""}, "Say of at least one line how much"),
        ("a figure and the other", {"amount_0": "5"}, "Give a quantity or an amount, not both."),
        ("too much", {"quantity_0": "4"}, "more than is left of the line"),
        ("too much money", {"quantity_0": "", "amount_0": "225.01"}, "more than is left of the line"),
        ("a part of a cent", {"quantity_0": "", "amount_0": "0.001"}, "no such small amounts"),
        ("less than nothing", {"quantity_0": "-1"}, "greater than or equal to 0"),
        ("zero", {"quantity_0": "0"}, "more than 0"),
        ("no number", {"quantity_0": "NaN"}, "Enter a number"),
        ("words", {"quantity_0": "one"}, "Enter a number"),
        ("a note that fits no page", {"note": "x" * 501}, "at most 500 characters"),
        ("no place", {"place": ""}, "This field is required"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_given_back_is_asked_again_with_the_reason(
    label: str, changed: dict[str, str], complaint: str, as_csm: Client, invoice: Invoice
) -> None:
    page = shown(as_csm.post(url_of(invoice), A_SEAT | changed | YES))

    assert complaint in page
    assert 'role="alert"' in page
    assert not Credit.objects.exists()


def test_nothing_is_offered_for_what_cannot_be_credited(as_csm: Client, csm: User, invoice: Invoice) -> None:
    assert url_of(invoice) in shown(as_csm.get(page_of(invoice)))
    credit_note = credit(invoice, csm)

    for document in (invoice, credit_note):
        assert url_of(document) not in shown(as_csm.get(page_of(document)))
        assert is_not_possible(as_csm.post(url_of(document), A_SEAT | {"place": "2"} | YES))
    assert Credit.objects.count() == 1


def test_the_form_costs_the_same_queries_however_many_lines_there_are(as_csm: Client, csm: User) -> None:
    counts = []
    for number, products in enumerate((["purecloud-1"], ["purecloud-1", "purecloud-2", "communicate"])):
        subscription = a_subscription(an_organization(f"harbor-{number}"), prices=dict.fromkeys(products, "75.00"))
        subscription.organization.csms.add(csm)
        for product in products:
            report(subscription.organization, *a_working_day(product, "2026-01-20", product))
        close_due_cycles(now=datetime(2026, 2, 15, 11, tzinfo=UTC), organization_id=subscription.organization_id)
        document = Invoice.objects.get(subscription=subscription)
        assert document.lines.count() == len(products)
        as_csm.get(url_of(document))
        with CaptureQueriesContext(connection) as queries:
            shown(as_csm.get(url_of(document)))
        counts.append(len(queries))
    assert counts[0] == counts[1]
