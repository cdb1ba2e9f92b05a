"""Price lists as they stand: books, versions of a deck and tax rates as entries of one shape (BR-31, BR-42, BR-78)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from subscriptions.domain.price_list.checking import category_words
from subscriptions.domain.price_list.entry import Entry, ListKind, PriceList, Target
from subscriptions.models import AuthorityRate, PriceBook, PriceBookEntry, VoiceRate, VoiceRateDeckVersion


def get_standing_list(target: Target) -> PriceList:
    """Return the list that is in force on the day a file is for, or will be as things stand."""
    return _STANDING[target.kind](target)


def get_book(book: PriceBook) -> PriceList:
    """Return a price book with its entries, by product."""
    entries = PriceBookEntry.objects.filter(price_book=book).order_by("product_id")
    return PriceList(
        entries=[
            Entry(code=product, price=price, extra=setup_price)
            for product, price, setup_price in entries.values_list("product_id", "price", "setup_price")
        ],
        since=book.effective_date,
    )


def get_version(version: VoiceRateDeckVersion) -> PriceList:
    """Return a version of a rate deck with its rates, by direction and prefix."""
    rates = VoiceRate.objects.filter(version=version).order_by("direction", "prefix")
    return PriceList(
        entries=[
            Entry(code=prefix, direction=direction, price=per_minute, words=destination)
            for direction, prefix, destination, per_minute in rates.values_list(
                "direction", "prefix", "destination", "per_minute"
            )
        ],
        since=version.effective_date,
        increment_seconds=version.increment_seconds,
    )


def get_tax_rates(on: date) -> PriceList:
    """Return what each tax authority charges on a day, by name; of several with one name the last."""
    in_force = AuthorityRate.objects.filter(authority=OuterRef("authority"), effective_date__lte=on)
    latest = Subquery(in_force.order_by("-effective_date").values("pk")[:1])
    rates = AuthorityRate.objects.filter(pk=latest).order_by("authority__name", "authority_id")
    return PriceList(
        entries=[
            Entry(code=name, price=rate, extra=taxable, words=category_words(set(categories)))
            for name, rate, taxable, categories in rates.values_list("authority__name", "rate", "taxable", "categories")
        ]
    )


def find_book(target: Target) -> PriceBook | None:
    """Return the price book in force on a target's day, None if there is none."""
    return _books(target).filter(effective_date__lte=target.effective_date).order_by("-effective_date").first()


def find_version(target: Target) -> VoiceRateDeckVersion | None:
    """Return the version of a deck in force on a target's day, None if there is none."""
    return _versions(target).filter(effective_date__lte=target.effective_date).order_by("-effective_date").first()


def _standing_book(target: Target) -> PriceList:
    book = find_book(target)
    return replace(PriceList() if book is None else get_book(book), until=_next(_books(target), target))


def _standing_version(target: Target) -> PriceList:
    version = find_version(target)
    return replace(PriceList() if version is None else get_version(version), until=_next(_versions(target), target))


def _standing_taxes(target: Target) -> PriceList:
    return get_tax_rates(target.effective_date)


def _books(target: Target) -> QuerySet[PriceBook]:
    return PriceBook.objects.filter(currency=target.currency)


def _versions(target: Target) -> QuerySet[VoiceRateDeckVersion]:
    return VoiceRateDeckVersion.objects.filter(deck_id=target.deck_id)


def _next(lists: QuerySet[Any], target: Target) -> date | None:
    later = lists.filter(effective_date__gt=target.effective_date).order_by("effective_date")
    return later.values_list("effective_date", flat=True).first()


_STANDING: Mapping[ListKind, Callable[[Target], PriceList]] = {
    ListKind.PRICE_BOOK: _standing_book,
    ListKind.RATE_DECK: _standing_version,
    ListKind.TAX_RATES: _standing_taxes,
}
