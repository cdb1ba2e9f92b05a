"""Trials, with the people to write to about them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User

from subscriptions.models import BillingContact, Membership, Trial
from tests.factories.subscriptions import an_organization

STARTED = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def day(number: float) -> datetime:
    """Return the instant so many days after the start."""
    return STARTED + timedelta(days=number)


def a_trial(code: str = "lantern", **facts: Any) -> Trial:
    """Return a stored trial of 30 days, started on March 1, with an admin and a contact."""
    organization = an_organization(code)
    admin = User.objects.create_user(f"{code}-admin", email=f"admin@{code}.test", password="secret", first_name="Ada")
    Membership.objects.create(organization=organization, user=admin, billing_subscription=True)
    BillingContact.objects.create(organization=organization, name="Finn Office", email=f"finn@{code}.test")
    own = {"code": code, "country": "US", "started_at": STARTED, "ends_at": day(30), "requested_by": admin}
    return Trial.objects.create(**own | facts, organization=organization)


def a_person(username: str = "henrike", **fields: Any) -> User:
    """Return a stored person."""
    return User.objects.create_user(username, password="secret", **fields)
