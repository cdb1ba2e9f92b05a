"""Columns of texts: kept as one, and told apart by whole numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from usage.domain.instants import Numbers

SEPARATOR = b"\0"
"""No text that is reported holds it."""

Words = NDArray[np.uint64]

_SPREAD = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Texts:
    """So many texts, joined by NUL."""

    joined: bytes
    count: int

    def __len__(self) -> int:
        """Return how many texts there are."""
        return self.count

    def __add__(self, others: "Texts") -> "Texts":
        """Return these texts and others after them."""
        if not self.count or not others.count:
            return self if self.count else others
        return Texts(self.joined + SEPARATOR + others.joined, self.count + others.count)

    def at(self, rows: Iterable[int]) -> list[str]:
        """Return some of the texts one by one."""
        places = list(rows)
        if not places:
            return []
        texts = self.joined.split(SEPARATOR)
        return [texts[place].decode() for place in places]

    def numbered(self) -> tuple[Numbers, Numbers]:
        """Return a number for each text, from 0 on, the same for the same text; and a row that has each number."""
        words = self._words()
        return (None if words is None else _numbered(words)) or self._numbered_one_by_one()

    def _words(self) -> Words | None:
        """Return the texts as columns of words if they are all of one length, as ids are."""
        if not self.count or (len(self.joined) + 1) % self.count:
            return None
        length = (len(self.joined) + 1) // self.count
        table = np.frombuffer(self.joined + SEPARATOR, np.uint8).reshape(self.count, length)
        # A separator at the end of each row, and nowhere else.
        if table[:, -1].any() or self.joined.count(SEPARATOR) != self.count - 1:
            return None
        padded = np.zeros((self.count, -(-length // 8) * 8), np.uint8)
        padded[:, :length] = table
        # A word after the other, as they are read.
        return np.ascontiguousarray(padded.view(np.uint64).T)

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


def _numbered(words: Words) -> tuple[Numbers, Numbers] | None:
    """Number texts by sorting their hashes; return None if two texts that differ have the same one."""
    mixed = np.zeros(words.shape[1], np.uint64)
    for word in words:
        mixed ^= word
        mixed *= _SPREAD
        mixed ^= mixed >> np.uint64(29)
    order = np.argsort(mixed)
    mixed = mixed[order]
    is_new = np.concatenate(([True], mixed[1:] != mixed[:-1]))
    first = order[is_new]
    numbers = np.empty(len(order), np.int64)
    numbers[order] = np.cumsum(is_new) - 1
    if any((word[first][numbers] != word).any() for word in words):
        return None
    return numbers, first
