"""Processes and servers of a test, none of which outlives it."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.faults.processes import Brood, Process, start_worker, wait_for_other_backends_to_end
from tests.faults.servers import Redis, Smtp


@pytest.fixture
def start(tmp_path: Path, committed_db: None) -> Iterator[list[Process]]:
    """Collect the processes of a test, so that none outlives it."""
    started: list[Process] = []
    yield started
    for process in started:
        process.kill()
    wait_for_other_backends_to_end()


@pytest.fixture
def worker(start: list[Process], tmp_path: Path, redis_url: str) -> Iterator["Worker"]:
    """Start real workers on a real Redis, one after the other."""
    prefix = f"seatbill-test-{time.time_ns()}-"
    yield Worker(start, tmp_path, redis_url, prefix)
    with redis.Redis.from_url(redis_url) as client:
        for key in client.scan_iter(f"{prefix}*"):
            client.delete(key)


class Worker:
    """The worker of a test, which may be started again after it was killed."""

    def __init__(self, started: list[Process], var: Path, broker: str, prefix: str) -> None:
        """Remember where it writes and whom it hears."""
        self._started, self._var, self._broker, self._prefix = started, var, broker, prefix

    def start(self, *, pool: str = "solo", beat: bool = True) -> Process:
        """Start one."""
        process = start_worker(self._var, broker=self._broker, prefix=self._prefix, pool=pool, beat=beat)
        self._started.append(process)
        return process


@pytest.fixture
def brood(tmp_path: Path, committed_db: None) -> Iterator[Brood]:
    """Fork short-lived processes."""
    found = Brood(tmp_path, LOG_LEVEL="ERROR")
    yield found
    found.end()
    wait_for_other_backends_to_end()


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[Redis]:
    """Start a Redis that the test may kill, flush and fill."""
    server = Redis(tmp_path)
    yield server
    server.kill()


@pytest.fixture
def smtp() -> Iterator[Smtp]:
    """Start a mail server."""
    with Smtp() as server:
        yield server
        server.shutdown()
