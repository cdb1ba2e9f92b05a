"""Texts as whole numbers: each distinct one has its own, in the order in which they came."""

from collections.abc import Collection, Iterable, Iterator

import numpy as np

from usage.domain.instants import Numbers, Truths


class Codes(Collection[str]):
    """Distinct texts; the code of one is its place among them."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        """Begin with some that are distinct."""
        self._places: dict[str, int] = {text: place for place, text in enumerate(texts)}

    def __contains__(self, text: object) -> bool:
        """Tell whether a text has a code."""
        return text in self._places

    def __iter__(self) -> Iterator[str]:
        """Yield the texts in order of their codes."""
        return iter(self._places)

    def __len__(self) -> int:
        """Return how many there are; the next code."""
        return len(self._places)

    def add(self, texts: Collection[str]) -> Numbers:
        """Return the code of each text; a text that is new gets the next one."""
        places = self._places
        for text in dict.fromkeys(texts):
            places.setdefault(text, len(places))
        return np.fromiter(map(places.__getitem__, texts), np.int64, len(texts))

    def place(self, text: str) -> int | None:
        """Return the code of a text, None if it has none."""
        return self._places.get(text)

    def among(self, texts: Iterable[str]) -> Truths:
        """Return of each code whether its text is one of these."""
        found = np.zeros(len(self), np.bool_)
        found[[self._places[text] for text in texts if text in self._places]] = True
        return found
