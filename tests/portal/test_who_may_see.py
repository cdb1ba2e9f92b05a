"""Each page for each kind of person: allowed, forbidden at one's own, not there at another's (BR-91, BR-93)."""

import re

import pytest

from tests.portal import rows
from tests.portal.conftest import PEOPLE

USAGE = {"subscription admin", "assigned csm", "lead", "superuser"}
INVOICES = USAGE | {"billing contact"}

TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"')
"""Masked anew for each answer."""

PAGES = [
    ("/o/acme/licenses/", USAGE),
    ("/o/acme/licenses/people/", USAGE),
    ("/o/acme/licenses/purecloud-2/people/", USAGE),
    ("/o/acme/upcoming/", USAGE),
    ("/o/acme/upcoming/lines/1/", USAGE),
    ("/o/acme/upcoming/lines/1/evidence.csv", USAGE),
    ("/o/acme/invoices/", INVOICES),
    ("/o/acme/invoices/INV-000001/", INVOICES),
    ("/o/acme/invoices/INV-000001/pdf", INVOICES),
]


@pytest.mark.parametrize("role", PEOPLE)
@pytest.mark.parametrize(("url", "allowed"), PAGES)
def test_who_may_see_a_page(url, allowed, role, agreement, client_of):
    rows.make_invoice(agreement)

    response = client_of(role).get(url)

    if role == "anonymous":
        assert response.status_code == 302
        assert response["Location"] == f"/account/login/?next={url}"
    elif role in allowed:
        assert response.status_code == 200
    else:
        assert response.status_code == (403 if role in {"member", "billing contact"} else 404)


@pytest.mark.parametrize(
    "page", ["", "licenses/", "licenses/purecloud-2/people/", "upcoming/", "invoices/", "invoices/INV-000001/"]
)
def test_a_foreign_organization_and_one_that_does_not_exist_answer_alike(page, agreement, client_of):
    rows.make_invoice(agreement)
    stranger = client_of("stranger")

    foreign, missing = stranger.get(f"/o/acme/{page}"), stranger.get(f"/o/nobody/{page}")

    assert foreign.status_code == missing.status_code == 404
    assert TOKEN.sub(b"", foreign.content) == TOKEN.sub(b"", missing.content)
    assert b"Acme" not in foreign.content


def test_a_number_of_another_organization_is_not_found(agreement, client_of):
    other = rows.make_subscription(rows.make_organization("beta", "Beta"))
    rows.make_invoice(other, 7)
    admin = client_of("subscription admin")

    assert admin.get("/o/acme/invoices/INV-000007/").status_code == 404
    assert admin.get("/o/acme/invoices/INV-000007/pdf").status_code == 404


@pytest.mark.parametrize("page", ["licenses/", "upcoming/", "invoices/", "invoices/INV-000001/pdf"])
def test_pages_only_show(page, agreement, client_of):
    rows.make_invoice(agreement)

    assert client_of("subscription admin").post(f"/o/acme/{page}").status_code == 405


@pytest.mark.parametrize("role", ["member", "stranger"])
def test_what_a_person_may_not_see_is_in_no_menu_of_theirs(role, agreement, client_of):
    body = client_of(role).get("/organizations/").content.decode()

    assert "/o/acme/" not in body


def test_a_billing_contact_is_shown_no_way_to_the_licenses(agreement, client_of):
    body = client_of("billing contact").get("/o/acme/invoices/").content.decode()

    assert "/o/acme/invoices/" in body
    assert "/o/acme/licenses/" not in body
    assert "/o/acme/upcoming/" not in body
