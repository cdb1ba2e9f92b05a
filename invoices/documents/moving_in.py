"""Ours beside what the old system billed in words: each difference explained as far as it can be (ADR 42)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from moneyed import Money

from invoices.choices import OLD_KINDS, VERDICTS
from invoices.domain.moving_in.rows import OldFault, OldProblem
from invoices.domain.moving_in.side_by_side import (
    ComparedPeriod,
    Match,
    Obstacle,
    Reason,
    SideLine,
    Standing,
)
from subscriptions.documents import printable
from subscriptions.domain.formatting import format_days, format_money, format_price, format_quantity

STANDINGS = {
    Standing.NOT_BILLED: gettext_lazy("Not imported yet"),
    Standing.AGREES: gettext_lazy("Agrees"),
    Standing.ACCEPTED: gettext_lazy("Differs, found right"),
    Standing.OLD_RIGHT: gettext_lazy("The old system was right"),
    Standing.OPEN: gettext_lazy("To look at"),
}

OBSTACLES = {
    Obstacle.NOTHING_CLOSED: gettext_lazy("No period has been closed in shadow yet."),
    Obstacle.NOTHING_COMPARED: gettext_lazy("No invoice of the old system has been imported for a closed period."),
    Obstacle.OPEN: gettext_lazy("There are differences about which nobody has decided."),
    Obstacle.OLD_RIGHT: gettext_lazy(
        "In the last period the old system was right: mend what was wrong, and see the next period agree."
    ),
}

OLD_PROBLEMS = {
    OldProblem.NO_ROWS: gettext_lazy("The file has no rows below its first one."),
    OldProblem.MISSING_COLUMN: gettext_lazy("This column is missing: add it, as in the template."),
    OldProblem.UNKNOWN_COLUMN: gettext_lazy("There is no such column: remove it, or name it as in the template."),
    OldProblem.REPEATED_COLUMN: gettext_lazy("This column stands in the file twice: remove one."),
    OldProblem.MISSING: gettext_lazy("Nothing stands here: fill it in."),
    OldProblem.UNUSABLE: gettext_lazy("This cell is a formula or an error: write its value."),
    OldProblem.TOO_LONG: gettext_lazy("This is too long: shorten it."),
    OldProblem.MISLEADING: gettext_lazy("This holds a character that cannot be seen: type it once more."),
    OldProblem.UNKNOWN_ORGANIZATION: gettext_lazy("No organization has this code."),
    OldProblem.NOT_IN_SHADOW: gettext_lazy("This organization is not moving in: put it into shadow first."),
    OldProblem.UNKNOWN_CURRENCY: gettext_lazy("Nothing is billed in this currency: write its three letters."),
    OldProblem.TWO_CURRENCIES: gettext_lazy("Lines of this invoice above are in another currency."),
    OldProblem.NOT_A_DAY: gettext_lazy("This is no day: write it as 2026-03-31."),
    OldProblem.ENDS_BEFORE_IT_BEGINS: gettext_lazy("The last day lies before the first one."),
    OldProblem.UNKNOWN_KIND: gettext_lazy("Write advance or arrears, or leave it empty."),
    OldProblem.UNKNOWN_PRODUCT: gettext_lazy(
        "No product has this code: write one of the catalog, or leave it empty and describe it."
    ),
    OldProblem.NOTHING_NAMED: gettext_lazy("Name a product, or describe what was billed."),
    OldProblem.NOT_A_NUMBER: gettext_lazy("This is no number: write it with a point, as 1234.50."),
    OldProblem.TOO_FINE: gettext_lazy("This has more decimals than are kept here."),
    OldProblem.KNOWN_OTHERWISE: gettext_lazy(
        "This invoice was kept before, and says something else: an invoice does not change. Check its number."
    ),
    OldProblem.UNKNOWN_OPENING: gettext_lazy("Write invoice or credit, or leave it empty: then it is an open invoice."),
    OldProblem.NO_AGREEMENT: gettext_lazy("This organization has no agreement yet: make it first."),
    OldProblem.YET_TO_COME: gettext_lazy("This day is yet to come: write the date of the old document."),
    OldProblem.DUE_BEFORE_ITS_DATE: gettext_lazy("The due date lies before the date of the invoice."),
    OldProblem.DUE_TOO_FAR: gettext_lazy("This is more than 10 years ahead: write the day on which it falls due."),
    OldProblem.CREDIT_IS_NOT_DUE: gettext_lazy("A credit never falls due: leave this empty."),
    OldProblem.NOT_POSITIVE: gettext_lazy("Write what is still open, more than 0; what is left to them is a credit."),
    OldProblem.REPEATED_NUMBER: gettext_lazy("This number stands in the file above: each names one document."),
    OldProblem.KEPT_BEFORE: gettext_lazy("This is entered already: withdraw that file first, or leave the row out."),
    OldProblem.NUMBER_IS_OURS: gettext_lazy("A document issued here, or carried over before, bears this number."),
    OldProblem.NUMBER_WILL_BE_OURS: gettext_lazy(
        "Our own series will give this number: set its next number beyond it first, under Number series."
    ),
    OldProblem.OTHER_CURRENCY: gettext_lazy("The imported invoice with this number is in another currency."),
    OldProblem.MORE_THAN_BILLED: gettext_lazy("More is open than the imported invoice with this number came to."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRow:
    """Something to mend in a file: where, what stands there, and what to do."""

    line: str
    column: str
    value: str
    words: str


def fault_in_words(fault: OldFault) -> FaultRow:
    """Return a fault as it is read."""
    return FaultRow(
        line="" if fault.line is None else str(fault.line),
        column=fault.column,
        value=printable(fault.value),
        words=str(OLD_PROBLEMS[fault.problem]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A side of a match as it is shown; empty texts where it has no line."""

    quantity: str = ""
    price: str = ""
    amount: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRow:
    """
    A match as it is read: what it is about, both sides, their differences, and why they differ, in sentences.

    `place` names it among the rows of its page.
    """

    place: str
    what: str
    billed: str
    service: str
    ours: Figures
    old: Figures
    difference: Figures
    sentences: Sequence[str]
    is_different: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """For whom a comparison is written: the language, the names of products, and the currency of the amounts."""

    language: str
    names: Mapping[str, str]
    currency: str

    def money(self, amount: Decimal) -> str:
        """Write an amount."""
        return format_money(Money(amount, self.currency), self.language)

    def change(self, amount: Decimal) -> str:
        """Write a difference of amounts with its sign."""
        return f"+{self.money(amount)}" if amount > 0 else self.money(amount)


