"""Where a unit price comes from: the agreement, else the price book, else nowhere (BR-31)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from subscriptions.domain.terms import ContractTerms, starts_on


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPrices:
    """The price book of a currency in force on one day."""

    prices: Mapping[str, Decimal] = field(default_factory=dict)
    setup_prices: Mapping[str, Decimal] = field(default_factory=dict)


_NOTHING_LISTED = ListPrices()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """The agreed prices of a subscription over the list prices in force at the start of each service period."""

    terms: ContractTerms
    list_prices: Mapping[date, ListPrices]
    """By first day of the service period."""

    def price(self, product: str, index: int) -> Decimal | None:
        """Return the price of a product in a period, None if there is none; a price of zero is a price (BR-31)."""
        agreed = self.terms.price(product, index)
        return self._listed(index).prices.get(product) if agreed is None else agreed

    def overage_price(self, product: str, index: int) -> Decimal | None:
        """Return the price above the commitment; it defaults to the price (BR-30)."""
        agreed = self.terms.overage_price(product, index)
        return self._listed(index).prices.get(product) if agreed is None else agreed

    def setup_price(self, product: str, index: int) -> Decimal | None:
        """Return the one-time price of activating a number, None if nothing is charged for it (BR-43)."""
        agreed = self.terms.setup_price(product)
        return self._listed(index).setup_prices.get(product) if agreed is None else agreed

    def _listed(self, index: int) -> ListPrices:
        return self.list_prices.get(starts_on(self.terms, index), _NOTHING_LISTED)
