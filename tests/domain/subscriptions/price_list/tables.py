"""Files as their readers hand them over."""

from collections.abc import Sequence

from subscriptions.domain.price_list.table import Cell, Row, Table

BOOK = ["product", "price", "setup_price"]
DECK = ["direction", "prefix", "destination", "per_minute"]
TAXES = ["authority", "rate", "taxable", "categories"]


def a_table(header: Sequence[Cell], *rows: Sequence[Cell]) -> Table:
    """Return a file whose rows follow one another from line 2 on."""
    return Table(header=Row(1, header), rows=[Row(line, row) for line, row in enumerate(rows, start=2)])
