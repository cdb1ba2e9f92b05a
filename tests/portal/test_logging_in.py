"""Logging in with a password and a second factor, being locked out, logging out."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.test import Client

from tests.portal import rows

LOGIN = "/account/login/"
NEW = "a new and longer secret"


def password_of(name: str, password: str = rows.PASSWORD) -> dict[str, str]:
    return {"login": name, "password": password}


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def test_logging_in_leads_to_the_page_that_was_asked_for_and_nowhere_else(acme):
    rows.make_member("ann", acme, billing_contact=True)

    own = Client().post(LOGIN, password_of("ann") | {"next": "/o/acme/invoices/"})
    elsewhere = Client().post(LOGIN, password_of("ann") | {"next": "https://evil.example/"})

    assert own["Location"] == "/o/acme/invoices/"
    assert elsewhere["Location"] == "/"


def test_an_address_logs_in_as_well_as_a_name(acme):
    person = rows.make_member("ann", acme, billing_contact=True)
    person.email = "ann@acme.example"
    person.save()

    assert Client().post(LOGIN, password_of("Ann@acme.example"))["Location"] == "/"


def test_a_wrong_password_is_said_in_words(acme):
    rows.make_member("ann", acme)

    response = Client().post(LOGIN, password_of("ann", "wrong"))

    assert response.status_code == 200
    assert 'role="alert"' in response.content.decode()
    assert "not correct" in response.content.decode()


def test_the_admin_is_entered_by_the_same_door(client_of):
    assert Client().get("/admin/login/?next=/admin/")["Location"] == f"{LOGIN}?next=%2Fadmin%2F"
    assert client_of("billing contact").get("/admin/login/").status_code == 403


@pytest.mark.parametrize("door", [LOGIN, f"{LOGIN}?next=/admin/"])
def test_five_wrong_passwords_lock_a_name_out_even_for_the_right_one(door, acme):
    rows.make_member("ann", acme)
    rows.make_member("bob", acme)
    browser = Client()
    for spelling in ("ann", "Ann", " ann", "ANN", "ann"):
        answer = browser.post(door, password_of(spelling, "wrong"))

    assert answer.status_code == 429
    assert "Too many wrong passwords" in answer.content.decode()
    assert browser.post(door, password_of("ann")).status_code == 429
    assert browser.post(door, password_of("bob")).status_code == 302
    assert Client(REMOTE_ADDR="10.9.8.7").post(door, password_of("ann")).status_code == 302
    assert list(AccessAttempt.objects.values_list("username", flat=True)) == ["ann"]


def test_nobody_signs_themselves_up(db):
    answer = Client().get("/account/signup/")
    refused = Client().post("/account/signup/", {"email": "eve@example.com", "username": "eve", "password1": NEW})

    assert "by invitation" in answer.content.decode()
    assert "by invitation" in refused.content.decode()
    assert not User.objects.exists()


def test_a_second_factor_is_set_up_asked_for_and_stored_encrypted(acme):
    person = rows.make_member("ann", acme, billing_contact=True)
    browser = Client()
    browser.post(LOGIN, password_of("ann"))
    page = browser.get("/account/two-factor/totp/activate/", follow=True)
    if page.redirect_chain:
        page = browser.post(page.redirect_chain[-1][0], {"password": rows.PASSWORD}, follow=True)
    secret = page.context["form"].secret

    browser.post("/account/two-factor/totp/activate/", {"code": code_of(secret)})

    stored = Authenticator.objects.get(user=person, type=Authenticator.Type.TOTP)
    assert secret not in str(stored.data)
    assert TOTP(stored).validate_code(code_of(secret))

    second = Client()
    asked = second.post(LOGIN, password_of("ann") | {"next": "/o/acme/invoices/"})
    assert asked["Location"].startswith("/account/two-factor/authenticate/")
    assert second.get("/o/acme/invoices/").status_code == 302


def test_a_recovery_code_opens_the_door_once(acme):
    person = rows.make_member("ann", acme, billing_contact=True)
    TOTP.activate(person, "JBSWY3DPEHPK3PXP")
    code = RecoveryCodes.activate(person).generate_codes()[0]

    def log_in() -> int:
        browser = Client()
        asked = browser.post(LOGIN, password_of("ann"))
        return browser.post(asked["Location"], {"code": code}).status_code

    assert log_in() == 302
    assert log_in() == 200


def test_logging_out_asks_by_get_and_does_by_post(client_of):
    browser = client_of("billing contact")

    assert browser.get("/account/logout/").status_code == 200
    assert browser.get("/o/acme/invoices/").status_code == 200
    assert browser.post("/account/logout/").headers["Location"] == LOGIN
    assert browser.get("/o/acme/invoices/").status_code == 302


def test_a_person_changes_their_own_password(acme):
    person = rows.make_member("ann", acme, billing_contact=True)
    browser = Client()
    browser.force_login(person)
    url = "/account/password/change/"

    browser.post(url, {"oldpassword": "no", "password1": NEW, "password2": NEW})
    person.refresh_from_db()
    assert person.check_password(rows.PASSWORD)

    browser.post(url, {"oldpassword": rows.PASSWORD, "password1": NEW, "password2": NEW})
    person.refresh_from_db()
    assert person.check_password(NEW)


def test_who_has_another_password_than_before_is_told_by_mail_from_where_it_was_changed(acme, mailoutbox):
    person = rows.make_member("ann", acme)
    User.objects.filter(pk=person.pk).update(email="ann@acme.example")
    browser = given_their_password("ann")

    browser.post("/account/password/change/", {"oldpassword": rows.PASSWORD, "password1": NEW, "password2": NEW})

    (told,) = mailoutbox
    assert told.to == ["ann@acme.example"]
    assert told.subject == "[Seatbill] Your password was changed"
    assert "IP address: 127.0.0.1" in told.body
    assert told.body.count(" UTC\n") == 1


@pytest.mark.parametrize(
    "page",
    [
        "/account/logout/",
        "/account/reauthenticate/",
        "/account/email/",
        "/account/password/change/",
        "/account/password/reset/",
        "/account/two-factor/",
        "/account/two-factor/totp/activate/",
    ],
)
def test_the_pages_of_an_account_speak_as_the_rest_of_the_site(page, acme):
    rows.make_member("ann", acme)
    shown = given_their_password("ann").get(page, follow=True).content.decode()

    assert [word for word in ("Sign ", "sign ", "Email", "Two-Factor", "placeholder") if word in shown] == []


def test_the_door_names_what_it_asks_for_above_the_field(db):
    shown = Client().get(LOGIN).content.decode()

    assert "User name or e-mail address</label>" in shown
    assert "placeholder" not in shown


def test_a_forgotten_password_is_mailed_a_link_and_nothing_is_said_of_who_is_known(acme, mailoutbox):
    person = rows.make_member("ann", acme)
    person.email = "ann@acme.example"
    person.save()

    known = Client().post("/account/password/reset/", {"email": "ann@acme.example"}, follow=True)
    unknown = Client().post("/account/password/reset/", {"email": "eve@acme.example"}, follow=True)

    # Each page carries a token of its own.
    shown = [re.sub(r'value="\w{64}"', "", answer.content.decode()) for answer in (known, unknown)]
    assert shown[0] == shown[1]
    (to_ann,) = [mail for mail in mailoutbox if "/account/password/reset/key/" in mail.body]
    assert to_ann.to == ["ann@acme.example"]


def given_their_password(name: str) -> Client:
    browser = Client()
    browser.post(LOGIN, password_of(name))
    browser.post("/account/reauthenticate/", {"password": rows.PASSWORD})
    return browser


def ask_for_address(browser: Client, address: str = "new@acme.example"):
    return browser.post("/account/email/", {"action_add": "", "email": address})


def test_ones_address_is_changed_after_the_password_was_given_again(acme):
    browser = Client()
    browser.force_login(rows.make_member("ann", acme))

    asked = ask_for_address(browser)
    assert asked["Location"].startswith("/account/reauthenticate/")
    assert not EmailAddress.objects.exists()

    browser.post(asked["Location"], {"password": rows.PASSWORD, "next": "/account/email/"})
    assert EmailAddress.objects.get().email == "new@acme.example"


def test_an_address_that_waits_for_its_mail_keeps_nobody_from_a_second_factor(acme):
    rows.make_member("ann", acme)
    browser = given_their_password("ann")
    ask_for_address(browser)
    assert EmailAddress.objects.filter(verified=False).exists()

    page = browser.get("/account/two-factor/totp/activate/")
    secret = page.context["form"].secret
    browser.post("/account/two-factor/totp/activate/", {"code": code_of(secret)})

    assert Authenticator.objects.filter(user__username="ann", type=Authenticator.Type.TOTP).exists()


def test_who_has_a_second_factor_may_change_their_address(acme):
    person, browser = rows.make_member("ann", acme), given_their_password("ann")
    TOTP.activate(person, "JBSWY3DPEHPK3PXP")

    ask_for_address(browser)

    assert EmailAddress.objects.get().email == "new@acme.example"
