"""Instants as whole microseconds since 1970, exact: the form in which columns hold them."""

from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
"""A column of whole numbers."""

Truths = NDArray[np.bool_]
"""A column that tells of each row whether something is so."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def microseconds(instant: datetime) -> int:
    """Return an instant as a number."""
    return (instant - EPOCH) // MICROSECOND


def instant_at(number: int) -> datetime:
    """Return the instant of a number."""
    return EPOCH + timedelta(microseconds=number)


LAST = microseconds(datetime.max.replace(tzinfo=UTC))
"""The number of the last instant there is."""
