"""What must be true of the books after whatever happened: asserted after every test that bills."""

from typing import Any

from invoices.services.books.verify import verify_books
from invoices.services.books.whole import own_models
from tests.invariants.balances import assert_balances_follow_from_allocations
from tests.invariants.charges import (
    assert_commitments_are_paid_for_once,
    assert_no_more_is_credited_than_was_charged,
    assert_nothing_is_charged_twice,
)
from tests.invariants.cycles import assert_cycles_tile_time
from tests.invariants.documents import assert_documents_add_up, assert_documents_are_whole
from tests.invariants.events import assert_events_are_stored_once
from tests.invariants.ledger import assert_ledger_balances
from tests.invariants.numbers import assert_numbers_have_no_gap
from tests.invariants.reading import read_books

OF_THE_BOOKS = (
    assert_documents_add_up,
    assert_documents_are_whole,
    assert_numbers_have_no_gap,
    assert_ledger_balances,
    assert_balances_follow_from_allocations,
    assert_cycles_tile_time,
    assert_nothing_is_charged_twice,
    assert_commitments_are_paid_for_once,
    assert_no_more_is_credited_than_was_charged,
)


def assert_the_books_hold() -> None:
    """Assert every invariant of documents, numbers, ledger, cycles, charges, events and organizations."""
    books = read_books()
    for assert_it in OF_THE_BOOKS:
        assert_it(books)
    assert_events_are_stored_once()
    found = [str(fault) for fault in verify_books(now=None)]
    assert found == [], found


def rows_per_table() -> dict[str, int]:
    """Return how many rows each of our tables has."""
    return {model._meta.label: model._base_manager.count() for model in own_models()}


def contents() -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table of ours."""
    return {model._meta.label: list(model._base_manager.order_by("pk").values()) for model in own_models()}
