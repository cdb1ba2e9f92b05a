"""Two customers, and a person of each kind."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from tests.admin.rows import Customer, make_customer, make_lead


@pytest.fixture
def acme(db: None) -> Customer:
    return make_customer("acme")


@pytest.fixture
def umbra(db: None) -> Customer:
    return make_customer("umbra")


@pytest.fixture
def superuser(db: None) -> User:
    return User.objects.create_superuser("root", password="secret")


@pytest.fixture
def lead(db: None) -> User:
    return make_lead("lead")


@pytest.fixture
def csm(acme: Customer) -> User:
    """The CSM of Acme, who has nothing to do with Umbra."""
    return User.objects.get(username="acme-csm")


@pytest.fixture
def member(acme: Customer) -> User:
    """A billing contact of Acme."""
    return User.objects.get(username="acme-finance")


@pytest.fixture
def as_superuser(superuser: User) -> Client:
    return logged_in(superuser)


@pytest.fixture
def as_lead(lead: User) -> Client:
    return logged_in(lead)


@pytest.fixture
def as_csm(csm: User) -> Client:
    return logged_in(csm)


@pytest.fixture
def as_member(member: User) -> Client:
    return logged_in(member)


@pytest.fixture(autouse=True)
def _nobody_has_tried_yet() -> None:
    """Forget who gave their password how often."""
    cache.clear()


class Seconded(Client):
    """A browser of a person beside whom another lead sits, and approves whatever they ask for."""

    second: Client

    def post(self, path: str, *args: Any, **more: Any) -> Any:  # type: ignore[override]
        follow = more.pop("follow", False)
        answer = super().post(path, *args, **more)
        kept = answer.headers.get("Location", "")
        if kept.startswith("/admin/subscriptions/approval/"):
            super().post(kept, {"reason": "It was agreed."})
            return self.second.post(kept.replace("/ask/", "/approve/"), {"confirmed": "yes"}, follow=follow)
        return super().get(answer["Location"], follow=True) if follow and "Location" in answer else answer


@pytest.fixture
def as_two_leads(lead: User, second: User) -> Client:
    """A lead who has another one approve each grave change."""
    return beside(second, lead)


@pytest.fixture
def second(db: None) -> User:
    """Another lead, who approves what is asked for."""
    return make_lead("second")


def beside(second: User, first: User) -> Client:
    """Return the browser of a person who has another one approve each grave change."""
    two = Seconded()
    two.second = logged_in(second)
    return logged_in(first, two)


def logged_in(user: User, client: Client | None = None) -> Client:
    """Return the browser of a person who has just given their password."""
    client = client or Client()
    client.force_login(user)
    client.post("/account/reauthenticate/", {"password": "secret"})
    return client
