"""
What we would have billed beside what the old system billed: line by line, each difference with its reasons.

Amounts are net, and of one currency. A difference is ours less the old system's.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

NOTHING = Decimal(0)


class Billed(StrEnum):
    """Whether a line is billed before its period or after it."""

    ADVANCE = "advance"
    ARREARS = "arrears"


class Verdict(StrEnum):
    """What a person says about a difference."""

    OURS = "ours"
    """Ours is right: the old system would go on being wrong, or the difference is meant."""
    OLD = "old"
    """The old system was right: something has to be mended before going live."""
    UNCLEAR = "unclear"
    """Somebody has to find out."""


class Reason(StrEnum):
    """Why two lines differ, as far as their figures say it."""

    ONLY_HERE = "only_here"
    ONLY_OLD = "only_old"
    PERIOD = "period"
    QUANTITY = "quantity"
    PRICE = "price"
    ROUNDING = "rounding"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True, kw_only=True)
class SideLine:
    """
    A line of one side; `last_day` is inclusive, `billed` None where nobody says, `product` empty where it is only
    described. `key` tells it from all others of its side.
    """

    key: int
    billed: Billed | None
    product: str
    description: str
    first_day: date
    last_day: date
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Two lines that are about the same, or one that has no counterpart."""

    ours: SideLine | None
    old: SideLine | None
    reasons: Sequence[Reason] = ()

    @property
    def key(self) -> tuple[int | None, int | None]:
        """Return what tells it from all others."""
        return self.ours.key if self.ours else None, self.old.key if self.old else None

    @property
    def quantity(self) -> Decimal:
        """Return how much more we counted."""
        return (self.ours.quantity if self.ours else NOTHING) - (self.old.quantity if self.old else NOTHING)

    @property
    def unit_price(self) -> Decimal:
        """Return how much dearer ours is by the unit; nothing where there is nothing to compare with."""
        return self.ours.unit_price - self.old.unit_price if self.ours and self.old else NOTHING

    @property
    def amount(self) -> Decimal:
        """Return how much more we would have billed."""
        return (self.ours.amount if self.ours else NOTHING) - (self.old.amount if self.old else NOTHING)

    @property
    def is_different(self) -> bool:
        """Tell whether a person has to look at it: rounding explains itself."""
        return any(reason is not Reason.ROUNDING for reason in self.reasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class SideBySide:
    """All lines of both sides, each in exactly one match."""

    matches: Sequence[Match]

    @property
    def ours(self) -> Decimal:
        """Return what we would have billed."""
        return sum((match.ours.amount for match in self.matches if match.ours), start=NOTHING)

    @property
    def old(self) -> Decimal:
        """Return what the old system billed."""
        return sum((match.old.amount for match in self.matches if match.old), start=NOTHING)

    @property
    def difference(self) -> Decimal:
        """Return how much more we would have billed."""
        return self.ours - self.old


def lay_side_by_side(ours: Iterable[SideLine], old: Iterable[SideLine], *, minor_unit: Decimal) -> SideBySide:
    """
    Match the lines of both sides, each with one of the other at most, and say how they differ.

    First those that are the same, then by product, kind, service period and description, then without the description,
    then where the old system does not say the kind, then where the service periods differ; what has no product by its
    description, at last by its amount. Of several that fit, those with the same figures belong together first.
    `minor_unit` is the smallest amount of the currency: a difference of one is rounding.
    """
    left, right = list(ours), list(old)
    found: list[tuple[SideLine | None, SideLine | None]] = []
    for likeness in _LIKENESSES:
        for closeness in (_exactly, _about):
            found.extend(_pair(left, right, likeness, closeness))
    found.extend((line, None) for line in left)
    found.extend((None, line) for line in right)
    matches = [Match(ours=a, old=b, reasons=_reasons(a, b, minor_unit)) for a, b in found]
    return SideBySide(matches=sorted(matches, key=_order))


Likeness = Callable[[SideLine], Hashable]
"""What two lines have to share; None where a line cannot be matched by it."""


def _by_all_it_says(line: SideLine) -> Hashable:
    return line.product, line.billed, _words(line), _exactly(line)


def _by_product_kind_and_words(line: SideLine) -> Hashable:
    like = _by_product_and_kind(line)
    return (like, _words(line)) if like and _words(line) else None


def _by_product_and_kind(line: SideLine) -> Hashable:
    return (line.product, line.billed, line.first_day, line.last_day) if line.product and line.billed else None


def _by_product(line: SideLine) -> Hashable:
    return (line.product, line.first_day, line.last_day) if line.product else None


def _by_product_alone(line: SideLine) -> Hashable:
    """Lines of a product of one period, though the days that they name differ."""
    return line.product or None


def _by_description(line: SideLine) -> Hashable:
    return _words(line) or None


def _by_amount(line: SideLine) -> Hashable:
    return (line.amount, line.first_day) if line.amount else None


def _words(line: SideLine) -> str:
    return " ".join(line.description.casefold().split())


_LIKENESSES: Sequence[Likeness] = (
    _by_all_it_says,
    _by_product_kind_and_words,
    _by_product_and_kind,
    _by_product,
    _by_product_alone,
    _by_description,
    _by_amount,
)


def _exactly(line: SideLine) -> Hashable:
    return line.first_day, line.last_day, line.quantity, line.unit_price, line.amount


def _about(line: SideLine) -> Hashable:
    del line
    return ()


def _pair(
    left: list[SideLine], right: list[SideLine], likeness: Likeness, closeness: Likeness
) -> Iterator[tuple[SideLine, SideLine]]:
    """Yield the lines that are alike, and take them out of both lists."""
    candidates: defaultdict[Hashable, list[SideLine]] = defaultdict(list)
    for line in right:
        if (like := likeness(line)) is not None:
            candidates[like, closeness(line)].append(line)
    taken_left, taken_right = set(), set()
    for line in left:
        like = likeness(line)
        fitting = candidates.get((like, closeness(line)), []) if like is not None else []
        other = next((each for each in fitting if _may_be_same(line, each)), None)
        if other is not None:
            fitting.remove(other)
            taken_left.add(line.key)
            taken_right.add(other.key)
            yield line, other
    left[:] = [line for line in left if line.key not in taken_left]
    right[:] = [line for line in right if line.key not in taken_right]


def _may_be_same(ours: SideLine, old: SideLine) -> bool:
    """Tell whether nothing says that two lines are about different things."""
    kinds = {ours.billed, old.billed} - {None}
    products = {ours.product, old.product} - {""}
    return len(kinds) < 2 and len(products) < 2


def _reasons(ours: SideLine | None, old: SideLine | None, minor_unit: Decimal) -> list[Reason]:
    if ours is None:
        return [Reason.ONLY_OLD]
    if old is None:
        return [Reason.ONLY_HERE]
    found = []
    if (ours.first_day, ours.last_day) != (old.first_day, old.last_day):
        found.append(Reason.PERIOD)
    if ours.quantity != old.quantity:
        found.append(Reason.QUANTITY)
    if ours.unit_price != old.unit_price:
        found.append(Reason.PRICE)
    if ours.amount == old.amount or {Reason.QUANTITY, Reason.PRICE} & set(found):
        return found
    return [*found, Reason.ROUNDING if abs(ours.amount - old.amount) <= minor_unit else Reason.AMOUNT]


def _order(match: Match) -> tuple[object, ...]:
    """Put what differs most first, what agrees last, in the order of the bill where that is the same."""
    line = match.ours or match.old
    if line is None:
        raise ValueError("A match has at least one side.")
    return not match.is_different, -abs(match.amount), line.first_day, line.product, line.description, line.key


class Standing(StrEnum):
    """How far a period has been compared."""

    NOT_BILLED = "not_billed"
    """The old system has no lines for it yet."""
    AGREES = "agrees"
    ACCEPTED = "accepted"
    """It differs, and everything that does has been found right as it is here."""
    OLD_RIGHT = "old_right"
    """Something has to be mended."""
    OPEN = "open"
    """Something has to be looked at, or cleared up."""


Verdicts = Mapping[tuple[int | None, int | None], Verdict]
"""What was decided about a match, by its key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedPeriod:
    """A closed period with both sides; the standing follows from what differs and what was decided about it."""

    first_day: date
    sides: SideBySide
    verdicts: Verdicts = field(default_factory=dict)

    @property
    def open_matches(self) -> list[Match]:
        """Return the differences about which nothing is settled."""
        return [match for match in self._different() if self._verdict(match) in {None, Verdict.UNCLEAR}]

    @property
    def standing(self) -> Standing:
        """Return how far it has been compared."""
        if not any(match.old for match in self.sides.matches) and any(match.ours for match in self.sides.matches):
            return Standing.NOT_BILLED
        if self.open_matches:
            return Standing.OPEN
        if any(self._verdict(match) is Verdict.OLD for match in self._different()):
            return Standing.OLD_RIGHT
        return Standing.ACCEPTED if self._different() else Standing.AGREES

    @property
    def largest(self) -> Decimal:
        """Return the largest difference of a line, with its sign; nothing if none differs."""
        return max((match.amount for match in self._different()), key=abs, default=NOTHING)

    def _different(self) -> list[Match]:
        return [match for match in self.sides.matches if match.is_different]

    def _verdict(self, match: Match) -> Verdict | None:
        return self.verdicts.get(match.key)


class Obstacle(StrEnum):
    """Why an organization is not ready to go live."""

    NOTHING_CLOSED = "nothing_closed"
    NOTHING_COMPARED = "nothing_compared"
    OPEN = "open"
    OLD_RIGHT = "old_right"


def obstacles(periods: Sequence[ComparedPeriod]) -> list[Obstacle]:
    """
    Return what keeps an organization from being ready, from its closed periods, oldest first; nothing if it is.

    A period in which the old system was right shows a fault of ours, which a later one has to be without: so it keeps
    nobody from going live once a later period agrees, or is accepted.
    """
    if not periods:
        return [Obstacle.NOTHING_CLOSED]
    compared = [period for period in periods if period.standing is not Standing.NOT_BILLED]
    if not compared:
        return [Obstacle.NOTHING_COMPARED]
    found = []
    if any(period.standing is Standing.OPEN for period in compared):
        found.append(Obstacle.OPEN)
    if compared[-1].standing is Standing.OLD_RIGHT:
        found.append(Obstacle.OLD_RIGHT)
    return found
