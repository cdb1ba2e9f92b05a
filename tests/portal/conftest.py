"""An organization with an agreement, logins and documents, and one person of every kind."""

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from tests.portal import rows


@pytest.fixture(autouse=True)
def _fixed_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usage.views.licenses.database_now", lambda: rows.NOW)
    monkeypatch.setattr("invoices.portal.previews.database_now", lambda: rows.NOW)


@pytest.fixture(autouse=True)
def _nobody_has_tried_yet() -> None:
    """Forget who tried to log in how often."""
    cache.clear()


@pytest.fixture
def acme(db: None):
    return rows.make_organization()


@pytest.fixture
def agreement(acme):
    return rows.make_subscription(acme, commitments={"purecloud-2": 2})


@pytest.fixture
def person(acme) -> User:
    """Return the subscription admin of Acme."""
    return PEOPLE["subscription admin"](acme)


@pytest.fixture
def admin(person) -> Client:
    """Return the browser of a subscription admin who has just given their password."""
    browser = Client()
    browser.force_login(person)
    browser.post("/account/reauthenticate/", {"password": rows.PASSWORD})
    return browser


@pytest.fixture
def client_of(acme):
    """Return a browser in which a person of this kind is logged in, from the point of view of Acme."""

    def make(role: str) -> Client:
        browser = Client()
        person = PEOPLE[role](acme)
        if person is not None:
            browser.force_login(person)
        return browser

    return make


PEOPLE = {
    "anonymous": lambda acme: None,
    "stranger": lambda acme: rows.make_member(
        "stranger", rows.make_organization("other", "Other"), billing_subscription=True, billing_contact=True
    ),
    "member": lambda acme: rows.make_member("member", acme),
    "billing contact": lambda acme: rows.make_member("contact", acme, billing_contact=True),
    "subscription admin": lambda acme: rows.make_member("admin", acme, billing_subscription=True),
    "assigned csm": lambda acme: rows.make_csm("csm", acme),
    "other csm": lambda acme: rows.make_csm("other-csm", rows.make_organization("other", "Other")),
    "lead": lambda acme: rows.make_lead("lead"),
    "superuser": lambda acme: rows.make_person("root", is_staff=True, is_superuser=True),
}
