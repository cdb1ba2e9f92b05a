"""Which side of the go-live boundary something falls due on (BR-10, BR-70)."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """
    The first day of the first period that is really billed; None while that is not decided.

    `ahead_is_billed` tells that the old system has billed the advance for the periods from that day on.
    """

    live_from: date | None = None
    ahead_is_billed: bool = False

    def keeps(self, period_start: date, *, is_opening: bool) -> bool:
        """
        Tell whether what falls due by a cycle's opening or close is the old system's to bill.

        The close of a period is, if the period begins before the boundary: what it used, and the advance that falls
        due with it. The opening at the boundary itself is, if the old system has billed that advance.
        """
        if self.live_from is None or period_start < self.live_from:
            return True
        return is_opening and self.ahead_is_billed and period_start == self.live_from

    def opens(self, period_start: date) -> bool:
        """Tell whether a period opens like a first one: its advance is ours, and the close before it was not."""
        return self.live_from == period_start and not self.ahead_is_billed
