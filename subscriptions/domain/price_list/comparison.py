"""What would change if a list took over from the one in force: line by line, and in numbers."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from subscriptions.domain.money import round_half_up
from subscriptions.domain.price_list.entry import Entry, Key, ListKind, PriceList, Scope

_PERCENT = 100
_PERCENT_DECIMALS = 1


class ChangeKind(StrEnum):
    """What becomes of an entry; the order is that of a report."""

    RAISED = "raised"
    LOWERED = "lowered"
    REMOVED = "removed"
    ADDED = "added"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """
    One entry that differs, before and after; None where there is none.

    `shorter` is, of a number prefix that is added or removed, the rate of the longest shorter prefix: it rates these
    calls in the list that has no rate of their own for them (BR-42).
    """

    kind: ChangeKind
    before: Entry | None = None
    after: Entry | None = None
    shorter: Entry | None = None

    @property
    def entry(self) -> Entry:
        """Return the entry as it will be, or as it was."""
        entry = self.after or self.before
        assert entry is not None, "something changes"
        return entry

    @property
    def percent(self) -> Decimal | None:
        """Return by how many percent the price rises or falls, to one decimal; None without a price before."""
        if self.before is None or self.after is None or not self.before.price or self.before.price == self.after.price:
            return None
        difference = self.after.price - self.before.price
        return round_half_up(difference * _PERCENT / self.before.price, _PERCENT_DECIMALS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Everything that would change, how many entries would not, and a deck's increment in seconds before and after."""

    changes: Sequence[Change]
    unchanged: int
    increment_before: int | None = None
    increment_after: int | None = None

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing would change."""
        return not self.changes and not self.changes_increment

    @property
    def changes_increment(self) -> bool:
        """Tell whether calls would be rounded up otherwise than before; a deck that begins changes nothing."""
        return self.increment_before not in {None, self.increment_after}

    def counts(self) -> Mapping[ChangeKind, int]:
        """Return how many entries change in which way."""
        counted = Counter(change.kind for change in self.changes)
        return {kind: counted[kind] for kind in ChangeKind}

    def removed_and_rated_by_a_shorter(self) -> int:
        """Return how many prefixes go whose calls a shorter one would rate from then on (BR-42)."""
        return sum(change.kind is ChangeKind.REMOVED and change.shorter is not None for change in self.changes)


def compare(
    standing: PriceList, entries: Iterable[Entry], *, kind: ListKind, scope: Scope, increment_seconds: int | None = None
) -> Comparison:
    """
    Compare the list in force with what a file says.

    A complete file ends what it does not name; a file of changes leaves it as it is.
    """
    before, named = standing.by_key(), {entry.key: entry for entry in entries}
    after = named if scope is Scope.COMPLETE else {**before, **named}
    changes = list(_changes(before, after))
    if kind is ListKind.RATE_DECK:
        changes = [_with_shorter(change, before=before, after=after) for change in changes]
    order = {change_kind: place for place, change_kind in enumerate(ChangeKind)}
    return Comparison(
        changes=sorted(changes, key=lambda change: (order[change.kind], change.entry.key)),
        unchanged=len(after) - sum(change.after is not None for change in changes),
        increment_before=standing.increment_seconds,
        increment_after=increment_seconds,
    )


def _changes(before: Mapping[Key, Entry], after: Mapping[Key, Entry]) -> Iterator[Change]:
    for key, entry in after.items():
        earlier = before.get(key)
        if earlier is None:
            yield Change(kind=ChangeKind.ADDED, after=entry)
        elif earlier != entry:
            yield Change(kind=_kind(earlier, entry), before=earlier, after=entry)
    for key, entry in before.items():
        if key not in after:
            yield Change(kind=ChangeKind.REMOVED, before=entry)


def _kind(before: Entry, after: Entry) -> ChangeKind:
    """Tell which way an entry goes: by its price, then by its setup price or taxed share, else in words only."""
    for earlier, later in ((before.price, after.price), (before.extra or Decimal(0), after.extra or Decimal(0))):
        if later != earlier:
            return ChangeKind.RAISED if later > earlier else ChangeKind.LOWERED
    return ChangeKind.RENAMED


def _with_shorter(change: Change, *, before: Mapping[Key, Entry], after: Mapping[Key, Entry]) -> Change:
    if change.kind is ChangeKind.REMOVED:
        return Change(kind=change.kind, before=change.before, shorter=find_shorter(change.entry.key, after))
    if change.kind is ChangeKind.ADDED:
        return Change(kind=change.kind, after=change.after, shorter=find_shorter(change.entry.key, before))
    return change


def find_shorter(key: Key, entries: Mapping[Key, Entry]) -> Entry | None:
    """Return the rate of the longest prefix that a prefix begins with, other than itself; None if there is none."""
    beginnings = (Key(key.code[:length], key.direction) for length in range(len(key.code) - 1, 0, -1))
    return next((entries[beginning] for beginning in beginnings if beginning in entries), None)
