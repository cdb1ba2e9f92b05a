"""Columns of texts: kept as one, and told apart by whole numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from usage.domain.instants import Numbers

SEPARATOR = b"\0"
"""No text that is reported holds it."""

Words = NDArray[np.uint64]

_WORD = 8
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_FEW = 256
"""So few texts are taken one by one in less time than columns take to begin."""

_TURNS = 16
"""So often what met in one place is looked at again: of millions of texts, none is left after half as many turns."""


@dataclass(frozen=True, slots=True)
class Texts:
    """So many texts, joined by NUL."""

    joined: bytes
    count: int

    def __len__(self) -> int:
        """Return how many texts there are."""
        return self.count

    def at(self, rows: Iterable[int]) -> list[str]:
        """Return some of the texts one by one."""
        places = list(rows)
        if not places:
            return []
        size = self._size()
        if size is not None:
            begins = [place * (size + 1) for place in places]
            return [self.joined[begin : begin + size].decode() for begin in begins]
        texts = self.joined.split(SEPARATOR)
        return [texts[place].decode() for place in places]

    def numbered(self) -> tuple[Numbers, Numbers]:
        """Return a number for each text, from 0 on, the same for the same text; and a row that has each number."""
        size = self._size()
        return (_numbered(self._words(size)) if size else None) or self._numbered_one_by_one()

    def _size(self) -> int | None:
        """Return how many bytes each text has if they are many and all of one length, as ids are."""
        if self.count <= _FEW or (len(self.joined) + 1) % self.count:
            return None
        size = (len(self.joined) + 1) // self.count - 1
        characters = np.frombuffer(self.joined, np.uint8)
        # A separator after each but the last, and nowhere else.
        if characters[size :: size + 1].any() or np.count_nonzero(characters) != self.count * size:
            return None
        return size

    def _words(self, size: int) -> list[Words]:
        """Return the texts, each of so many bytes, as columns of words; the last word may overlap the one before."""
        kind = np.dtype(np.uint64 if size >= _WORD else np.uint8)
        last = size - kind.itemsize
        return [
            np.ndarray(self.count, kind, self.joined, begin, (size + 1,)).astype(np.uint64)
            for begin in (*range(0, last, kind.itemsize), last)
        ]

    def _numbered_one_by_one(self) -> tuple[Numbers, Numbers]:
        texts = self.joined.split(SEPARATOR) if self.count else []
        numbers = {text: number for number, text in enumerate(dict.fromkeys(texts))}
        found = np.fromiter(map(numbers.__getitem__, texts), np.int64, self.count)
        rows = np.empty(len(numbers), np.int64)
        rows[found] = np.arange(self.count)
        return found, rows


def texts_of(texts: Sequence[str]) -> Texts:
    """Return texts in a column."""
    return Texts(SEPARATOR.decode().join(texts).encode(), len(texts))


def together(parts: Sequence[Texts]) -> Texts:
    """Return the texts of several columns in one."""
    filled = [part for part in parts if part.count]
    if len(filled) == 1:
        return filled[0]
    return Texts(SEPARATOR.join([part.joined for part in filled]), sum(part.count for part in filled))


def _numbered(words: Sequence[Words]) -> tuple[Numbers, Numbers] | None:
    """
    Number texts by their hashes, as places of a table where one text at a time settles; compare each with who settled.

    Return None if there are texts that differ and go on meeting: they share a hash.
    """
    rows = every = np.arange(len(words[0]))
    hashes = np.zeros(len(every), np.uint64)
    for word in words:
        hashes ^= word
        _mix(hashes)
    # No more than every other place is taken.
    bits = (2 * len(every)).bit_length()
    table = np.empty(1 << bits, np.int64)
    # The row that stands for the text of each.
    like = np.empty_like(every)
    for _turn in range(_TURNS):
        places = (hashes >> np.uint64(64 - bits)).view(np.int64)
        table[places] = np.arange(len(rows))
        settled = table[places]
        is_same = np.ones(len(rows), np.bool_)
        for word in words:
            is_same &= word[settled] == word
        like[rows] = rows[settled]
        others = np.flatnonzero(~is_same)
        if not len(others):
            is_first = like == every
            return (np.cumsum(is_first) - 1)[like], np.flatnonzero(is_first)
        rows, hashes, words = rows[others], hashes[others], [word[others] for word in words]
        _mix(hashes)
    return None


def _mix(words: Words) -> None:
    words *= _SPREAD
    words ^= words >> np.uint64(29)
