"""The e-invoice of a document, and the code that a banking app reads of it, where the customer looks."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.urls import reverse
from moneyed import Money

from tests.factories.e_invoices import FILE, make_german_invoice
from tests.factories.payments import pay_by_wire
from tests.portal import rows

PAGE, XML = "/o/acme/invoices/RE-7/", "/o/acme/invoices/RE-7/factur-x.xml"
NOW = datetime(2026, 2, 20, 12, tzinfo=UTC)


@pytest.fixture
def contact(client_of):
    return client_of("billing contact")


def test_the_file_is_downloaded_under_the_documents_number(contact, agreement):
    make_german_invoice(agreement)
    assert f'href="{XML}"' in contact.get(PAGE).content.decode()
    answer = contact.get(XML)
    assert (answer.status_code, answer.content) == (200, FILE)
    assert answer["Content-Type"] == "application/xml; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="RE-7-factur-x.xml"'
    assert "no-store" in answer["Cache-Control"]


def test_a_document_without_one_offers_none_and_says_so(contact, agreement):
    rows.make_invoice(agreement, 1)
    assert "factur-x" not in contact.get("/o/acme/invoices/INV-000001/").content.decode()
    answer = contact.get("/o/acme/invoices/INV-000001/factur-x.xml", follow=True)
    assert answer.redirect_chain == [("/o/acme/invoices/INV-000001/", 302)]
    assert "This document has no e-invoice file" in answer.content.decode()


@pytest.mark.parametrize(("who", "status"), [("stranger", 404), ("member", 403), ("other csm", 404), ("lead", 200)])
def test_it_is_for_those_who_see_the_document(who, status, client_of, agreement):
    make_german_invoice(agreement)
    assert client_of(who).get(XML).status_code == status


def test_two_issuers_with_one_number_are_told_apart(contact, agreement):
    own = make_german_invoice(agreement).issuing_entity.code
    agreement.issuing_entity.pk, agreement.issuing_entity.code = None, "other"
    agreement.issuing_entity.save()
    rows.make_invoice(agreement, 1, number="RE-7", rendered=False)
    assert contact.get(f"{XML}?issuer=other").status_code == 302
    assert contact.get(f"{XML}?issuer={own}").content == FILE
    assert f'href="{XML}?issuer={own}"' in contact.get(f"{PAGE}?issuer={own}").content.decode()


def test_the_code_is_drawn_in_the_page_and_says_what_it_holds(contact, agreement):
    make_german_invoice(agreement)
    page = contact.get(PAGE).content.decode()
    words = "Transfer €2,165.80 to Nordwind Cloud GmbH, account DE89370400440532013000, with the reference RE-7"
    assert f'<div role="img" aria-label="{words}"><svg' in page
    assert "it fills in €2,165.80, the account and the reference" in page
    assert not re.search(r'<(?:img|image)[^>]+(?:src|href)="(?:https?:)?//', page)


def test_nobody_is_asked_twice_for_what_was_paid(contact, agreement):
    invoice = make_german_invoice(agreement)
    pay_by_wire(invoice.organization, Money(Decimal(100), "EUR"), reference="W-1", on=date(2026, 2, 20), at=NOW)
    assert "<svg" not in contact.get(PAGE).content.decode().split("<main", 1)[1]


@pytest.mark.parametrize(
    "invoice", [{"document_type": "credit_note"}, {"currency": "GBP"}, {"frozen": "without an IBAN"}]
)
def test_there_is_no_code_where_no_app_could_read_it(invoice, contact, agreement):
    if "frozen" in invoice:
        rows.make_invoice(agreement, 1, number="RE-7", currency="EUR")
    else:
        make_german_invoice(agreement, **invoice)
    assert "banking app" not in contact.get(PAGE).content.decode()


def test_the_addresses_of_page_and_file_belong_together():
    assert reverse("e_invoice_file", args=["acme", "RE-7"]) == XML
