"""How long what is owed has been past due (BR-82)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from invoices.domain.payments import OpenItem


class Age(StrEnum):
    """How many days an open amount is past due."""

    CURRENT = "current"
    UP_TO_30 = "1-30"
    UP_TO_60 = "31-60"
    UP_TO_90 = "61-90"
    OVER_90 = "90+"


_LAST_DAY = {Age.CURRENT: 0, Age.UP_TO_30: 30, Age.UP_TO_60: 60, Age.UP_TO_90: 90}


class Standing(StrEnum):
    """How a document stands: its balance on a day."""

    PAID = "paid"
    OPEN = "open"
    PAST_DUE = "past_due"
    CREDIT = "credit"
    USED = "used"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aged:
    """What is open, by age; each amount in the one currency of the items."""

    amounts: dict[Age, Decimal]

    @property
    def past_due(self) -> Decimal:
        """Return everything that is past due."""
        return sum((amount for age, amount in self.amounts.items() if age is not Age.CURRENT), start=Decimal(0))


def age_on(due_date: date, *, on: date) -> Age:
    """Return how long something is past due on a day; on its due date it is not (BR-82)."""
    days = (on - due_date).days
    return next((age for age, last in _LAST_DAY.items() if days <= last), Age.OVER_90)


def due_dates_of(age: Age, *, on: date) -> tuple[date | None, date | None]:
    """Return the first and the last due date of what has an age on a day; None where there is no bound (BR-82)."""
    ages = list(Age)
    place = ages.index(age)
    last = None if place == 0 else on - timedelta(days=_LAST_DAY[ages[place - 1]] + 1)
    first = on - timedelta(days=_LAST_DAY[age]) if age in _LAST_DAY else None
    return first, last


def aged(items: Iterable[OpenItem], *, on: date) -> Aged:
    """Return what is open of invoices in one currency, by age (BR-82)."""
    amounts = dict.fromkeys(Age, Decimal(0))
    for item in items:
        amounts[age_on(item.due_date, on=on)] += item.open
    return Aged(amounts=amounts)


def standing(*, is_credit_note: bool, open_amount: Decimal, due_date: date, on: date) -> Standing:
    """Return how a document stands on a day; nothing falls due by a credit note."""
    if is_credit_note:
        return Standing.CREDIT if open_amount else Standing.USED
    if not open_amount:
        return Standing.PAID
    return Standing.PAST_DUE if due_date < on else Standing.OPEN
