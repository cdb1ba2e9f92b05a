"""What a quote offers, read from its frozen copy, and what that comes to (BR-52)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any, Self

from moneyed import Money

from subscriptions.documents.text import printable
from subscriptions.domain.catalog import ProductKind
from subscriptions.domain.money import round_money, zero
from subscriptions.domain.policy import Edition
from subscriptions.domain.quote import FirstAdvance, first_advance
from subscriptions.domain.terms import AgreedPrice, CommercialModel, ContractTerms, LicensingModel


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedPrice:
    """What a product of a new agreement costs, with the price it has if none is agreed."""

    agreed: AgreedPrice
    name: str
    kind: ProductKind
    list_price: Decimal | None
    list_setup_price: Decimal | None

    @property
    def price(self) -> Decimal | None:
        """Return what a unit costs as of today's list prices, if none is agreed."""
        return self.list_price if self.agreed.price is None else self.agreed.price

    @property
    def setup_price(self) -> Decimal | None:
        """Return what setting up a number costs as of today's list prices, if nothing is agreed."""
        return self.list_setup_price if self.agreed.setup_price is None else self.agreed.setup_price


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedItem:
    """A one-time purchase."""

    name: str
    kind: ProductKind
    quantity: Decimal
    price: Decimal


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A quote's content as values; `terms` is None if it offers no agreement."""

    language: str
    currency: str
    items: Sequence[OfferedItem]
    terms: ContractTerms | None
    prices: Sequence[OfferedPrice]
    allowances: Sequence[tuple[str, str, Decimal]]
    """Product, resource and quantity."""
    rate_deck: str

    @classmethod
    def read(cls, frozen: dict[str, Any]) -> Self:
        """Return the content of a quote's frozen copy."""
        agreement = frozen["agreement"]
        prices = [_offered_price(row) for row in agreement["prices"]] if agreement else []
        return cls(
            language=frozen["language"],
            currency=frozen["currency"],
            items=[
                OfferedItem(
                    name=printable(row["name"]),
                    kind=ProductKind(row["kind"]),
                    quantity=Decimal(row["quantity"]),
                    price=Decimal(row["price"]),
                )
                for row in frozen["items"]
            ],
            terms=_terms(frozen, prices) if agreement else None,
            prices=prices,
            allowances=[
                (printable(row["product"]), printable(row["resource"]), Decimal(row["quantity"]))
                for row in (agreement["allowances"] if agreement else ())
            ],
            rate_deck=printable(agreement["rate_deck"]) if agreement else "",
        )

    @cached_property
    def first_advance(self) -> FirstAdvance | None:
        """Return the first charge in advance, None if nothing ever is."""
        return first_advance(self.terms) if self.terms else None

    @property
    def advance_amount(self) -> Money:
        """Return what that charge comes to, each line rounded by itself (BR-32)."""
        amounts = (self.in_advance(row) for row in self.prices)
        return sum((amount for amount in amounts if amount is not None), zero(self.currency))

    @property
    def services_amount(self) -> Money:
        """Return what the services come to, which are invoiced at once (BR-50)."""
        return self._sum(item for item in self.items if item.kind is not ProductKind.HARDWARE)

    @property
    def hardware_amount(self) -> Money:
        """Return what the hardware comes to, which is invoiced as it ships (BR-51)."""
        return self._sum(item for item in self.items if item.kind is ProductKind.HARDWARE)

    def in_advance(self, row: OfferedPrice) -> Money | None:
        """Return what a product's commitment costs in the first advance; None without a commitment or a price."""
        first = self.first_advance
        if first is None or row.price is None or row.agreed.product not in first.commitments:
            return None
        return self.amount(first.commitments[row.agreed.product], row.price, first.months)

    def amount(self, quantity: Decimal, price: Decimal, months: int = 1) -> Money:
        """Return quantity × price × months, rounded once (BR-32)."""
        return round_money(Fraction(quantity) * Fraction(price) * months, self.currency)

    def _sum(self, items: Any) -> Money:
        return sum((self.amount(item.quantity, item.price) for item in items), zero(self.currency))


def _offered_price(row: dict[str, Any]) -> OfferedPrice:
    return OfferedPrice(
        agreed=AgreedPrice(
            product=row["product"],
            commitment=Decimal(row["commitment"]),
            price=_decimal(row["price"]),
            overage_price=_decimal(row["overage_price"]),
            setup_price=_decimal(row["setup_price"]),
        ),
        name=printable(row["name"]),
        kind=ProductKind(row["kind"]),
        list_price=_decimal(row["list_price"]),
        list_setup_price=_decimal(row["list_setup_price"]),
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _terms(frozen: dict[str, Any], prices: Sequence[OfferedPrice]) -> ContractTerms:
    agreement = frozen["agreement"]
    return ContractTerms(
        effective_date=date.fromisoformat(agreement["effective_date"]),
        currency=frozen["currency"],
        commercial_model=CommercialModel(agreement["commercial_model"]),
        licensing_model=LicensingModel(agreement["licensing_model"]),
        edition=Edition(agreement["edition"]),
        time_zone=frozen["time_zone"],
        ramp_months=agreement["ramp_months"],
        term_months=agreement["term_months"],
        net_days=agreement["net_days"],
        prices=[row.agreed for row in prices],
    )
