"""What an organization pays today for each product it may use, agreed or from the price book, and what will change."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q, QuerySet

from invoices.domain.prices import Prices
from invoices.selectors.prices import get_prices
from subscriptions.domain.catalog import CALL_PORTS, FAIR_USE_RESOURCES, ProductKind
from subscriptions.domain.period import first_index_from, index_holding, local_date
from subscriptions.domain.policy import IncludedUse
from subscriptions.domain.terms import ContractTerms, starts_on
from subscriptions.models import Organization, PriceBook, Product, Subscription, VoiceRate, VoiceRateDeckVersion
from subscriptions.selectors.rate_decks import get_rate_deck_version
from subscriptions.selectors.terms import get_terms

KINDS = (ProductKind.LICENSE, ProductKind.ADD_ON, ProductKind.RESOURCE, ProductKind.NUMBER)
"""What has a price by the month; calls have a rate deck, hardware and one-time charges an order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Commitment and prices of a product in one period; a price that there is not is None."""

    commitment: Decimal
    price: Decimal | None
    overage_price: Decimal | None
    setup_price: Decimal | None
    is_agreed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedProduct:
    """A product with what it costs in the period that runs, and in the periods from which on that changes."""

    code: str
    name: str
    kind: ProductKind
    now: Terms
    coming: Sequence[tuple[date, Terms]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSheet:
    """
    The prices of an agreement as of the first day of a period; `deck_version` rates its calls, if it buys voice.

    Before `free_until` licenses and add-ons are free, whatever their price (BR-11).
    """

    subscription: Subscription
    since: date
    currency: str
    products: Sequence[PricedProduct]
    free_until: date | None
    deck_version: VoiceRateDeckVersion | None
    next_rates_on: date | None


def find_price_sheet(organization: Organization, *, now: datetime) -> PriceSheet | None:
    """Return the prices of the agreement that runs at an instant, else of the next one, None without either."""
    subscription = next(
        (row for row in organization.subscriptions.order_by("effective_date") if _lasts(row, now)), None
    )
    if subscription is None:
        return None
    terms = get_terms(subscription)
    today = local_date(now, time_zone=terms.time_zone)
    index = index_holding(max(today, terms.effective_date), effective_date=terms.effective_date)
    since = starts_on(terms, index)
    version = get_rate_deck_version(subscription.rate_deck_id, on=since)
    return PriceSheet(
        subscription=subscription,
        since=since,
        currency=terms.currency,
        products=_products(terms, index),
        free_until=starts_on(terms, terms.ramp_months) if _is_free(terms, index) else None,
        deck_version=None if version is None else VoiceRateDeckVersion.objects.get(pk=version),
        next_rates_on=_next_rates_on(subscription, terms, since),
    )


def list_rates(version: VoiceRateDeckVersion, *, direction: str, wanted: str) -> QuerySet[VoiceRate]:
    """Return the rates of calls in one direction; `wanted` is a part of a destination, a prefix, or a whole number."""
    rates = VoiceRate.objects.filter(version=version, direction=direction)
    if not wanted:
        return rates
    number = "+" + wanted.lstrip("+").replace(" ", "")
    if not number[1:].isdecimal():
        return rates.filter(destination__icontains=wanted)
    beginnings = [number[:length] for length in range(2, len(number) + 1)]
    return rates.filter(Q(prefix__startswith=number) | Q(prefix__in=beginnings))


def _lasts(subscription: Subscription, now: datetime) -> bool:
    """Tell whether an agreement has not ended yet, by the calendar of its zone; no two of them overlap (BR-10)."""
    last_day = subscription.last_service_date
    return last_day is None or last_day >= local_date(now, time_zone=subscription.time_zone)


def _products(terms: ContractTerms, index: int) -> list[PricedProduct]:
    coming = _coming_indexes(terms, index)
    prices = get_prices(terms, indexes=[index, *coming])
    named = {agreed.product for agreed in terms.prices} | {change.product for change in terms.changes}
    listed = {code for book in prices.list_prices.values() for code in book.prices}
    rows = Product.objects.filter(code__in=named | listed, kind__in=[kind.value for kind in KINDS])
    products = [
        PricedProduct(
            code=product.code,
            name=str(product),
            kind=ProductKind(product.kind),
            now=(now := _terms_of(product.code, prices, index)),
            coming=list(_changes(product.code, prices, now, coming)),
        )
        for product in rows
        if _is_charged(product.code, terms)
    ]
    return sorted(products, key=lambda product: (KINDS.index(product.kind), product.name, product.code))


def _is_free(terms: ContractTerms, index: int) -> bool:
    return terms.policy.free_ramp_licenses and terms.in_ramp(index)


def _is_charged(product: str, terms: ContractTerms) -> bool:
    """Tell whether the edition charges for a resource at all: call ports, or what exceeds fair use."""
    ports = terms.policy.included_use is IncludedUse.CALL_PORTS
    return product not in (FAIR_USE_RESOURCES if ports else (CALL_PORTS,))


def _terms_of(product: str, prices: Prices, index: int) -> Terms:
    terms = prices.terms
    return Terms(
        commitment=terms.commitment(product, index),
        price=prices.price(product, index),
        overage_price=prices.overage_price(product, index),
        setup_price=prices.setup_price(product, index),
        is_agreed=terms.price(product, index) is not None,
    )


def _changes(product: str, prices: Prices, now: Terms, coming: Sequence[int]) -> Iterator[tuple[date, Terms]]:
    before = now
    for index in coming:
        after = _terms_of(product, prices, index)
        if after != replace(before, is_agreed=after.is_agreed):
            yield starts_on(prices.terms, index), after
        before = after


def _coming_indexes(terms: ContractTerms, index: int) -> list[int]:
    """Return the periods at whose start anything may change: a change, a book, the end of the ramp, a contract year."""
    books = PriceBook.objects.filter(currency=terms.currency, effective_date__gt=starts_on(terms, index))
    found = {
        terms.ramp_months,
        *(terms.takes_effect(change) for change in terms.changes),
        *(
            first_index_from(day, effective_date=terms.effective_date)
            for day in books.values_list("effective_date", flat=True)
        ),
    }
    if not terms.in_ramp(index):
        found.add(terms.contract_year(index).stop)
    last = terms.last_index
    return sorted(later for later in found if later > index and (last is None or later <= last))


def _next_rates_on(subscription: Subscription, terms: ContractTerms, since: date) -> date | None:
    """Return the first day on which calls are rated by a newer version of the deck, None if there is none yet."""
    later = VoiceRateDeckVersion.objects.filter(deck_id=subscription.rate_deck_id, effective_date__gt=since)
    day = later.order_by("effective_date").values_list("effective_date", flat=True).first()
    if day is None:
        return None
    return starts_on(terms, first_index_from(day, effective_date=terms.effective_date))
