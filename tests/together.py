"""Does things at the same time, each on a connection of its own, and waits for what they do."""

import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import connection

PATIENCE = 90.0
"""Seconds within which what must happen has happened, also on a small machine that does much else."""


class Beside:
    """Work on a connection of its own."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self.outcome: list[Any] = []
        self._thread = threading.Thread(target=self._run, args=[work])
        self._thread.start()

    def _run(self, work: Callable[[], Any]) -> None:
        try:
            self.outcome.append(work())
        except Exception as error:
            self.outcome.append(error)
        finally:
            connection.close()

    def is_waiting(self) -> bool:
        """Tell whether it does not get on by itself."""
        self._thread.join(0.5)
        return self._thread.is_alive()

    def end(self) -> Any:
        """Return what came of it, or what it raised, once it has ended."""
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        return self.outcome[0]


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Do things that begin together, and return what came of each, or what it raised."""
    start = threading.Barrier(len(works))

    def together(work: Callable[[], Any]) -> Any:
        connection.ensure_connection()
        start.wait(PATIENCE)
        return work()

    return [one.end() for one in [Beside(lambda work=work: together(work)) for work in works]]


def wait_until(condition: Callable[[], object], *, about: str) -> None:
    """Return once something is so; fail if it never is."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"not within {PATIENCE:.0f} s: {about}"
        time.sleep(0.02)


def wait_until_somebody_waits() -> None:
    """Return once another session of the test's database waits for a lock."""

    def somebody_waits() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock')"
            )
            return bool(cursor.fetchone()[0])

    wait_until(somebody_waits, about="somebody waits for a lock")
