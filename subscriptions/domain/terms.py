"""
What was agreed with an organization, as one immutable value, and what is in force in a period (BR-10 to BR-17).

Changes are append-only facts; the terms in force are folded from them each time, so any past period can be
computed again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from subscriptions.domain.catalog import CONTACT_CENTER_TIERS, LICENSE_RANK
from subscriptions.domain.period import BillingPeriod, first_index_from, index_holding, nth_period, period_start
from subscriptions.domain.policy import POLICIES, BillingPolicy, Edition

MONTHS_OF_A_CONTRACT_YEAR = 12


class CommercialModel(StrEnum):
    """When a commitment is invoiced (BR-10)."""

    MONTH_TO_MONTH = "MONTH_TO_MONTH"
    PREPAY_MONTHLY_COMMITMENT = "PREPAY_MONTHLY_COMMITMENT"
    PREPAY = "PREPAY"


class LicensingModel(StrEnum):
    """How contact-center users are counted; an organization has one, never a mix (BR-12)."""

    NAMED = "named"
    CONCURRENT = "concurrent"
    HOURLY = "hourly"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedPrice:
    """What was agreed for a product: prices per unit and month in the subscription's currency, None if not agreed."""

    product: str
    commitment: Decimal = Decimal(0)
    price: Decimal | None = None
    overage_price: Decimal | None = None
    setup_price: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsChange:
    """
    One recorded change of a product's commitment or prices; None leaves a figure as it is (BR-15).

    `recorded_on` is the local date on which it was recorded, None if it was in time for the period it names.
    """

    effective_date: date
    product: str
    commitment: Decimal | None = None
    price: Decimal | None = None
    overage_price: Decimal | None = None
    recorded_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """An agreed fair-use allowance of a resource per license and month, instead of the catalog's (BR-40)."""

    product: str
    resource: str
    quantity: Decimal


