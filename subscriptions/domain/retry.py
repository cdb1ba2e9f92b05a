"""How long to wait before something that failed is tried again, for ever."""

from datetime import timedelta

FIRST_RETRY = timedelta(minutes=5)
SLOWEST_RETRY = timedelta(hours=6)
_ENOUGH_DOUBLINGS = 10


def retry_delay(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts: doubled each time, up to six hours."""
    return min(FIRST_RETRY * (1 << min(attempts - 1, _ENOUGH_DOUBLINGS)), SLOWEST_RETRY)
