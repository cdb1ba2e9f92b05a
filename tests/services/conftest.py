"""Whatever a test of billing did, the books hold afterwards."""

from collections.abc import Iterator

import pytest

from tests.books import assert_the_books_hold


@pytest.fixture
def billing(db: None) -> Iterator[None]:
    """Use the database, and check every invariant of the books after the test."""
    yield
    assert_the_books_hold()
