"""What is not one's own cannot be told from what is not there, and is in no menu (BR-91, BR-93)."""

import re

import pytest

from tests.portal import rows

TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"')
"""Masked anew for each answer."""


@pytest.mark.parametrize(
    "page", ["", "licenses/", "licenses/purecloud-2/people/", "upcoming/", "invoices/", "invoices/INV-000001/"]
)
def test_a_foreign_organization_and_one_that_does_not_exist_answer_alike(page, agreement, client_of):
    rows.make_invoice(agreement)
    stranger = client_of("stranger")

    foreign, missing = stranger.get(f"/o/acme/{page}"), stranger.get(f"/o/nobody/{page}")

    assert foreign.status_code == missing.status_code == 404
    # The choice of a language leads back to the address that was asked for.
    there = TOKEN.sub(b"", foreign.content).replace(b"/o/acme/", b"/o/nobody/")
    assert there == TOKEN.sub(b"", missing.content)
    assert b"Acme" not in foreign.content


def test_a_number_of_another_organization_is_not_found(agreement, client_of):
    other = rows.make_subscription(rows.make_organization("beta", "Beta"))
    rows.make_invoice(other, 7)
    admin = client_of("subscription admin")

    assert admin.get("/o/acme/invoices/INV-000007/").status_code == 404
    assert admin.get("/o/acme/invoices/INV-000007/pdf").status_code == 404


@pytest.mark.parametrize("role", ["member", "stranger"])
def test_what_a_person_may_not_see_is_in_no_menu_of_theirs(role, agreement, client_of):
    body = client_of(role).get("/organizations/").content.decode()

    assert "/o/acme/" not in body


def test_a_billing_contact_is_shown_no_way_to_the_licenses(agreement, client_of):
    body = client_of("billing contact").get("/o/acme/invoices/").content.decode()

    assert "/o/acme/invoices/" in body
    assert "/o/acme/licenses/" not in body
    assert "/o/acme/upcoming/" not in body
