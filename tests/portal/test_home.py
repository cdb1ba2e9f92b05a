"""Logging in and out, landing, choosing an organization, changing a password."""

import pytest
from django.test import Client

from subscriptions.models import Membership
from tests.portal import rows


@pytest.mark.parametrize(
    ("role", "lands_on"),
    [
        ("anonymous", "/account/login/?next=/"),
        ("assigned csm", "/admin/"),
        ("lead", "/admin/"),
        ("subscription admin", "/o/acme/"),
        ("billing contact", "/o/acme/"),
        ("member", "/organizations/"),
    ],
)
def test_each_person_lands_on_their_main_thing(role, lands_on, client_of):
    assert client_of(role).get("/")["Location"] == lands_on


@pytest.mark.parametrize(
    ("role", "page"),
    [
        ("subscription admin", "/o/acme/licenses/"),
        ("billing contact", "/o/acme/invoices/"),
        ("assigned csm", "/o/acme/licenses/"),
    ],
)
def test_an_organization_opens_on_what_a_person_may_see_of_it(role, page, client_of):
    assert client_of(role).get("/o/acme/")["Location"] == page


def test_who_has_several_organizations_is_given_the_choice(acme):
    person = rows.make_member("ann", acme, billing_contact=True)
    beta = rows.make_organization("beta", "Beta")
    Membership.objects.create(organization=beta, user=person, billing_subscription=True)
    browser = Client()
    browser.force_login(person)

    response = browser.get("/", follow=True)

    assert response.redirect_chain == [("/organizations/", 302)]
    assert [found.code for found in response.context["page"].rows] == ["acme", "beta"]


def test_who_has_no_permission_yet_is_told_whom_to_ask(client_of):
    body = client_of("member").get("/organizations/").content.decode()

    assert "Acme Telecom" in body
    assert "Ask its subscription admin" in body


def test_organizations_are_found_by_name_or_code(acme):
    rows.make_organization("zeta-7", "Zeta Air")
    browser = Client()
    browser.force_login(rows.make_lead("lead"))

    def found(wanted: str) -> list[str]:
        return [row.code for row in browser.get("/organizations/", {"q": wanted}).context["page"].rows]

    assert found("zeta a") == ["zeta-7"]
    assert found("ZETA-7") == ["zeta-7"]
    assert found("\x00") == ["acme", "zeta-7"]
    assert "Nothing found" in browser.get("/organizations/", {"q": "<b>no</b>"}).content.decode()


def test_all_organizations_are_reached_page_by_page(db):
    names = [f"Org {index // 2:03}" for index in range(120)]
    for index, name in enumerate(names):
        rows.make_organization(f"org-{index}", name)
    browser = Client()
    browser.force_login(rows.make_lead("lead"))

    seen, url = [], "/organizations/"
    while url:
        page = browser.get(url).context["page"]
        seen += [row.code for row in page.rows]
        url = page.next_query and f"/organizations/?{page.next_query}"

    assert seen == [f"org-{index}" for index in range(120)]
