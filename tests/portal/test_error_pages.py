"""A page for each thing that can go wrong says what happened, what to do, and leads on."""

import pytest
from django.test import Client


def said(response) -> str:
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize("page", ["invoices/INV-9/", "periods/2020-01-01/", "licenses/no-such/people/", "nowhere/"])
def test_what_an_organization_does_not_have_leads_to_what_it_has(page, agreement, client_of):
    answer = client_of("subscription admin").get(f"/o/acme/{page}")

    assert answer.status_code == 404
    assert "Acme Telecom has no page at this address." in said(answer)
    assert 'href="/o/acme/"' in said(answer)
    assert 'href="/o/acme/invoices/"' in said(answer)


def test_an_organization_that_is_not_ones_own_is_not_named(agreement, client_of):
    answer = client_of("stranger").get("/o/acme/invoices/INV-9/")

    assert answer.status_code == 404
    assert "Acme" not in said(answer)


def test_a_missing_permission_says_who_gives_it(agreement, client_of):
    answer = client_of("member").get("/o/acme/licenses/")

    assert answer.status_code == 403
    assert "Its subscription admin can give you" in said(answer)


def test_a_page_for_others_does_not_speak_of_an_organization(client_of):
    answer = client_of("assigned csm").get("/admin/invoices/numberseries/")

    assert answer.status_code == 403
    assert "This page is for people with another role." in said(answer)
    assert "You belong to this organization" not in said(answer)


def test_the_icon_is_found_where_programs_look_for_it(client):
    answer = client.get("/favicon.ico")

    assert answer.status_code == 301
    assert answer["Location"] == "/static/seatbill.svg"


@pytest.mark.parametrize("page", ["/nowhere/", "/o/acme/nowhere/"])
def test_nobody_in_particular_is_told_no_more(page, agreement):
    answer = Client().get(page)

    assert answer.status_code == 404
    assert "There is nothing here" in said(answer)
    assert "Acme" not in said(answer)
