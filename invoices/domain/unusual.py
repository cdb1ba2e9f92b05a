"""
How unusual a bill is beside those before it of the same agreement, like with like: arrears with arrears, an advance
with an advance of as many months and with what was agreed.

What is found is a kind and how many times it is away from usual: a list ranks by it. What is not unusual but absurd is
beyond a safety bound, see `bounds`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from statistics import median

from invoices.domain.charge import IN_ARREARS, ChargeKind, charged_amount
from invoices.domain.draft import InvoiceDraft
from invoices.domain.prices import Prices
from subscriptions.domain.terms import CommercialModel, ContractTerms, advance_cancelled_on, starts_on

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


def bill_of(draft: InvoiceDraft | None, *, is_used: bool | None = None, obstacles: int = 0) -> Bill:
    """Return a draft as a bill, its signs as they are on an invoice; None is a bill of nothing."""
    sums = dict.fromkeys(("arrears", "corrections", "advance"), Decimal(0))
    lines = draft.lines if draft else ()
    for charge in lines:
        sums[_part(charge.kind)] += charge.amount.amount
    months = max((charge.months for charge in lines if charge.kind is ChargeKind.PREPAY), default=0)
    bill = Bill(**sums, months=months, is_used=is_used, obstacles=obstacles)
    return bill.turned_round() if draft and draft.is_credit_note else bill


def _part(kind: ChargeKind) -> str:
    if kind is ChargeKind.PREPAY:
        return "advance"
    return "corrections" if kind is ChargeKind.ADJUSTMENT or kind not in IN_ARREARS else "arrears"


def agreed_advance(prices: Prices, *, index: int, paid: Mapping[str, Decimal] | None = None) -> Decimal:
    """
    Return commitment x price x months of what falls due at the start of a period, by the agreement as it stands.

    It is worked out by itself, not by what charges it, so that the two can be held against each other. `paid` is what
    earlier advances have charged for that period; without it, what they charge by the agreement.
    """
    terms = prices.terms
    months = _months_paid_ahead(terms, index)
    if not months:
        return Decimal(0)
    before = _paid_by_agreement(terms, index) if paid is None else paid
    amount = Decimal(0)
    for product, committed in terms.commitments(index).items():
        quantity = committed - before.get(product, Decimal(0))
        price = prices.price(product, index)
        if quantity > 0 and price is not None:
            amount += charged_amount(quantity=quantity, unit_price=price, months=months, currency=terms.currency).amount
    return amount


def _months_paid_ahead(terms: ContractTerms, index: int) -> int:
    """Return how many periods an advance at the start of one pays for; a known cancellation ends them (BR-16)."""
    if terms.commercial_model is CommercialModel.MONTH_TO_MONTH or terms.in_ramp(index):
        return 0
    months = terms.contract_year(index).stop - index if terms.commercial_model is CommercialModel.PREPAY else 1
    cancelled_on = advance_cancelled_on(terms)
    if cancelled_on is None or terms.last_index is None or cancelled_on > starts_on(terms, index):
        return months
    return max(0, min(months, terms.last_index + 1 - index))


def _paid_by_agreement(terms: ContractTerms, index: int) -> Mapping[str, Decimal]:
    """Return what is paid of a later period of a contract year: what was committed to before it (BR-15)."""
    if terms.commercial_model is not CommercialModel.PREPAY or index == terms.contract_year(index).start:
        return {}
    return terms.commitments(index - 1)


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


def usual_arrears(amounts: Sequence[Decimal]) -> Decimal:
    """Return what arrears are compared with: the median of earlier ones; where most were nothing, the highest."""
    return median(amounts) or max(amounts)


def _arrears(bill: Bill, counted: Sequence[Bill]) -> Iterator[Finding]:
    amounts = [earlier.arrears for earlier in counted]
    usual = usual_arrears(amounts)
    if bill.arrears == usual or is_immaterial(bill.arrears - usual, bill):
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


def is_immaterial(difference: Decimal, bill: Bill) -> bool:
    """Tell whether a difference is too small beside the whole bill to be looked at."""
    return Fraction(abs(difference)) < IMMATERIAL * Fraction(abs(bill.total))


def _fixed(oddity: Oddity, *, usual: Decimal | None = None, past: int = 0) -> Finding:
    return Finding(oddity=oddity, times=_TIMES[oddity], usual=usual, past=past)
