"""An organization's prices as a file: every product, every change to come, every call destination, one on each line."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import BinaryIO

from invoices.documents.price_sheet import PricedProduct, PriceSheet, Terms
from subscriptions.exports.csv_file import Value, csv_lines
from subscriptions.exports.xlsx_file import xlsx_file
from subscriptions.models import VoiceRate

COLUMNS = (
    "kind",
    "product",
    "name",
    "from_day",
    "currency",
    "commitment",
    "price",
    "overage_price",
    "setup_price",
    "source",
    "direction",
    "prefix",
)
"""Names for programs: the same in every language."""

ROWS_AT_ONCE = 2000


def price_sheet_csv(sheet: PriceSheet) -> Iterator[str]:
    """Yield the lines of a file; a call's price is that of a minute."""
    return csv_lines(COLUMNS, _rows(sheet))


def price_sheet_xlsx(sheet: PriceSheet) -> BinaryIO:
    """Return the same as a spreadsheet, a temporary file."""
    return xlsx_file(COLUMNS, _rows(sheet), title="prices")


def _rows(sheet: PriceSheet) -> Iterator[Sequence[Value]]:
    for product in sheet.products:
        yield _product_row(product, sheet.since, product.now, sheet.currency)
        for day, terms in product.coming:
            yield _product_row(product, day, terms, sheet.currency)
    if sheet.deck_version is None:
        return
    since = sheet.since.isoformat()
    rates = VoiceRate.objects.filter(version=sheet.deck_version).order_by("direction", "prefix")
    for rate in rates.iterator(chunk_size=ROWS_AT_ONCE):
        what = ("voice", "voice", rate.destination, since, sheet.currency)
        yield (*what, None, rate.per_minute, None, None, "rate_deck", rate.direction, rate.prefix)


def _product_row(product: PricedProduct, day: date, terms: Terms, currency: str) -> Sequence[Value]:
    return (
        product.kind.value,
        product.code,
        product.name,
        day.isoformat(),
        currency,
        terms.commitment,
        terms.price,
        terms.overage_price,
        terms.setup_price,
        "agreement" if terms.is_agreed else "price_book",
        None,
        None,
    )
