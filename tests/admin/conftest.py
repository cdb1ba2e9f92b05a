"""Two customers, and a person of each kind."""

import pytest
from django.contrib.auth.models import User
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
    return _logged_in(superuser)


@pytest.fixture
def as_lead(lead: User) -> Client:
    return _logged_in(lead)


@pytest.fixture
def as_csm(csm: User) -> Client:
    return _logged_in(csm)


@pytest.fixture
def as_member(member: User) -> Client:
    return _logged_in(member)


def _logged_in(user: User) -> Client:
    """Return the browser of a person who has just given their password."""
    client = Client()
    client.force_login(user)
    client.post("/account/reauthenticate/", {"password": "secret"})
    return client
