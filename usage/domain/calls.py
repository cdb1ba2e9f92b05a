"""Calls in columns: a row each, one by one only where one of them is shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from subscriptions.domain import e164
from usage.domain.events import Call, Direction
from usage.domain.instants import Numbers, instant_at, microseconds
from usage.domain.texts import Texts, texts_of, together


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Calls:
    """Calls in no particular order."""

    ended: Numbers
    seconds: Numbers
    direction: NDArray[np.int8]
    remote: Numbers
    """The far end's numbers, as codes."""
    ids: Texts

    def __len__(self) -> int:
        """Return how many calls there are."""
        return len(self.ended)

    def at(self, rows: Iterable[int]) -> list[Call]:
        """Return some of the calls one by one."""
        places = list(rows)
        return [
            Call(
                call_id,
                Direction(int(self.direction[place])),
                e164.decode(int(self.remote[place])),
                int(self.seconds[place]),
                instant_at(int(self.ended[place])),
            )
            for place, call_id in zip(places, self.ids.at(places), strict=True)
        ]


def calls_of(calls: Sequence[Call]) -> Calls:
    """Return calls in columns."""
    return Calls(
        ended=np.array([microseconds(call.at) for call in calls], np.int64),
        seconds=np.array([call.seconds for call in calls], np.int64),
        direction=np.array([call.direction for call in calls], np.int8),
        remote=e164.encode([call.remote for call in calls]),
        ids=texts_of([call.call_id for call in calls]),
    )


def joined(parts: Sequence[Calls]) -> Calls:
    """Return the calls of several columns in one."""
    filled = [part for part in parts if len(part)]
    if not filled:
        return calls_of([])
    return Calls(
        ended=np.concatenate([part.ended for part in filled]),
        seconds=np.concatenate([part.seconds for part in filled]),
        direction=np.concatenate([part.direction for part in filled]),
        remote=np.concatenate([part.remote for part in filled]),
        ids=together([part.ids for part in filled]),
    )
