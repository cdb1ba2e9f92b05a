"""How long to wait before the same is sent again."""

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Retrying:
    """
    Growing pauses, with some chance in them so that many senders do not come back at once.

    `patience` is how many seconds a batch is tried for before its sender is told; what the site asks for by Retry-After
    is waited for in any case, unless it lies beyond.
    """

    patience: float = 300.0
    first_pause: float = 0.5
    longest_pause: float = 60.0

    def pause(self, attempt: int, *, asked_for: float | None) -> float:
        """Return how many seconds to wait after an attempt, counted from 1."""
        longest = min(self.longest_pause, self.first_pause * 2.0 ** min(attempt - 1, 30))
        # Between half of it and all of it.
        drawn = longest * (0.5 + random.random() / 2)  # noqa: S311
        return drawn if asked_for is None else max(drawn, asked_for)
