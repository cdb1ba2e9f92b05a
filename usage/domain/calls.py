"""Calls in columns: a row each, one by one only where one of them is shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from subscriptions.domain import e164
from usage.domain.events import Call, Direction
from usage.domain.instants import Numbers, instant_at, microseconds

ID_SEPARATOR = "\0"
"""No text that is reported holds it."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Calls:
    """Calls in no particular order; their ids are one text, since most are never looked at."""

    ended: Numbers
    seconds: Numbers
    direction: NDArray[np.int8]
    remote: Numbers
    """The far end's numbers, as codes."""
    ids: bytes

    def __len__(self) -> int:
        """Return how many calls there are."""
        return len(self.ended)

    def at(self, rows: Iterable[int]) -> list[Call]:
        """Return some of the calls one by one."""
        places = list(rows)
        ids = self.ids.decode().split(ID_SEPARATOR) if places else []
        return [
            Call(
                ids[place],
                Direction(int(self.direction[place])),
                e164.decode(int(self.remote[place])),
                int(self.seconds[place]),
                instant_at(int(self.ended[place])),
            )
            for place in places
        ]


def calls_of(calls: Sequence[Call]) -> Calls:
    """Return calls in columns."""
    return Calls(
        ended=np.array([microseconds(call.at) for call in calls], np.int64),
        seconds=np.array([call.seconds for call in calls], np.int64),
        direction=np.array([call.direction for call in calls], np.int8),
        remote=e164.encode([call.remote for call in calls]),
        ids=ID_SEPARATOR.join(call.call_id for call in calls).encode(),
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
        ids=ID_SEPARATOR.encode().join(part.ids for part in filled),
    )
