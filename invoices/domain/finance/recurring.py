"""
Monthly recurring revenue: what agreements commit to, normalised to a month, and how it moved (ADR 41).

It is what is committed × the price in force, whenever it is invoiced: a year paid in advance counts with a twelfth each
month. A ramp has no commitment (BR-11), month to month has none (BR-10), and usage above a commitment does not recur.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from invoices.domain.charge import charged_amount
from invoices.domain.finance.months import last_day_of, month_after, month_of, months_from
from subscriptions.domain.period import first_index_from, index_holding
from subscriptions.domain.terms import CommercialModel, ContractTerms, starts_on


class Movement(StrEnum):
    """Why recurring revenue is another one than a month ago."""

    NEW = "new"
    EXPANSION = "expansion"
    CONTRACTION = "contraction"
    CHURN = "churn"
    REACTIVATION = "reactivation"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFrom:
    """The list prices of one currency from a day on, until the next ones."""

    day: date
    prices: Mapping[str, Decimal]


@dataclass(slots=True, kw_only=True)
class RecurringRevenue:
    """
    What one agreement is worth a month, on any day.

    `listed` are the price books of its currency, oldest first: they price what was agreed without a price (BR-31).
    """

    terms: ContractTerms
    listed: Sequence[ListedFrom] = ()
    _known: dict[tuple[int, int], Decimal] = field(default_factory=dict)
    _steps: list[int] | None = None

    def on(self, day: date) -> Decimal:
        """Return the amount at the currency's precision; 0 before the agreement begins and after its last day."""
        terms = self.terms
        if day < terms.effective_date or (terms.last_service_date is not None and day > terms.last_service_date):
            return Decimal(0)
        index = _index_on(day, terms.effective_date)
        # Between two steps nothing changes but the contract year, which counts for what is paid by the year.
        year = terms.contract_year(index).start if terms.commercial_model is CommercialModel.PREPAY else 0
        key = (bisect_right(self._all_steps(), index), year)
        if key not in self._known:
            self._known[key] = monthly_worth(terms, index, listed=self.listed)
        return self._known[key]

    def _all_steps(self) -> list[int]:
        """Return the periods from which on something may be different, in their order."""
        if self._steps is None:
            terms = self.terms
            changes = {terms.takes_effect(change) for change in terms.changes}
            books = {first_index_from(book.day, effective_date=terms.effective_date) for book in self.listed}
            self._steps = sorted({0, terms.ramp_months} | changes | books)
        return self._steps


@lru_cache(maxsize=100_000)
def _index_on(day: date, effective_date: date) -> int:
    """Return the period that holds a day: agreements that began on one day share it, and there are as many as days."""
    return index_holding(day, effective_date=effective_date)


def monthly_worth(terms: ContractTerms, index: int, *, listed: Sequence[ListedFrom] = ()) -> Decimal:
    """Return committed quantity × price of all products in a period; each product is rounded as it is invoiced."""
    total = Decimal(0)
    for product in terms.committed_products(index):
        price = terms.price(product, index)
        if price is None:
            price = _listed_price(listed, product, starts_on(terms, index))
        quantity = terms.commitment(product, index)
        total += charged_amount(quantity=quantity, unit_price=price, months=1, currency=terms.currency).amount
    return total


def _listed_price(listed: Sequence[ListedFrom], product: str, day: date) -> Decimal:
    """Return the list price in force on a day; what has no price at all is worth nothing, and holds its cycle."""
    place = bisect_right([book.day for book in listed], day)
    return listed[place - 1].prices.get(product, Decimal(0)) if place else Decimal(0)


def movement_of(*, before: Decimal, after: Decimal, was_before: bool) -> Movement | None:
    """Return why the revenue of one organization differs from the month before; `was_before`: it ever had any."""
    if before == after:
        return None
    if not before:
        return Movement.REACTIVATION if was_before else Movement.NEW
    if not after:
        return Movement.CHURN
    return Movement.EXPANSION if after > before else Movement.CONTRACTION


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurringMonth:
    """What an organization is worth at the end of a month, by how much that differs from the end of the one before."""

    month: date
    amount: Decimal
    change: Decimal
    movement: Movement | None


def amounts_on(agreements: Iterable[RecurringRevenue], days: Sequence[date]) -> list[Decimal]:
    """Return what some agreements of one currency are worth together on each day."""
    together = list(agreements)
    return [sum((one.on(day) for one in together), start=Decimal(0)) for day in days]


def recurring_months(agreements: Sequence[RecurringRevenue], months: Sequence[date]) -> list[RecurringMonth]:
    """Return what the agreements of one organization in one currency are worth at the end of consecutive months."""
    days = [month - timedelta(days=1) for month in (months[0], *(month_after(month) for month in months))]
    amounts = amounts_on(agreements, days)
    found = []
    for month, (before, after) in zip(months, pairwise(amounts), strict=True):
        movement = movement_of(before=before, after=after, was_before=True)
        if movement is Movement.REACTIVATION and not _was_ever(agreements, before=month):
            movement = Movement.NEW
        found.append(RecurringMonth(month=month, amount=after, change=after - before, movement=movement))
    return found


def _was_ever(agreements: Sequence[RecurringRevenue], *, before: date) -> bool:
    """Tell whether the agreements were worth anything at the end of any earlier month."""
    first = min(month_of(one.terms.effective_date) for one in agreements)
    earlier = months_from(first, month_after(before, -1))
    return any(one.on(last_day_of(month)) for month in earlier for one in agreements)
