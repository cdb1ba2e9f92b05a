"""What if: an agreement with other terms, and what it would have charged beside what was billed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from moneyed import Money

from invoices.domain.block import Block
from invoices.domain.charge import KIND_ORDER, Charge, ChargeKind, Service
from invoices.domain.charges.prepay import prepay_charges
from invoices.domain.prices import Prices
from invoices.domain.schedule import advances_due
from subscriptions.domain.catalog import CONTACT_CENTER_TIERS
from subscriptions.domain.money import round_money, zero
from subscriptions.domain.period import BillingPeriod, first_index_from
from subscriptions.domain.policy import Edition
from subscriptions.domain.terms import (
    MONTHS_OF_A_CONTRACT_YEAR,
    AgreedPrice,
    CommercialModel,
    ContractTerms,
    LicensingModel,
    TermsChange,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SupposedPrice:
    """
    Another commitment or price of a product, over all periods; None leaves a figure as it was.

    A price holds above the commitment as well, unless another one is named for that (BR-30).
    """

    product: str
    commitment: Decimal | None = None
    price: Decimal | None = None
    overage_price: Decimal | None = None

    @property
    def keeps_overage_price(self) -> bool:
        """Tell whether what is above the commitment costs what was agreed."""
        return self.price is None and self.overage_price is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Supposition:
    """Other terms, over all periods; None leaves one as it was. Agreed prices may give way to the price book's."""

    commercial_model: CommercialModel | None = None
    licensing_model: LicensingModel | None = None
    edition: Edition | None = None
    ramp_months: int | None = None
    at_list_prices: bool = False
    prices: Sequence[SupposedPrice] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """
    What is asked: the last closed periods, and the terms they are supposed to have had.

    `list_prices_on` names a price book by a day on which it is in force, for all periods; without it each has the book
    in force at its start. `rate_deck_id` is another deck for the calls.
    """

    periods: int
    supposition: Supposition = Supposition()
    list_prices_on: date | None = None
    rate_deck_id: int | None = None


def supposed_terms(terms: ContractTerms, supposition: Supposition) -> ContractTerms:
    """Return an agreement as it is supposed to have been."""
    prices, changes = terms.prices, terms.changes
    if supposition.at_list_prices:
        prices = [replace(row, price=None, overage_price=None, setup_price=None) for row in prices]
        changes = [replace(change, price=None, overage_price=None) for change in changes]
    for supposed in _with_one_tier(supposition.prices):
        prices = _supposed_prices(prices, supposed)
        changes = [_without_what_is_supposed(change, supposed) for change in changes]
    return replace(
        terms,
        commercial_model=supposition.commercial_model or terms.commercial_model,
        licensing_model=supposition.licensing_model or terms.licensing_model,
        edition=supposition.edition or terms.edition,
        ramp_months=terms.ramp_months if supposition.ramp_months is None else supposition.ramp_months,
        prices=tuple(prices),
        changes=tuple(changes),
    )


def _with_one_tier(prices: Sequence[SupposedPrice]) -> list[SupposedPrice]:
    """Return the prices with an end of the commitment to every tier but the one that is committed to (BR-12, BR-15)."""
    by_product = {row.product: row for row in prices}
    if not any((by_product[tier].commitment or 0) > 0 for tier in CONTACT_CENTER_TIERS if tier in by_product):
        return list(prices)
    for tier in CONTACT_CENTER_TIERS:
        row = by_product.get(tier, SupposedPrice(product=tier))
        by_product[tier] = replace(row, commitment=Decimal(0)) if row.commitment is None else row
    return list(by_product.values())


def _supposed_prices(prices: Sequence[AgreedPrice], supposed: SupposedPrice) -> list[AgreedPrice]:
    agreed = next((row for row in prices if row.product == supposed.product), AgreedPrice(product=supposed.product))
    row = replace(
        agreed,
        commitment=agreed.commitment if supposed.commitment is None else supposed.commitment,
        price=agreed.price if supposed.price is None else supposed.price,
        overage_price=agreed.overage_price if supposed.keeps_overage_price else supposed.overage_price,
    )
    return [*(other for other in prices if other.product != supposed.product), row]


def _without_what_is_supposed(change: TermsChange, supposed: SupposedPrice) -> TermsChange:
    """Return a recorded change without the figures that are supposed to have been others all along."""
    if change.product != supposed.product:
        return change
    return replace(
        change,
        commitment=change.commitment if supposed.commitment is None else None,
        price=change.price if supposed.price is None else None,
        overage_price=change.overage_price if supposed.keeps_overage_price else None,
    )


