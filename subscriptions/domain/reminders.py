"""After how many days past due an issuing entity reminds of its invoices (BR-82)."""

from collections.abc import Sequence
from itertools import pairwise

USUAL_DAYS = (3, 14, 30)
MOST_REMINDERS = 6
LATEST_DAY = 365


def usual_reminder_days() -> list[int]:
    """Return the days of an issuing entity for which nobody has chosen others (BR-82)."""
    return list(USUAL_DAYS)


def are_reminder_days(days: Sequence[int]) -> bool:
    """Tell whether these may be the days of a schedule: few, rising, each after the due date and within a year."""
    rises = all(earlier < later for earlier, later in pairwise(days))
    return rises and len(days) <= MOST_REMINDERS and all(1 <= day <= LATEST_DAY for day in days)