def compared_row(match: Match, *, counted: Sequence[str], voice: Voice) -> ComparedRow:
    """
    Return a match for a reader; `counted` says how our quantity came about.

    Words are in the language that is active.
    """
    line = match.ours or match.old
    if line is None:
        raise ValueError("A match has at least one side.")
    our_key, old_key = match.key
    return ComparedRow(
        place=f"{our_key or 0}-{old_key or 0}",
        what=_what(match, voice),
        billed=_billed(match),
        service=format_days(line.first_day, line.last_day, voice.language),
        ours=_figures(match.ours, voice),
        old=_figures(match.old, voice),
        difference=_difference(match, voice),
        sentences=list(_sentences(match, counted, voice)),
        is_different=match.is_different,
    )


def _what(match: Match, voice: Voice) -> str:
    """Name the product, or say what the line is called."""
    for line in (match.ours, match.old):
        if line and line.product:
            name = voice.names.get(line.product, line.product)
            return printable(name if line.description in {"", name} else f"{name}, {line.description}")
    return printable(match.old.description if match.old else "")


def _billed(match: Match) -> str:
    """Say whether it is billed before its period or after it; nothing where no side does."""
    found = next((line.billed for line in (match.ours, match.old) if line and line.billed), None)
    return str(dict(OLD_KINDS)[found.value]) if found else ""


def _figures(line: SideLine | None, voice: Voice) -> Figures:
    if line is None:
        return Figures()
    return Figures(
        quantity=format_quantity(line.quantity, voice.language),
        price=format_price(line.unit_price, voice.currency, voice.language),
        amount=voice.money(line.amount),
    )


def _difference(match: Match, voice: Voice) -> Figures:
    quantity = format_quantity(match.quantity, voice.language)
    price = format_price(match.unit_price, voice.currency, voice.language)
    return Figures(
        quantity=f"+{quantity}" if match.quantity > 0 else quantity if match.quantity else "",
        price=f"+{price}" if match.unit_price > 0 else price if match.unit_price else "",
        amount=voice.change(match.amount) if match.amount else "",
    )


def _sentences(match: Match, counted: Sequence[str], voice: Voice) -> Iterator[str]:
    ours, old = match.ours, match.old
    for reason in match.reasons:
        if reason is Reason.ONLY_OLD:
            yield _("Only the old system billed this.")
        elif reason is Reason.ONLY_HERE:
            yield _("Only we would bill this.")
        elif ours and old:
            yield _TOLD[reason] % _told(ours, old, voice)
    if {Reason.QUANTITY, Reason.ONLY_HERE} & set(match.reasons):
        yield from counted


_TOLD = {
    Reason.PERIOD: gettext_lazy("The old system billed %(old_days)s, we bill %(our_days)s."),
    Reason.QUANTITY: gettext_lazy("The old system billed %(old_quantity)s, we counted %(our_quantity)s."),
    Reason.PRICE: gettext_lazy("Price %(our_price)s against %(old_price)s of the old system."),
    Reason.ROUNDING: gettext_lazy("Rounding: the amounts differ by their last digit alone."),
    Reason.AMOUNT: gettext_lazy(
        "Quantity and price are the same, the amounts are not: %(our_amount)s here, %(old_amount)s in the old system."
    ),
}


def _told(ours: SideLine, old: SideLine, voice: Voice) -> dict[str, str]:
    return {
        "our_days": format_days(ours.first_day, ours.last_day, voice.language),
        "old_days": format_days(old.first_day, old.last_day, voice.language),
        "our_quantity": format_quantity(ours.quantity, voice.language),
        "old_quantity": format_quantity(old.quantity, voice.language),
        "our_price": format_price(ours.unit_price, voice.currency, voice.language),
        "old_price": format_price(old.unit_price, voice.currency, voice.language),
        "our_amount": voice.money(ours.amount),
        "old_amount": voice.money(old.amount),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodInWords:
    """A compared period in a list: how it stands, both totals, and what is left to look at."""

    standing: str
    state: str
    ours: str
    old: str
    difference: str
    largest: str
    left: str


def period_in_words(period: ComparedPeriod, *, voice: Voice) -> PeriodInWords:
    """Return how a period stands, in the language that is active."""
    sides, left = period.sides, len(period.open_matches)
    is_there = period.standing is not Standing.NOT_BILLED
    return PeriodInWords(
        standing=period.standing.value,
        state=str(STANDINGS[period.standing]),
        ours=voice.money(sides.ours),
        old=voice.money(sides.old) if is_there else "",
        difference=voice.change(sides.difference) if is_there and sides.difference else "",
        largest=voice.change(period.largest) if is_there and period.largest else "",
        left=ngettext("%(count)s difference to decide about", "%(count)s differences to decide about", left)
        % {"count": left}
        if is_there and left
        else "",
    )


def verdict_in_words(verdict: str) -> str:
    """Name a verdict."""
    return str(dict(VERDICTS)[verdict])
