"""Document numbers have no gap, and their order is the order of issue (BR-75)."""

from collections import defaultdict
from itertools import pairwise

from invoices.models import Invoice
from tests.invariants.reading import Books


def assert_numbers_have_no_gap(books: Books) -> None:
    """Assert that each series counts from 1 to its last number, and leaves out what it was set to leave out."""
    issued: defaultdict[tuple[int, str], list[Invoice]] = defaultdict(list)
    for invoice in sorted(books.invoices, key=lambda invoice: invoice.sequence):
        issued[invoice.issuing_entity_id, invoice.document_type].append(invoice)
    last = {(series.issuing_entity_id, series.document_type): series.last_number for series in books.series}
    for series, invoices in issued.items():
        given = [number for number in range(1, last[series] + 1) if number not in _left_out(books, series)]
        assert [invoice.sequence for invoice in invoices] == given
        assert all(earlier.issued_at <= later.issued_at for earlier, later in pairwise(invoices))
    only_set = {series for series in books.starts if last[series] == books.starts[series].next_number - 1}
    assert last.keys() - only_set == issued.keys() - only_set, "a number was taken and no document bears it"


def _left_out(books: Books, series: tuple[int, str]) -> range:
    start = books.starts.get(series)
    return range(0) if start is None else range(start.first_left_out, start.next_number)
