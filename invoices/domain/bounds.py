"""
Safety bounds: what makes an invoice absurd, whatever the reason, so that it is held for a person and not issued.

They know nothing of how an invoice is worked out, only what it says and what it is held against: a fault anywhere
before is caught here, or by nobody.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from invoices.domain.block import BOUNDS, Block, BlockCode
from invoices.domain.charge import Charge, ChargeKind
from invoices.domain.draft import InvoiceDraft
from invoices.domain.unusual import Bill, bill_of, is_immaterial, usual_arrears
from subscriptions.domain.catalog import CONTACT_CENTER_TIERS, LICENSE_RANK
from subscriptions.domain.money import plain
from subscriptions.domain.terms import ContractTerms, LicensingModel
from usage.domain.snapshot import UsageCount

COUNTED_BY_HEAD = frozenset({ChargeKind.USAGE, ChargeKind.OVERAGE})
"""The charges whose quantity is seats, where their product is a license or an add-on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """
    How far an invoice may go before it is held: so many times the usual arrears, once so many earlier ones are known;
    so many lines. Only what is `checked` holds anything.
    """

    arrears_times: Decimal = Decimal(5)
    arrears_needed: int = 3
    most_lines: int = 100_000
    checked: frozenset[BlockCode] = BOUNDS


