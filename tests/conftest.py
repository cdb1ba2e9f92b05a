"""Fixtures for all tests, and which of them run on which database."""

import gc
import os
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection
from django.utils import translation

from tests.flushing import Flushing

# Most of what a request leaves behind is dead soon: looked for less often, it costs a tenth less of the whole run.
gc.set_threshold(20_000, 20, 20)

LONGEST = ("tests/browser/", "tests/machine/", "tests/faults/", "tests/test_")
"""Files that take long for their number of tests."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the committed numbers of queries be written anew, and a second pass be about its database alone."""
    parser.addoption("--update-query-counts", action="store_true", help="write tests/query_counts.json anew")
    parser.addoption("--of-databases", action="store_true", help="leave out the tests that use no database")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """
    Leave out the tests that need the other database: `bin/test` runs them in its other pass.

    The longest files come first, so that no process is left alone with one of them in the end.
    """
    other = "sqlite" if connection.vendor == "postgresql" else "postgresql"
    of_databases = config.getoption("--of-databases")
    here, elsewhere = list[pytest.Item](), list[pytest.Item]()
    for item in items:
        is_here = not item.get_closest_marker(other) and (not of_databases or _uses_a_database(item))
        (here if is_here else elsewhere).append(item)
    if elsewhere:
        config.hook.pytest_deselected(items=elsewhere)
        items[:] = here
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


def _uses_a_database(item: pytest.Item) -> bool:
    """Tell whether a test may use the database: pytest-django refuses it to all that do not ask for it."""
    marked = any(item.get_closest_marker(name) for name in ("django_db", connection.vendor))
    return marked or "django_db_setup" in getattr(item, "fixturenames", ())


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """Extend pytest-django's: a flush passes the triggers on frozen tables and leaves what migrations wrote."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        flushing = Flushing(connection)
    connection.ops.execute_sql_flush = flushing.flush
    yield
    del connection.ops.execute_sql_flush


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Begin in English, whatever language the last request of another test was answered in."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture
def committed_db(transactional_db: None) -> None:
    """Let a test commit for real, so that other connections and processes see it; all tables are emptied after it."""


@pytest.fixture
def redis_url() -> str:
    """Return the address of a real Redis that the test may write to."""
    url = os.environ.get("TEST_REDIS_URL")
    assert url, "Set TEST_REDIS_URL to a Redis that tests may write to, or run bin/test, which finds or starts one."
    return url