@dataclass(frozen=True, kw_only=True)
class ContractTerms:
    """An agreement over time; every date is one of the billing time zone."""

    effective_date: date
    currency: str
    commercial_model: CommercialModel
    licensing_model: LicensingModel
    edition: Edition = Edition.E2019
    time_zone: str = "America/New_York"
    ramp_months: int = 0
    term_months: int = MONTHS_OF_A_CONTRACT_YEAR
    net_days: int = 30
    cutoff_hours: int = 6
    last_service_date: date | None = None
    cancelled_on: date | None = None
    prices: Sequence[AgreedPrice] = ()
    changes: Sequence[TermsChange] = ()
    allowances: Sequence[Allowance] = ()
    add_ons: frozenset[str] = field(default_factory=frozenset)

    @property
    def policy(self) -> BillingPolicy:
        """Return the thresholds of the edition."""
        return POLICIES[self.edition]

    @property
    def grace(self) -> timedelta:
        """Return how long after a period's end its usage is closed (BR-02)."""
        return timedelta(hours=self.cutoff_hours)

    @property
    def last_index(self) -> int | None:
        """Return the index of the last period, None while the subscription runs on (BR-16, BR-17)."""
        if self.last_service_date is None:
            return None
        return index_holding(self.last_service_date, effective_date=self.effective_date)

    def period(self, index: int) -> BillingPeriod | None:
        """Return period `index`, shortened if it holds the last service day; None after that (BR-01, BR-16)."""
        whole = nth_period(effective_date=self.effective_date, index=index)
        if self.last_service_date is None or self.last_service_date >= whole.last_day:
            return whole if self.last_index is None or index <= self.last_index else None
        if self.last_service_date < whole.start:
            return None
        return BillingPeriod(
            index=index,
            start=whole.start,
            end=self.last_service_date + timedelta(days=1),
            whole_end=whole.whole_end,
        )

    def in_ramp(self, index: int) -> bool:
        """Tell whether the period belongs to the ramp (BR-11)."""
        return index < self.ramp_months

    def contract_year(self, index: int) -> range:
        """
        Return the indexes of the contract year that holds a period of the term (BR-10).

        Years are counted from the end of the ramp and cut at the end of each term, which renews for the same length
        (BR-17).
        """
        term, position = divmod(index - self.ramp_months, self.term_months)
        year_start = position // MONTHS_OF_A_CONTRACT_YEAR * MONTHS_OF_A_CONTRACT_YEAR
        length = min(MONTHS_OF_A_CONTRACT_YEAR, self.term_months - year_start)
        first = self.ramp_months + term * self.term_months + year_start
        return range(first, first + length)

    def periods_in_advance(self, index: int) -> range:
        """Return the periods that an advance due at the start of one pays for, a cancellation aside (BR-10)."""
        if self.commercial_model is CommercialModel.PREPAY:
            return range(index, self.contract_year(index).stop)
        return range(index, index + 1)

    def commitment(self, product: str, index: int) -> Decimal:
        """Return the commitment in force in a period; 0 month to month and in a ramp (BR-10, BR-15)."""
        return self._committed(index).get(product, Decimal(0))

    def may_commit_to(self, product: str) -> bool:
        """Tell whether a product can have a commitment: a license or an add-on (BR-30)."""
        return product in LICENSE_RANK or product in self.add_ons

    def commitments(self, index: int) -> Mapping[str, Decimal]:
        """Return the commitments above 0 in a period, in the order of their products' codes."""
        found = self._committed(index)
        return {product: found[product] for product in sorted(filter(self.may_commit_to, found)) if found[product] > 0}

    def committed_products(self, index: int) -> list[str]:
        """Return the products with a commitment above 0 in a period, by code."""
        return list(self.commitments(index))

    def price(self, product: str, index: int) -> Decimal | None:
        """Return the agreed price in force in a period, None if there is none (BR-15, BR-31)."""
        return self._in_force(product, index).price

    def overage_price(self, product: str, index: int) -> Decimal | None:
        """Return the agreed overage price in force in a period; it defaults to the price (BR-30)."""
        agreed = self._in_force(product, index)
        return agreed.price if agreed.overage_price is None else agreed.overage_price

    def setup_price(self, product: str) -> Decimal | None:
        """Return the agreed one-time charge of a number (BR-43)."""
        agreed = self._initial.get(product)
        return agreed.setup_price if agreed else None

    def takes_effect(self, change: TermsChange) -> int:
        """Return the index of the first period that a change bears on (BR-15)."""
        named = first_index_from(change.effective_date, effective_date=self.effective_date)
        if change.recorded_on is None:
            return named
        # Recorded on the day a period starts is recorded after its midnight.
        return max(named, first_index_from(change.recorded_on + timedelta(days=1), effective_date=self.effective_date))

    @cached_property
    def _initial(self) -> Mapping[str, AgreedPrice]:
        return {agreed.product: agreed for agreed in self.prices}

    @cached_property
    def _ordered_changes(self) -> Sequence[tuple[int, TermsChange]]:
        """Return the changes with the period they bear on, in the order in which they win over one another."""
        indexed = [(self.takes_effect(change), change) for change in self.changes]
        return sorted(indexed, key=lambda pair: (pair[0], pair[1].effective_date))

    def _until(self, index: int) -> Iterator[TermsChange]:
        return (change for takes_effect, change in self._ordered_changes if takes_effect <= index)

    def _in_force(self, product: str, index: int) -> AgreedPrice:
        """Return the prices of a product in a period."""
        agreed = self._initial.get(product) or AgreedPrice(product=product)
        for change in self._until(index):
            if change.product == product:
                agreed = replace(
                    agreed,
                    price=agreed.price if change.price is None else change.price,
                    overage_price=agreed.overage_price if change.overage_price is None else change.overage_price,
                )
        return agreed

    def _committed(self, index: int) -> Mapping[str, Decimal]:
        """Return the commitments in force in a period; what has none there may be missing."""
        if self.commercial_model is CommercialModel.MONTH_TO_MONTH or self.in_ramp(index):
            return {}
        if self.commercial_model is CommercialModel.PREPAY_MONTHLY_COMMITMENT:
            return self._asked(index)
        return self._asked_for_the_year(index)

    def _asked(self, index: int) -> dict[str, Decimal]:
        """Return the commitments asked for as of a period: one to a tier ends that to another (BR-15)."""
        asked: dict[str, Decimal] = {}
        stated: Sequence[AgreedPrice | TermsChange] = (*self.prices, *self._until(index))
        for one in stated:
            if one.commitment is None:
                continue
            if one.product not in CONTACT_CENTER_TIERS:
                asked[one.product] = one.commitment
            elif one.commitment > 0:
                asked = {product: asked[product] for product in asked if product not in CONTACT_CENTER_TIERS}
                asked[one.product] = one.commitment
            else:
                asked.pop(one.product, None)
        return asked

    def _asked_for_the_year(self, index: int) -> Mapping[str, Decimal]:
        """
        Return the highest commitments asked for since the contract year began (BR-15, `PREPAY`).

        Of the tiers that is the first one committed to; another waits for the next year.
        """
        highest: dict[str, Decimal] = {}
        tier = None
        for k in range(self.contract_year(index).start, index + 1):
            asked = self._asked(k)
            tier = tier or next((one for one in CONTACT_CENTER_TIERS if one in asked), None)
            for product, quantity in asked.items():
                if product == tier or product not in CONTACT_CENTER_TIERS:
                    highest[product] = max(highest.get(product, quantity), quantity)
        return highest


def advance_cancelled_on(terms: ContractTerms) -> date | None:
    """Return the day from which advance charges know of the cancellation, None if there is none (BR-16)."""
    return terms.cancelled_on or terms.last_service_date


def starts_on(terms: ContractTerms, index: int) -> date:
    """Return the first day of period `index`."""
    return period_start(effective_date=terms.effective_date, index=index)
