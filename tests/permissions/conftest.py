"""The world in which everyone walks: made once, and never changed."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import override_settings

from tests.permissions.world import World, make_world


@pytest.fixture(scope="module")
def db(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """Use the database for all tests of a file together, in one transaction."""
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def world(db: None) -> Iterator[World]:
    """Two customers and somebody in each role; whatever a request does to them is taken back after it."""
    cache.clear()
    # However long the walk takes, whoever has given their password has just done so.
    with override_settings(ACCOUNT_REAUTHENTICATION_TIMEOUT=86_400):
        yield make_world()
