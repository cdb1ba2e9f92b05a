"""Reads the catalog: what products are called, and what the price books list."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils import translation

from subscriptions.models import (
    PriceBook,
    PriceBookEntry,
    Product,
)
from subscriptions.models.shown import shown_product
from subscriptions.selectors.in_force import find_in_force


class BookPrices(NamedTuple):
    """What the price book in force lists: prices, and prices for setting up a number (BR-43), by product."""

    prices: dict[str, Decimal]
    setup_prices: dict[str, Decimal]


def get_list_prices(*, currency: str, on: date) -> dict[str, Decimal]:
    """Return the list price of every product in the book of a currency in force on a day (BR-31)."""
    return get_book_prices([(currency, on)])[currency, on].prices


def get_list_setup_prices(*, currency: str, on: date) -> dict[str, Decimal]:
    """Return the list price for setting up a number, of the products that have one (BR-43)."""
    return get_book_prices([(currency, on)])[currency, on].setup_prices


def get_book_prices(asked: Collection[tuple[str, date]]) -> dict[tuple[str, date], BookPrices]:
    """Return what the book of each currency in force on each day lists (BR-31), in two statements for any number."""
    books = PriceBook.objects.filter(currency__in={currency for currency, _day in asked})
    in_force = find_in_force(asked, books.order_by("effective_date").values_list("currency", "effective_date", "pk"))
    found = {book_id: BookPrices({}, {}) for book_id in in_force.values()}
    entries = PriceBookEntry.objects.filter(price_book__in=list(found))
    for book_id, product, price, setup_price in entries.values_list(
        "price_book_id", "product_id", "price", "setup_price"
    ):
        found[book_id].prices[product] = price
        if setup_price is not None:
            found[book_id].setup_prices[product] = setup_price
    return {one: found[in_force[one]] if one in in_force else BookPrices({}, {}) for one in asked}


def list_price_books(currency: str) -> QuerySet[PriceBook]:
    """Return the price books of a currency, the newest first."""
    return PriceBook.objects.filter(currency=currency).order_by("-effective_date")


def get_product_names(language: str) -> dict[str, str]:
    """Return what each product is called in a language."""
    with translation.override(language):
        return {code: shown_product(code, name) for code, name in Product.objects.values_list("code", "name")}