NO_BOUNDS = Bounds(checked=frozenset())
"""Holds nothing: where nobody can be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """
    What came before a cycle: the day on which the period before it ended, None if there is none, whether that is
    closed, and what the last periods like it were charged in arrears, oldest first.
    """

    ended: date | None = None
    is_closed: bool = True
    arrears: Sequence[Decimal] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldAgainst:
    """
    What an invoice is held against: the currency of the agreement, the period's first day and the agreement's, what
    came before, what the advance has to be, and how many seats of each product anybody was seen on.

    `seen` is None where nothing was counted.
    """

    currency: str
    starts_on: date
    effective_date: date
    before: Before
    advance: Decimal
    seen: Mapping[str, int] | None


def beyond(draft: InvoiceDraft | None, against: HeldAgainst, *, bounds: Bounds) -> list[Block]:
    """Return which bounds an invoice goes beyond, with the figures, in the order of their codes; empty if none."""
    bill = bill_of(draft)
    found = [
        *_currency(draft, against),
        *_adjacent(against),
        *_advance(bill, against),
        *_seats(draft, against),
        *_arrears(bill, against, bounds),
        *_negative(draft),
        *_lines(draft, bounds),
    ]
    return [block for block in found if block.code in bounds.checked]


def seats_seen(count: UsageCount, terms: ContractTerms) -> dict[str, int]:
    """
    Return on how many seats of each license and add-on somebody was seen in a period, by the people behind its count.

    Concurrent users are of one pool, whatever their tier. Hours are no seats.
    """
    seen = Counter(person.license for person in count.people if person.license is not None)
    seats = {product: seen[product] for product in LICENSE_RANK}
    if terms.licensing_model is LicensingModel.CONCURRENT:
        pool = sum(seen[tier] for tier in CONTACT_CENTER_TIERS)
        seats |= dict.fromkeys(CONTACT_CENTER_TIERS, pool)
    elif terms.licensing_model is LicensingModel.HOURLY:
        seats = {product: seats[product] for product in seats if product not in CONTACT_CENTER_TIERS}
    return seats | {product: len(count.add_on_holders.get(product, ())) for product in terms.add_ons}


def fingerprint(draft: InvoiceDraft | None, blocks: Iterable[Block]) -> str:
    """
    Return what tells an invoice that somebody has looked at from any other: a SHA-256 over all it says but its dates.

    The dates are those of the day on which it is issued (BR-03). The bounds that it goes beyond belong to it.
    """
    parts = [f"bound {code.value}" for code in sorted({block.code for block in blocks})]
    if draft is not None:
        parts += [f"{draft.is_credit_note} {draft.currency} {draft.total.currency}"]
        parts += [repr(_said(line)) for line in draft.lines]
        parts += [
            repr((tax.rate.authority, plain(tax.rate.rate), plain(tax.rate.taxable), plain(tax.amount.amount)))
            for tax in draft.taxes
        ]
        parts += [plain(amount.amount) for amount in (draft.subtotal, draft.tax, draft.total)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _said(line: Charge) -> tuple[object, ...]:
    return (
        line.kind.value,
        line.corrects.value if line.corrects else "",
        line.product,
        plain(line.quantity),
        plain(line.unit_price),
        line.months,
        plain(line.amount.amount),
        str(line.amount.currency),
        line.service.start.isoformat(),
        line.service.last_day.isoformat(),
        line.tax_category.value,
        line.destination,
        line.direction,
        line.days,
    )


def _currency(draft: InvoiceDraft | None, against: HeldAgainst) -> Iterator[Block]:
    """An invoice is in the currency of its agreement, with every line and tax (BR-83)."""
    if draft is None:
        return
    amounts = [*(line.amount for line in draft.lines), *(tax.amount for tax in draft.taxes), draft.total]
    others = {draft.currency, *(str(amount.currency) for amount in amounts)} - {against.currency}
    for other in sorted(others):
        yield Block(code=BlockCode.WRONG_CURRENCY, subject=other, words=(("agreed_currency", against.currency),))


def _adjacent(against: HeldAgainst) -> Iterator[Block]:
    """A period begins where the one before it ended, the first one with the agreement; that one is closed (BR-71)."""
    before = against.before
    expected = against.effective_date if before.ended is None else before.ended
    if against.starts_on != expected or not before.is_closed:
        words = (("begins", against.starts_on.isoformat()), ("expected", expected.isoformat()))
        yield Block(code=BlockCode.PERIOD_APART, subject=against.starts_on.isoformat(), words=words)


def _advance(bill: Bill, against: HeldAgainst) -> Iterator[Block]:
    """An advance is commitment x price x months (BR-30)."""
    if bill.advance != against.advance:
        words = (("amount", _money(bill.advance, against)), ("agreed_amount", _money(against.advance, against)))
        yield Block(code=BlockCode.ADVANCE_OFF, subject=_money(bill.advance, against), words=words)


def _seats(draft: InvoiceDraft | None, against: HeldAgainst) -> Iterator[Block]:
    """No more seats are billed than somebody was seen on (BR-20, BR-21, BR-24)."""
    if draft is None or against.seen is None:
        return
    billed: dict[str, Decimal] = {}
    for line in draft.lines:
        if line.kind in COUNTED_BY_HEAD and line.product in against.seen:
            billed[line.product] = billed.get(line.product, Decimal(0)) + abs(line.quantity)
    for product, quantity in sorted(billed.items()):
        if quantity > against.seen[product]:
            words = (("billed", plain(quantity)), ("seen", str(against.seen[product])))
            yield Block(code=BlockCode.SEATS_UNSEEN, subject=product, words=words)


def _arrears(bill: Bill, against: HeldAgainst, bounds: Bounds) -> Iterator[Block]:
    """Arrears are not so many times the usual ones; where there never were any, nothing is usual yet."""
    past = against.before.arrears
    if against.seen is None or not past or len(past) < bounds.arrears_needed:
        return
    usual = usual_arrears(past)
    if usual <= 0 or bill.arrears <= usual * bounds.arrears_times or is_immaterial(bill.arrears - usual, bill):
        return
    words = (
        ("amount", _money(bill.arrears, against)),
        ("usual", _money(usual, against)),
        ("times", plain(bounds.arrears_times)),
        ("past", str(len(past))),
    )
    yield Block(code=BlockCode.ARREARS_JUMP, subject=_money(bill.arrears, against), words=words)


def _negative(draft: InvoiceDraft | None) -> Iterator[Block]:
    """Only what corrects an earlier period gives money back (BR-74), and no document is negative in itself."""
    if draft is None:
        return
    corrects = any(line.kind is ChargeKind.ADJUSTMENT for line in draft.lines)
    if draft.total.amount < 0 or (draft.is_credit_note and not corrects):
        total = f"{draft.currency} {plain(draft.total.amount)}"
        yield Block(code=BlockCode.CREDIT_OF_NOTHING, subject=total, words=(("amount", total),))


def _lines(draft: InvoiceDraft | None, bounds: Bounds) -> Iterator[Block]:
    if draft is not None and len(draft.lines) > bounds.most_lines:
        words = (("lines", str(len(draft.lines))), ("most", str(bounds.most_lines)))
        yield Block(code=BlockCode.TOO_MANY_LINES, subject=str(len(draft.lines)), words=words)


def _money(amount: Decimal, against: HeldAgainst) -> str:
    """Write an amount as it is kept: its currency and its digits."""
    return f"{against.currency} {plain(amount)}"