def shares_of_advances(prices: Prices, *, period: BillingPeriod) -> list[Charge | Block]:
    """
    Return what falls to a period of every advance that pays for it, whenever it was due; a block if it has no price.

    So a year paid at its start compares fairly with the same year paid month by month.
    """
    found: list[Charge | Block] = []
    for index in indexes_paying_for(period.index):
        covering = [row for row in advances_due(prices.terms, index=index) if index + row.months > period.index]
        for entry in prepay_charges(covering, index=index, prices=prices):
            if isinstance(entry, Charge):
                found.append(share_of_period(entry, period=period, place=period.index - index))
            else:
                found.append(entry)
    return found


def indexes_paying_for(index: int) -> range:
    """Return the periods at whose start an advance may be due that pays for period `index` (BR-10)."""
    return range(max(0, index - MONTHS_OF_A_CONTRACT_YEAR + 1), index + 1)


def charges_of_period(charges: Iterable[Charge], *, period: BillingPeriod, effective_date: date) -> Iterator[Charge]:
    """Yield what was billed for a period: its arrears with their adjustments, and its share of every advance."""
    for charge in charges:
        service = charge.service
        if charge.kind is not ChargeKind.PREPAY:
            if service.start == period.start:
                yield charge
        elif service.start <= period.start <= service.last_day:
            due_at = first_index_from(service.start, effective_date=effective_date)
            yield share_of_period(charge, period=period, place=period.index - due_at)


def share_of_period(advance: Charge, *, period: BillingPeriod, place: int) -> Charge:
    """Return what of an advance falls to one of its periods, counted from 0; the shares add up to it exactly."""
    amount, months = Fraction(advance.amount.amount), advance.months
    until_now, before = (round_money(amount * done / months, advance.amount.currency) for done in (place + 1, place))
    return replace(
        advance,
        months=1,
        amount=until_now - before,
        service=Service(start=period.start, last_day=period.last_day),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A quantity, its price (None if it had several) and what they came to."""

    quantity: Decimal
    unit_price: Decimal | None
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRow:
    """A kind of charge of a product: as it was billed and as it would have been; None where there was none."""

    product: str
    kind: ChargeKind
    billed: Figures | None
    supposed: Figures | None
    difference: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Charges side by side: the rows, and what they come to net of tax."""

    rows: Sequence[ComparedRow]
    billed: Money
    supposed: Money

    @property
    def difference(self) -> Money:
        """Return how much more it would have been."""
        return self.supposed - self.billed


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedPeriod:
    """One closed period, with what the supposed terms could not charge: `left_out` as somebody had decided."""

    period: BillingPeriod
    sides: Sides
    blocks: Sequence[Block]
    left_out: Sequence[Block]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The periods of an agreement, oldest first, and all of them together."""

    currency: str
    terms: ContractTerms
    supposed_terms: ContractTerms
    periods: Sequence[ComparedPeriod]
    sides: Sides


def compare(billed: Sequence[Charge], supposed: Sequence[Charge], *, currency: str) -> Sides:
    """
    Return charges side by side, by product and kind; an adjustment counts as what it corrects.

    What came to nothing is left out.
    """
    before, after = _figures(billed), _figures(supposed)
    rows = []
    for product, kind in sorted(before.keys() | after.keys(), key=lambda key: (key[0], KIND_ORDER[key[1]])):
        was, would_be = before.get((product, kind)), after.get((product, kind))
        difference = _amount(would_be, currency) - _amount(was, currency)
        rows.append(ComparedRow(product=product, kind=kind, billed=was, supposed=would_be, difference=difference))
    return Sides(rows=rows, billed=_total(billed, currency), supposed=_total(supposed, currency))


def _total(charges: Iterable[Charge], currency: str) -> Money:
    return sum((charge.amount for charge in charges), start=zero(currency))


def _amount(figures: Figures | None, currency: str) -> Money:
    return zero(currency) if figures is None else figures.amount


def _figures(charges: Iterable[Charge]) -> dict[tuple[str, ChargeKind], Figures]:
    grouped: dict[tuple[str, ChargeKind], list[Charge]] = {}
    for charge in charges:
        grouped.setdefault((charge.product, charge.corrects or charge.kind), []).append(charge)
    added = {key: _added(group) for key, group in grouped.items()}
    return {key: figures for key, figures in added.items() if figures.quantity or figures.amount}


def _added(charges: Sequence[Charge]) -> Figures:
    prices = {charge.unit_price for charge in charges}
    return Figures(
        quantity=sum((charge.quantity for charge in charges), start=Decimal(0)),
        unit_price=prices.pop() if len(prices) == 1 else None,
        amount=_total(charges, str(charges[0].amount.currency)),
    )
