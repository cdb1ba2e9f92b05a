"""Up to when something received is still billed for a period: by its own close or one of the next three (BR-74)."""

from collections.abc import Mapping
from datetime import datetime

from invoices.domain.adjustments import PERIODS_RATED_AGAIN


def billed_until(index: int, *, cutoffs: Mapping[int, datetime], has_ended: bool) -> datetime | None:
    """
    Return the cut-off of the last close that bills usage of period `index`; None while that close is still to come.

    `cutoffs` holds those of the closed periods; an agreement that has ended is closed for the last time.
    """
    last = max(cutoffs, default=index)
    decisive = index + PERIODS_RATED_AGAIN
    if decisive > last and not has_ended:
        return None
    return cutoffs[min(decisive, last)]
