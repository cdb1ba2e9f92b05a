"""What a price list says, whatever kind of list it is: one entry for each thing that has a price."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class ListKind(StrEnum):
    """The lists that are imported from files."""

    PRICE_BOOK = "price_book"
    RATE_DECK = "rate_deck"
    TAX_RATES = "tax_rates"


class Scope(StrEnum):
    """What it means that a file does not name something that is in force."""

    COMPLETE = "complete"
    """It is no longer offered from that day on."""
    CHANGES = "changes"
    """It stays as it is."""


class Key(NamedTuple):
    """What an entry is about; a list has one entry for each."""

    code: str
    direction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """
    What is charged for a product, for calls with the numbers of a prefix, or by a tax authority.

    `price` is per unit and month, per minute, or a percentage. `extra` is a product's setup price or the taxed share.
    `words` are a destination, or the taxed categories. `line` is where a file says so.
    """

    code: str
    direction: str = ""
    price: Decimal
    extra: Decimal | None = None
    words: str = ""
    line: int | None = field(default=None, compare=False)

    @property
    def key(self) -> Key:
        """Return what the entry is about."""
        return Key(self.code, self.direction)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Which list a file is for, from which day on: a currency's book, a deck, or the taxes."""

    kind: ListKind
    effective_date: date
    scope: Scope = Scope.COMPLETE
    currency: str = ""
    deck_id: int | None = None
    increment_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList:
    """
    A list as it stands on a day.

    `since` is the first day of the book or version in force then, None if there is none or, for taxes, where each
    authority has its own. `until` is the day from which a later one takes over.
    """

    entries: Sequence[Entry] = ()
    since: date | None = None
    until: date | None = None
    increment_seconds: int | None = None

    def by_key(self) -> Mapping[Key, Entry]:
        """Return the entries by what they are about."""
        return {entry.key: entry for entry in self.entries}
