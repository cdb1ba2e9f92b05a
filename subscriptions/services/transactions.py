"""Carries out a whole transaction again that the database gave up for a reason that passes (BR-70)."""

import logging
import time
from collections.abc import Callable
from random import SystemRandom
from typing import TypeVar

from django.db import Error, InterfaceError, OperationalError, connection, transaction

Result = TypeVar("Result")

TRIES = 5
FIRST_PAUSE_SECONDS = 0.2
_LOCK_TIMEOUT, _STATEMENT_TIMEOUT, _DISK_FULL = "55P03", "57014", "53100"
_LASTING = {_LOCK_TIMEOUT, _STATEMENT_TIMEOUT, _DISK_FULL}

logger = logging.getLogger(__name__)
_chance = SystemRandom()


def in_one_transaction(work: Callable[[], Result]) -> Result:
    """
    Return what the work returns, done in a transaction; where the database gives that up, it is begun anew.

    A lost connection, a deadlock and a failure to serialize are tried five times in all, with growing pauses, each on a
    connection that works. A connection lost during COMMIT may have committed: the work must read again all it decides
    by. Inside another transaction it is done once, for only the whole could be done again.

    :raises OperationalError: if it did not succeed, or if a lock was waited for too long
    """
    for attempt in range(1, TRIES):
        try:
            with transaction.atomic():
                return work()
        except (OperationalError, InterfaceError) as error:
            if connection.in_atomic_block or sqlstate(error) in _LASTING:
                raise
            logger.warning("A transaction is tried again (%s of %s): %s", attempt, TRIES - 1, error)
            connection.close_if_unusable_or_obsolete()
            time.sleep(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1) * _chance.uniform(0.5, 1.5))
    with transaction.atomic():
        return work()


def waited_too_long(error: Exception) -> bool:
    """Tell whether somebody else held a lock for longer than one waits."""
    return sqlstate(error) == _LOCK_TIMEOUT


def sqlstate(error: Exception) -> str:
    """Return PostgreSQL's code of an error; empty where there is none, as of a connection that was cut."""
    return str(getattr(error.__cause__, "sqlstate", None) or "") if isinstance(error, Error) else ""
