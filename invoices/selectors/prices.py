"""Reads the agreed prices over the books in force (BR-31)."""

from collections.abc import Iterable, Mapping

from invoices.domain.prices import ListPrices, Prices
from subscriptions.domain.terms import ContractTerms, starts_on
from subscriptions.selectors.catalog import get_book_prices


def get_prices(terms: ContractTerms, *, indexes: Iterable[int]) -> Prices:
    """Return the agreed prices over the books in force at the start of each of these periods (BR-31)."""
    return list_prices({0: (terms, indexes)})[0]


def list_prices(asked: Mapping[int, tuple[ContractTerms, Iterable[int]]]) -> dict[int, Prices]:
    """Return, by the same keys, what `get_prices` returns for each agreement, in as many statements as for one."""
    days = {key: sorted({starts_on(terms, index) for index in indexes}) for key, (terms, indexes) in asked.items()}
    books = get_book_prices({(asked[key][0].currency, day) for key in asked for day in days[key]})
    listed = {one: ListPrices(prices=book.prices, setup_prices=book.setup_prices) for one, book in books.items()}
    return {
        key: Prices(terms=terms, list_prices={day: listed[terms.currency, day] for day in days[key]})
        for key, (terms, _indexes) in asked.items()
    }
