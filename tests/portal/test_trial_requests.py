"""The public pages: a visitor asks for a trial, opens the link in the mail, and is in (BR-19)."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client

from subscriptions.models import Organization, Trial, TrialRequest
from subscriptions.selectors.clock import database_now
from subscriptions.services.mailing import send_pending_mail
from tests.portal import rows
from tests.portal.test_safety import HOSTILE, INLINE

pytestmark = pytest.mark.django_db

ASKED = {
    "company": "Lantern Foods",
    "contact_name": "Ann van Dijk",
    "email": "ann@lantern.test",
    "country": "US",
    "region": "us-east-1",
    "language": "en",
}
PASSWORDS = {"new_password1": rows.PASSWORD, "new_password2": rows.PASSWORD}


def ask(**changes: str):
    return Client().post("/trial/", ASKED | changes)


def link() -> str:
    send_pending_mail(now=database_now() + timedelta(minutes=1), limit=10)
    return re.search(r"http://127\.0\.0\.1:8000(/trial/\S+)", mail.outbox[-1].body)[1]


def test_a_visitor_is_in_within_four_steps():
    browser = Client()
    assert "Ask for a trial" in browser.get("/trial/").content.decode()
    asked = browser.post("/trial/", ASKED, follow=True)
    assert asked.redirect_chain == [("/trial/asked/", 302)]
    confirm = link()
    shown = browser.get(confirm).content.decode()
    assert "Lantern Foods" in shown
    assert "United States" in shown
    assert not Trial.objects.exists()

    started = browser.post(confirm, PASSWORDS, follow=True)

    trial = Trial.objects.get()
    assert started.redirect_chain[-1][0] == f"/o/{trial.code}/licenses/"
    body = started.content.decode()
    assert "Your trial has started. Welcome!" in body
    assert "What a trial is" in body
    typed = {"login": "ann@lantern.test", "password": rows.PASSWORD}
    assert Client().post("/account/login/", typed)["Location"] == "/"


def test_a_known_address_is_answered_like_any_other():
    rows.make_person("ann@lantern.test", email="ann@lantern.test")
    rows.make_organization("lantern", "Lantern Foods")

    for answer in (ask(), ask(email="bob@harbor.test")):
        assert (answer.status_code, answer["Location"]) == (302, "/trial/asked/")
    send_pending_mail(now=database_now() + timedelta(minutes=1), limit=10)
    first, second = (one.body.splitlines()[2] for one in mail.outbox)
    assert first == second


def test_who_has_an_account_is_asked_to_log_in_with_it():
    rows.make_person("ann", email="ann@lantern.test")
    ask()
    confirm, browser = link(), Client()
    assert "new_password1" not in browser.get(confirm).content.decode()

    answer = browser.post(confirm)

    trial = Trial.objects.get()
    assert answer["Location"] == f"/account/login/?next=/o/{trial.code}/"
    assert "_auth_user_id" not in browser.session
    assert User.objects.get().check_password(rows.PASSWORD)


@pytest.mark.parametrize(
    ("label", "changes", "words"),
    [
        ("another country", {"country": "AQ"}, "Trials are not offered in Antarctica yet."),
        ("no country", {"country": ""}, "This field is required."),
        ("a country that is none", {"country": "XX"}, "XX is not one of the available choices."),
        ("a region that is none", {"region": "moon-1"}, "moon-1 is not one of the available choices."),
        ("no address", {"email": "ann"}, "Enter a valid email address."),
        ("two addresses", {"email": "ann@lantern.test,all@lantern.test"}, "Enter a valid email address."),
        ("NUL", {"company": "Lan\0tern"}, "Null characters are not allowed."),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_is_kept(label, changes, words):
    answer = ask(**changes)

    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not TrialRequest.objects.exists()


@pytest.mark.parametrize("passwords", [{}, {"new_password1": "lantern", "new_password2": "lantern"}])
def test_without_a_good_password_nothing_starts(passwords):
    ask()
    confirm = link()

    answer = Client().post(confirm, passwords)

    assert answer.status_code == 200
    assert not Organization.objects.exists()
    assert not User.objects.exists()


def test_a_used_link_says_so_and_starts_nothing():
    ask()
    confirm = link()
    Client().post(confirm, PASSWORDS)

    for answer in (Client().get(confirm), Client().post(confirm, PASSWORDS)):
        assert answer.status_code == 404
        assert "This link has been used, or is too old" in answer.content.decode()
    assert Trial.objects.count() == 1


def test_a_request_from_elsewhere_is_refused():
    browser = Client(enforce_csrf_checks=True)

    assert browser.post("/trial/", ASKED).status_code == 403
    ask()
    assert browser.post(link(), PASSWORDS).status_code == 403
    assert not Trial.objects.exists()


@pytest.mark.parametrize("page", ["/trial/", "/trial/asked/", "/trial/not-a-link/", "the link"])
def test_the_pages_keep_to_the_policy_and_show_names_as_text(page):
    ask(company=HOSTILE)
    url = link() if page == "the link" else page

    answer = Client().get(url)

    body = answer.content.decode()
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert not INLINE.search(body)
    assert body.count("<h1") == 1
    for field in re.findall(r'<(?:input|select)(?![^>]*type="hidden")[^>]*id="([^"]+)"', body):
        assert f'for="{field}"' in body


def test_the_log_in_page_leads_here():
    assert 'href="/trial/"' in Client().get("/account/login/").content.decode()
