"""Document numbers have no gap, and their order is the order of issue (BR-75)."""

from collections import defaultdict
from itertools import pairwise

from invoices.models import Invoice
from tests.invariants.reading import Books


def assert_numbers_have_no_gap(books: Books) -> None:
    """Assert that each series counts from 1 to as many documents as it has."""
    issued: defaultdict[tuple[int, str], list[Invoice]] = defaultdict(list)
    for invoice in sorted(books.invoices, key=lambda invoice: invoice.sequence):
        issued[invoice.issuing_entity_id, invoice.document_type].append(invoice)
    last = {(series.issuing_entity_id, series.document_type): series.last_number for series in books.series}
    for series, invoices in issued.items():
        assert [invoice.sequence for invoice in invoices] == list(range(1, len(invoices) + 1))
        assert all(earlier.issued_at <= later.issued_at for earlier, later in pairwise(invoices))
        assert last[series] == len(invoices)
    assert last.keys() == issued.keys(), "a number was taken and no document bears it"
