"""A session begins anew with each log-in, ends by itself, and ends with the person's right to be here."""

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from subscriptions.models import Membership
from tests.portal import rows

LOGIN = "/account/login/"
PAGE = "/o/acme/invoices/"
BEGIN = 1_780_000_000


@pytest.fixture
def ann(acme):
    return rows.make_member("ann", acme, billing_contact=True)


@pytest.fixture
def clock():
    with time_machine.travel(BEGIN, tick=False) as traveller:
        yield traveller


def logged_in(browser: Client | None = None) -> Client:
    browser = browser or Client()
    assert browser.post(LOGIN, {"login": "ann", "password": rows.PASSWORD})["Location"] == "/"
    return browser


def with_session(key: str) -> Client:
    browser = Client()
    browser.cookies["sessionid"] = key
    return browser


def is_let_in(browser: Client) -> bool:
    answer = browser.get(PAGE)
    assert answer.status_code in {200, 302}
    return answer.status_code == 200


def test_a_session_that_was_there_before_the_log_in_is_not_the_one_after_it(ann):
    """Whoever plants a session on a computer and waits for somebody to log in has nothing."""
    browser = Client()
    browser.get(LOGIN)
    session = browser.session
    session["planted"] = "yes"
    session.save()
    planted = session.session_key
    browser.cookies["sessionid"] = planted
    logged_in(browser)
    assert browser.cookies["sessionid"].value != planted
    assert not is_let_in(with_session(planted))
    assert is_let_in(with_session(browser.cookies["sessionid"].value))


def test_a_session_that_was_signed_out_is_gone(ann):
    browser = logged_in()
    key = browser.cookies["sessionid"].value
    browser.post("/account/logout/")
    assert not is_let_in(with_session(key))
    assert not Session.objects.filter(session_key=key).exists()


def test_a_session_that_nobody_uses_ends(ann, clock, settings):
    settings.SESSION_IDLE_MINUTES = 60
    browser = logged_in()
    assert is_let_in(browser)
    for _ in range(5):
        clock.shift(59 * 60)
        assert is_let_in(browser)
    clock.shift(61 * 60)
    answer = browser.get(PAGE, follow=True)
    assert answer.redirect_chain == [(f"{LOGIN}?next={PAGE}", 302)]
    assert "nothing happened for a while" in answer.content.decode()
    assert is_let_in(logged_in(browser))


def test_a_session_ends_however_much_it_is_used(ann, clock, settings):
    settings.SESSION_HOURS = 12
    browser = logged_in()
    for _ in range(24):
        assert is_let_in(browser)
        clock.shift(30 * 60)
    assert is_let_in(browser)
    clock.shift(61)
    answer = browser.get(PAGE, follow=True)
    assert "you logged in long ago" in answer.content.decode()
    assert not is_let_in(browser)


def test_what_is_sent_after_the_end_changes_nothing(ann, acme, clock):
    rows.make_member("eve", acme)
    Membership.objects.filter(user=ann).update(billing_subscription=True)
    browser = logged_in()
    clock.shift(86_400)
    before = list(Membership.objects.order_by("pk").values_list("user_id", "billing_contact"))
    answer = browser.post("/o/acme/members/", {"email": "new@acme.example"})
    assert answer["Location"].startswith(LOGIN)
    assert list(Membership.objects.order_by("pk").values_list("user_id", "billing_contact")) == before


def test_the_time_of_use_is_written_at_most_once_a_minute(ann, clock):
    browser = logged_in()
    browser.get(PAGE)

    def writes() -> int:
        with CaptureQueriesContext(connection) as captured:
            browser.get(PAGE)
        return sum("UPDATE" in query["sql"] and "django_session" in query["sql"] for query in captured)

    clock.shift(59)
    assert writes() == 0
    clock.shift(1)
    assert writes() == 1
    assert writes() == 0


def test_who_is_disabled_is_out_at_once_and_their_sessions_do_not_come_back(ann):
    first, second = logged_in(), logged_in()
    ann.is_active = False
    ann.save()
    assert not is_let_in(first)
    assert not is_let_in(second)
    ann.is_active = True
    ann.save()
    assert not is_let_in(first)
    assert is_let_in(logged_in())


def test_who_is_removed_from_an_organization_sees_it_no_more_in_a_session_that_goes_on(ann):
    browser = logged_in()
    assert is_let_in(browser)
    Membership.objects.filter(user=ann).delete()
    assert browser.get(PAGE).status_code == 404


def test_who_is_deleted_is_out_at_once(ann):
    browser = logged_in()
    ann.delete()
    assert not is_let_in(browser)


def test_a_new_password_ends_the_other_sessions(ann):
    here, elsewhere = logged_in(), logged_in()
    new = "a new and longer secret"
    changed = {"oldpassword": rows.PASSWORD, "password1": new, "password2": new}
    here.post("/account/reauthenticate/", {"password": rows.PASSWORD})
    here.post("/account/password/change/", changed)
    ann.refresh_from_db()
    assert ann.check_password(new)
    assert not is_let_in(elsewhere)


def test_the_cookie_is_for_this_site_alone_and_no_script(ann):
    cookie = logged_in().cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")
