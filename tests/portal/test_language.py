"""A person reads the site in the language they chose, here and wherever they log in, and is written to in it."""

import pytest
from django.conf import settings
from django.test import Client

from subscriptions.models import OutgoingMail, Preferences
from subscriptions.selectors.clock import database_now
from subscriptions.services.people import Permissions, invite
from subscriptions.services.trials import list_admins
from tests.portal import rows

CHOICE = "/language/"


@pytest.fixture
def person(acme):
    person = rows.make_member("ann", acme, billing_subscription=True)
    person.email = "ann@acme.example"
    person.save()
    return person


@pytest.fixture
def browser(person) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def language_of(answer) -> str:
    return answer.content.decode().split('<html lang="')[1].split('"')[0]


def test_the_browser_decides_until_somebody_chooses(acme):
    assert language_of(Client().get("/account/login/")) == "en"
    assert language_of(Client(headers={"accept-language": "ja,en;q=0.5"}).get("/account/login/")) == "ja"
    assert language_of(Client(headers={"accept-language": "sw"}).get("/account/login/")) == "en"


def test_a_visitor_chooses_and_comes_back_to_the_page(db):
    browser = Client()

    answer = browser.post(CHOICE, {"language": "ja", "next": "/trial/?x=1"})

    assert (answer.status_code, answer.url) == (302, "/trial/?x=1")
    assert language_of(browser.get("/account/login/")) == "ja"
    assert not Preferences.objects.exists()


def test_a_person_chooses_once_for_every_browser(browser, person):
    browser.post(CHOICE, {"language": "ja", "next": "/organizations/"})

    assert language_of(browser.get("/organizations/")) == "ja"
    elsewhere = Client()
    elsewhere.post("/account/login/", {"login": "ann", "password": rows.PASSWORD})
    assert language_of(elsewhere.get("/organizations/")) == "ja"

    browser.post(CHOICE, {"language": "en", "next": "/organizations/"})
    assert language_of(browser.get("/organizations/")) == "en"
    assert Preferences.objects.get(user=person).language == "en"


@pytest.mark.parametrize("language", ["", "de", "tlh", "../../etc"])
def test_a_language_that_is_not_there_changes_nothing(browser, language):
    browser.post(CHOICE, {"language": language})

    assert not Preferences.objects.exists()
    assert language_of(browser.get("/organizations/")) == "en"


def test_the_choice_leads_nowhere_else_and_is_never_made_by_a_link(browser):
    assert browser.post(CHOICE, {"language": "ja", "next": "https://evil.example/"}).url == "/"
    assert browser.get(f"{CHOICE}?language=ja").status_code == 405


def test_staff_choose_in_the_admin(acme):
    csm = Client()
    csm.force_login(rows.make_csm("csm", acme))

    page = csm.get("/admin/").content.decode()
    assert page.count(f'action="{CHOICE}"') == len(settings.LANGUAGES)
    csm.post(CHOICE, {"language": "ja", "next": "/admin/"})

    assert language_of(csm.get("/admin/")) == "ja"


def test_a_person_is_written_to_in_the_language_they_chose(acme, browser, person):
    assert [contact.language for contact in list_admins(acme)] == ["en"]
    browser.post(CHOICE, {"language": "ja"})
    other = rows.make_organization("other", "Other")

    for email in ("ann@acme.example", "eve@acme.example"):
        permissions = Permissions(billing_subscription=False, billing_contact=True)
        invite(organization=other, email=email, permissions=permissions, invited_by=person, now=database_now())

    assert [contact.language for contact in list_admins(acme)] == ["ja"]
    to_ann, to_eve = OutgoingMail.objects.order_by("pk")
    assert (to_ann.language, to_eve.language) == ("ja", "en")
    assert "Otherの請求情報への招待" in to_ann.subject
    assert to_eve.subject == "You are invited to the billing of Other"
