"""Why what is agreed needs a second person: it begins in the past, or is far cheaper than the price book."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Protocol

from django.utils.translation import gettext as _

from subscriptions.documents.amendment import Reader
from subscriptions.domain.approval import is_back_dated, is_far_under


class Priced(Protocol):
    """What is agreed for a product: its prices per unit and month, None where nothing is."""

    @property
    def product(self) -> str:
        """Return the product's code."""

    @property
    def price(self) -> Decimal | None:
        """Return the price of what is committed."""

    @property
    def overage_price(self) -> Decimal | None:
        """Return the price of what is used over the commitment."""


def grave_terms_in_words(reader: Reader, *, today: date) -> list[str]:
    """Return why an agreement that is made today needs a second person, a sentence for each reason; empty if not."""
    begins = reader.terms.effective_date
    low = low_prices_in_words(reader.terms.prices, reader)
    if not is_back_dated(begins, today=today):
        return low
    return [_("It begins on %(day)s, in the past.") % {"day": reader.day(begins)}, *low]


def low_prices_in_words(agreed: Iterable[Priced], reader: Reader) -> list[str]:
    """Return which prices are more than 20 % under the price book, a sentence for each."""
    return [
        _("%(product)s: %(price)s is more than 20 %% under the price book, which says %(list_price)s.")
        % {
            "product": reader.product(row.product),
            "price": reader.price(price),
            "list_price": reader.price(reader.list_prices[row.product]),
        }
        for row in agreed
        for price in _prices_of(row)
        if is_far_under(price, list_price=reader.list_prices.get(row.product))
    ]


def _prices_of(row: Priced) -> list[Decimal]:
    return [price for price in dict.fromkeys([row.price, row.overage_price]) if price is not None]
