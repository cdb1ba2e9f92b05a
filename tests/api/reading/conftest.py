"""A customer with a year behind it, for the tests that read it through the API: written once for each file."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from invoices.models import Invoice
from invoices.services.sweeping import close_due_cycles
from subscriptions.models import Organization, Subscription
from tests.factories.subscriptions import a_prepaid_subscription, an_organization
from tests.factories.usage import a_working_day, report
from usage.domain.key_scopes import KeyScope
from usage.services.keys import create_key

BEGAN = date(2026, 1, 15)
NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
"""Five days into the third period: two are closed."""

ALL = tuple(KeyScope)


@dataclass(frozen=True, kw_only=True)
class Customer:
    """An organization with its agreement, and a key that may do everything for it."""

    organization: Organization
    subscription: Subscription
    secret: str

    @property
    def invoice(self) -> Invoice:
        return Invoice.objects.filter(organization=self.organization, lines__kind="overage").earliest("pk")

    def get(self, path: str, **headers: str) -> HttpResponse:
        return get(self.secret, f"/organizations/{self.organization.code}{path}", **headers)

    def json(self, path: str) -> Any:
        answer = self.get(path)
        assert answer.status_code == 200, answer.content
        return answer.json()


def get(secret: str, path: str, **headers: str) -> HttpResponse:
    client = Client(raise_request_exception=False)
    return client.get(f"/api/v1{path}", headers={"authorization": f"Bearer {secret}", **headers})


def a_key(organization: Organization | None, *scopes: str) -> str:
    return create_key(organization=organization, name="test", created_by=None, now=NOW, scopes=scopes or ALL)[1]


def make_customer(code: str) -> Customer:
    organization = an_organization(code)
    subscription = a_prepaid_subscription(organization, effective_date=BEGAN)
    for day in ("2026-01-20", "2026-02-20", "2026-03-18"):
        for user in ("ann", "ben", "cid"):
            report(organization, *a_working_day(user, day, "purecloud-3"))
    close_due_cycles(now=NOW, organization_id=organization.pk)
    return Customer(organization=organization, subscription=subscription, secret=a_key(organization))


@pytest.fixture(scope="module")
def db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Use the database for all tests of a file together, in one transaction."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def customers(db: None) -> dict[str, Customer]:
    """Acme and Umbra; nothing of them stays."""
    return {code: make_customer(code) for code in ("acme", "umbra")}


@pytest.fixture
def acme(customers: dict[str, Customer], monkeypatch: pytest.MonkeyPatch) -> Iterator[Customer]:
    """Acme on a day in March; whatever a test does to it is taken back."""
    monkeypatch.setattr("usage.api.access.database_now", lambda: NOW)
    with transaction.atomic():
        yield customers["acme"]
        transaction.set_rollback(True)


@pytest.fixture
def umbra(customers: dict[str, Customer]) -> Customer:
    return customers["umbra"]
