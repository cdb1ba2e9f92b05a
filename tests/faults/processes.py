"""Real processes beside the test: workers and closers that can be killed, and locks that make them wait."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import psycopg
from django.conf import settings
from django.db import connection

PATIENCE = 90.0
"""Seconds after which something that must happen has not; generous, for a machine that has other things to do."""

SWEEP = """
import sys
from datetime import datetime
import django
django.setup()
from django.db import connection
from invoices.services.sweeping import close_due_cycles
with connection.cursor() as cursor:
    cursor.execute("SELECT pg_advisory_lock_shared(%s)", [int(sys.argv[2])])
    cursor.execute("SELECT pg_advisory_unlock_shared(%s)", [int(sys.argv[2])])
for step in close_due_cycles(now=datetime.fromisoformat(sys.argv[1])):
    print(step.cycle_id, step.outcome.value, flush=True)
"""
"""A closer: waits at the gate, sweeps once at the given instant, and says what it did."""

GATE = 0x7E57


class Process:
    """One process, with all its children, that a test started and may kill."""

    def __init__(self, command: list[str], *, log: Path, environment: dict[str, str]) -> None:
        """Start the command in a session of its own."""
        self.log = log
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                command,
                cwd=settings.BASE_DIR,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Return its own number, which is that of its group."""
        return self._popen.pid

    def kill(self) -> None:
        """End it and its children at once, with no chance to tidy up."""
        self._signal(signal.SIGKILL)
        self._popen.wait(PATIENCE)

    def stop(self) -> None:
        """Ask it to end; kill it if it does not."""
        self._signal(signal.SIGTERM)
        try:
            self._popen.wait(15)
        except subprocess.TimeoutExpired:
            self.kill()

    def wait(self) -> int:
        """Return its exit status once it has ended."""
        return self._popen.wait(PATIENCE)

    def is_running(self) -> bool:
        """Tell whether it has not ended yet."""
        return self._popen.poll() is None

    def count_in_log(self, pattern: str) -> int:
        """Return how often a pattern stands in the log, which those started after it in its place go on writing."""
        return len(re.findall(pattern, self.log.read_text()))

    def _signal(self, number: signal.Signals) -> None:
        if self.is_running():
            os.killpg(self._popen.pid, number)


def start_worker(var: Path, *, broker: str, prefix: str) -> Process:
    """Start a Celery worker with its beat on the test's database, as another host would that takes over."""
    command = ["-m", "celery", "-A", "billingsite", "worker", "-B", "-P", "solo", "-l", "INFO", "--without-mingle"]
    return Process(
        [sys.executable, *command, "--schedule", str(var / f"beat-{uuid4()}")],
        log=var / "worker.log",
        environment=_environment(
            var,
            CELERY_BROKER_URL=broker,
            TEST_KEY_PREFIX=prefix,
            LOG_LEVEL="INFO",
            DJANGO_SETTINGS_MODULE="tests.faults.worker_settings",
        ),
    )


def start_closer(var: Path, *, now: str) -> Process:
    """Start a process that sweeps once, as soon as the gate is open."""
    return Process(
        [sys.executable, "-c", SWEEP, now, str(GATE)],
        log=var / "closers.log",
        environment=_environment(var, DJANGO_SETTINGS_MODULE="billingsite.settings"),
    )


def start_site(var: Path, *, port: int, workers: int = 1, **variables: str) -> Process:
    """Start the site's own server, as another host would that takes over, and return it once it answers."""
    site = Process(
        [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "billingsite.wsgi:application"],
        log=var / "site.log",
        environment=_environment(
            var, DJANGO_SETTINGS_MODULE="billingsite.settings", GRANIAN_WORKERS=str(workers), **variables
        ),
    )
    wait_until(lambda: _answers(port), about="the site answers", while_running=site)
    return site


def _answers(port: int) -> bool:
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as site:
        try:
            site.request("GET", "/api/v1/openapi.json")
            return site.getresponse().status == HTTPStatus.OK
        except (OSError, HTTPException):
            return False


@contextmanager
def another_session() -> Iterator[psycopg.Connection]:
    """Yield a connection of its own to the test's database; what it holds is given back at the end."""
    with psycopg.connect(database_url(), autocommit=True) as session:
        yield session


@contextmanager
def series_locked(entity_id: int) -> Iterator[psycopg.Connection]:
    """Hold an entity's number series, so that whoever wants its next number waits in the middle of a close."""
    with another_session() as session, session.transaction():
        locked = session.execute(
            "SELECT id FROM invoices_numberseries WHERE issuing_entity_id = %s FOR UPDATE", [entity_id]
        )
        assert locked.fetchone()
        yield session


@contextmanager
def closed_gate() -> Iterator[None]:
    """Keep closers at their gate until the end."""
    with another_session() as session:
        session.execute("SELECT pg_advisory_lock(%s)", [GATE])
        yield


def backends_waiting_for(fragment: str) -> list[int]:
    """Return the other backends of the test's database that wait for a lock in a statement with these words."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND wait_event_type = 'Lock' AND query ILIKE %s",
            [f"%{fragment}%"],
        )
        return [pid for (pid,) in cursor.fetchall()]


def wait_until(condition: Callable[[], object], *, about: str, while_running: Process | None = None) -> None:
    """Return once something is so; fail with the process's log if it never is."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        log = while_running.log.read_text() if while_running else ""
        assert time.monotonic() < deadline, f"{about}: not within {PATIENCE:.0f} s\n{log}"
        assert while_running is None or while_running.is_running(), f"{about}: the process has ended\n{log}"
        time.sleep(0.05)


def wait_for_other_backends_to_end() -> None:
    """Return once no process that was killed has a session left."""

    def gone() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
            return cursor.fetchone() == (0,)

    wait_until(gone, about="sessions of killed processes end")


def database_url() -> str:
    """Return the address of the database that the test itself uses."""
    own = connection.settings_dict
    login = quote(own["USER"]) + (f":{quote(own['PASSWORD'])}" if own["PASSWORD"] else "")
    host, port = own["HOST"], own["PORT"] or 5432
    name = quote(own["NAME"])
    if host.startswith("/"):
        return f"postgres://{login}@/{name}?host={quote(host, safe='')}"
    socket = own["OPTIONS"].get("host", "")
    if not host and socket:
        return f"postgres://{login}@/{name}?host={quote(socket, safe='')}"
    return f"postgres://{login}@{host}:{port}/{name}"


def _environment(var: Path, **variables: str) -> dict[str, str]:
    own = {"SEATBILL_VAR": str(var), "DATABASE_URL": database_url(), "CELERY_BROKER_URL": "filesystem://"}
    return dict(os.environ) | own | {"LOG_LEVEL": "WARNING"} | variables
