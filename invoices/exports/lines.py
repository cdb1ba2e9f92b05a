"""The lines of a document as CSV: the annex of one that has too many to print."""

from collections.abc import Iterator

from moneyed import Money

from invoices.models import Invoice, InvoiceLine
from subscriptions.exports.csv_file import Value, csv_lines

COLUMNS = (
    *("line", "kind", "corrects", "product", "description", "direction", "destination", "quantity", "unit_price"),
    *("months", "amount", "currency", "service_start", "service_end"),
)
ROWS_AT_ONCE = 2_000


def lines_csv(invoice: Invoice) -> Iterator[str]:
    """Yield the lines of a file: the columns' names, then each line of the document in its order."""
    lines = invoice.lines.order_by("position").iterator(chunk_size=ROWS_AT_ONCE)
    yield from csv_lines(COLUMNS, (_row(line, invoice.currency) for line in lines))


def _row(line: InvoiceLine, currency: str) -> list[Value]:
    return [
        str((line.position or 0) + 1),
        line.kind,
        line.corrects,
        line.product,
        line.description,
        line.direction,
        line.destination,
        line.quantity,
        line.unit_price,
        str(line.months),
        Money(line.amount, currency),
        currency,
        line.service_start.isoformat(),
        line.service_end.isoformat(),
    ]
