"""
How unusual a bill is beside those before it of the same agreement, like with like: arrears with arrears, an advance
with an advance of as many months and with what was agreed.

What is found is a kind and how many times it is away from usual: a list ranks by it, and a bound may be set on it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from statistics import median

from invoices.domain.charge import IN_ARREARS, Charge, ChargeKind, charged_amount
from invoices.domain.prices import Prices
from invoices.domain.schedule import advances_due

COMPARED_ARREARS = 6
"""So many of the last arrears are compared with."""

REMARKABLE = Fraction(3, 2)
"""So many times more, or less, is worth a word; anything closer is as usual."""

IMMATERIAL = Fraction(1, 100)
"""A difference of less than this part of the whole bill is nothing to look at, however many times it is."""

MOST_TIMES = Fraction(100)


class Oddity(StrEnum):
    """What is unusual about a bill."""

    WOULD_BE_HELD = "would_be_held"
    ADVANCE_DIFFERS = "advance_differs"
    NO_USAGE = "no_usage"
    WOULD_BE_CREDIT = "would_be_credit"
    MANY_CORRECTIONS = "many_corrections"
    NEW_ARREARS = "new_arrears"
    NO_ARREARS = "no_arrears"
    MORE_ARREARS = "more_arrears"
    LESS_ARREARS = "less_arrears"
    GREATER_ADVANCE = "greater_advance"
    SMALLER_ADVANCE = "smaller_advance"
    FIRST_BILL = "first_bill"


_TIMES = {
    Oddity.WOULD_BE_HELD: Fraction(20),
    Oddity.ADVANCE_DIFFERS: Fraction(15),
    Oddity.NO_USAGE: Fraction(10),
    Oddity.WOULD_BE_CREDIT: Fraction(8),
    Oddity.NO_ARREARS: Fraction(5),
    Oddity.MANY_CORRECTIONS: Fraction(4),
    Oddity.NEW_ARREARS: Fraction(3),
    Oddity.FIRST_BILL: Fraction(2),
}
"""What counts as so many times away from usual, where there is nothing to divide by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """
    A bill, its amounts net and in one currency, a credit negative.

    `arrears` are what its own period was charged, `corrections` what earlier ones were; `months` are those that the
    advance pays for. `is_used` tells whether anybody was counted, None if nothing was to be counted. `obstacles` are
    the reasons for which it would be held.
    """

    arrears: Decimal = Decimal(0)
    corrections: Decimal = Decimal(0)
    advance: Decimal = Decimal(0)
    months: int = 0
    is_used: bool | None = None
    obstacles: int = 0

    @property
    def total(self) -> Decimal:
        """Return all of it, net."""
        return self.arrears + self.corrections + self.advance

    def turned_round(self) -> "Bill":
        """Return it with its signs turned round, as those of a credit note are."""
        return replace(self, arrears=-self.arrears, corrections=-self.corrections, advance=-self.advance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """
    Something unusual: what, how many times it is away from usual, and what it was compared with.

    `usual` is the amount that it would be expected to be near, `past` how many bills that was taken from, or the number
    of obstacles.
    """

    oddity: Oddity
    times: Fraction
    usual: Decimal | None = None
    past: int = 0


def bill_of(charges: Sequence[Charge], *, is_used: bool | None, obstacles: int = 0) -> Bill:
    """Return the charges of a draft as a bill, with their signs."""
    sums = dict.fromkeys(("arrears", "corrections", "advance"), Decimal(0))
    for charge in charges:
        sums[_part(charge.kind)] += charge.amount.amount
    months = max((charge.months for charge in charges if charge.kind is ChargeKind.PREPAY), default=0)
    return Bill(**sums, months=months, is_used=is_used, obstacles=obstacles)


def _part(kind: ChargeKind) -> str:
    if kind is ChargeKind.ADJUSTMENT or kind not in {*IN_ARREARS, ChargeKind.PREPAY}:
        return "corrections"
    return "advance" if kind is ChargeKind.PREPAY else "arrears"


def agreed_advance(prices: Prices, *, index: int) -> Decimal:
    """Return commitment x price x months of what falls due at the start of a period, by the agreement as it stands."""
    terms, amount = prices.terms, Decimal(0)
    for advance in advances_due(terms, index=index):
        price = prices.price(advance.product, index)
        if price is not None:
            due = charged_amount(
                quantity=advance.quantity, unit_price=price, months=advance.months, currency=terms.currency
            )
            amount += due.amount
    return amount


def find_unusual(bill: Bill, *, past: Sequence[Bill], agreed: Decimal | None = None) -> list[Finding]:
    """
    Return what is unusual about a bill, the most unusual first; nothing if it is as usual.

    `past` are the closes before it, oldest first; `agreed` is what its advance would be by the agreement, None where
    that is not known.
    """
    found = [*_by_itself(bill, agreed), *_beside_the_past(bill, past)]
    return sorted(found, key=lambda finding: -finding.times)


def unusualness(findings: Sequence[Finding]) -> int:
    """Return what to rank by, in hundredths: how many times the most unusual thing is away from usual; 100 is usual."""
    return int(100 * max((finding.times for finding in findings), default=Fraction(1)))


def _by_itself(bill: Bill, agreed: Decimal | None) -> Iterator[Finding]:
    if bill.obstacles:
        yield _fixed(Oddity.WOULD_BE_HELD, past=bill.obstacles)
    elif agreed is not None and bill.advance != agreed:
        yield _fixed(Oddity.ADVANCE_DIFFERS, usual=agreed)
    if bill.total < 0:
        yield _fixed(Oddity.WOULD_BE_CREDIT)
    elif abs(bill.corrections) * 2 > bill.arrears + bill.advance and bill.corrections:
        yield _fixed(Oddity.MANY_CORRECTIONS, usual=bill.corrections)


def _beside_the_past(bill: Bill, past: Sequence[Bill]) -> Iterator[Finding]:
    counted = [earlier for earlier in past if earlier.is_used is not None][-COMPARED_ARREARS:]
    if not counted:
        yield _fixed(Oddity.FIRST_BILL)
    elif bill.is_used is False and all(earlier.is_used for earlier in counted):
        yield _fixed(Oddity.NO_USAGE, past=len(counted))
    elif bill.is_used is not None:
        yield from _arrears(bill, counted)
    yield from _advance(bill, past)


def _arrears(bill: Bill, counted: Sequence[Bill]) -> Iterator[Finding]:
    """Compare with the median; where most were nothing, with the highest."""
    amounts = [earlier.arrears for earlier in counted]
    usual = median(amounts) or max(amounts)
    if bill.arrears == usual or _is_immaterial(bill.arrears - usual, bill):
        return
    if not usual:
        yield _fixed(Oddity.NEW_ARREARS, past=len(amounts))
    elif not bill.arrears:
        # Where there sometimes was nothing, nothing is as usual.
        if min(amounts):
            yield _fixed(Oddity.NO_ARREARS, usual=usual, past=len(amounts))
    else:
        yield from _compared(bill.arrears, usual, (Oddity.MORE_ARREARS, Oddity.LESS_ARREARS), past=len(amounts))


def _advance(bill: Bill, past: Sequence[Bill]) -> Iterator[Finding]:
    """Compare with the latest advance for as many months."""
    alike = [earlier.advance for earlier in past if earlier.months == bill.months and earlier.advance]
    if bill.advance and alike:
        yield from _compared(bill.advance, alike[-1], (Oddity.GREATER_ADVANCE, Oddity.SMALLER_ADVANCE), past=1)


def _compared(amount: Decimal, usual: Decimal, kinds: tuple[Oddity, Oddity], *, past: int) -> Iterator[Finding]:
    times = Fraction(amount) / Fraction(usual)
    away = min(MOST_TIMES, max(times, 1 / times)) if times > 0 else MOST_TIMES
    if away >= REMARKABLE:
        yield Finding(oddity=kinds[0] if times > 1 else kinds[1], times=away, usual=usual, past=past)


def _is_immaterial(difference: Decimal, bill: Bill) -> bool:
    return Fraction(abs(difference)) < IMMATERIAL * Fraction(abs(bill.total))


def _fixed(oddity: Oddity, *, usual: Decimal | None = None, past: int = 0) -> Finding:
    return Finding(oddity=oddity, times=_TIMES[oddity], usual=usual, past=past)
