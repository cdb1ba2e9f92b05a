"""Real processes beside the test: workers and closers that can be killed, and locks that make them wait."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import psycopg
from django.conf import settings
from django.db import connection

from tests.together import PATIENCE

SWEEP = """
import sys
from datetime import datetime
import django
django.setup()
from django.db import connection
from invoices.services.sweeping import close_due_cycles
with connection.cursor() as cursor:
    cursor.execute("SET lock_timeout = 0")
    cursor.execute("SELECT pg_advisory_lock_shared(%s)", [int(sys.argv[2])])
    cursor.execute("SELECT pg_advisory_unlock_shared(%s)", [int(sys.argv[2])])
    cursor.execute("RESET lock_timeout")
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


def start_worker(var: Path, *, broker: str, prefix: str, pool: str = "solo", beat: bool = True) -> Process:
    """
    Start a Celery worker on the test's database, as another host would that takes over.

    It dies at the steps that `failpoints_of` names; of a pool of processes only the child that works does.
    """
    concurrency = ["-P", pool, *(["-c", "1"] if pool == "prefork" else [])]
    own_beat = ["-B", "--schedule", str(var / f"beat-{uuid4()}")] if beat else []
    app = ["-m", "celery", "-A", "tests.faults.failing_worker", "worker"]
    return Process(
        [sys.executable, *app, *concurrency, *own_beat, "-l", "INFO", "--without-mingle", "-n", f"{uuid4()}@test"],
        log=var / "worker.log",
        environment=_of_celery(var, broker, prefix),
    )


def start_closer(var: Path, *, now: str) -> Process:
    """Start a process that sweeps once, as soon as the gate is open."""
    return Process(
        [sys.executable, "-c", SWEEP, now, str(GATE)],
        log=var / "closers.log",
        environment=_environment(var, DJANGO_SETTINGS_MODULE="billingsite.settings"),
    )


def start_beat(var: Path, *, broker: str, prefix: str) -> Process:
    """Start a beat by itself."""
    command = ["-m", "celery", "-A", "billingsite", "beat", "-l", "INFO", "--pidfile="]
    return Process(
        [sys.executable, *command, "--schedule", str(var / f"beat-{uuid4()}")],
        log=var / "beat.log",
        environment=_of_celery(var, broker, prefix),
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


def _of_celery(var: Path, broker: str, prefix: str) -> dict[str, str]:
    return _environment(
        var,
        CELERY_BROKER_URL=broker,
        TEST_KEY_PREFIX=prefix,
        TEST_FAILPOINTS=str(failpoints_of(var)),
        LOG_LEVEL="INFO",
        DJANGO_SETTINGS_MODULE="tests.faults.worker_settings",
    )


def failpoints_of(var: Path) -> Path:
    """Return the file that names the steps, in order, at which processes of a test die."""
    return var / "failpoints"


class Brood:
    """Forks short-lived processes that each do one piece of the product's work: much faster than starting each."""

    def __init__(self, var: Path, **environment: str) -> None:
        """Start the process that forks; only one of those it forks may be told to die at a failpoint at a time."""
        self.var = var
        own = {"TEST_FAILPOINTS": str(failpoints_of(var)), "DJANGO_SETTINGS_MODULE": "billingsite.settings"}
        with (var / "brood.log").open("ab") as log:
            self._popen = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.brood"],
                cwd=settings.BASE_DIR,
                env=_environment(var, **own | environment),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )

    def begin(self, work: str, *, now: str, dies_at: str = "") -> "Forked":
        """Begin a piece of work in a process of its own; it dies at a failpoint if one is named."""
        failpoints_of(self.var).write_text(f"{dies_at}\n" if dies_at else "")
        log = self.var / f"{uuid4()}.json"
        assert self._popen.stdin
        assert self._popen.stdout
        self._popen.stdin.write(json.dumps({"work": work, "now": now, "log": str(log)}) + "\n")
        self._popen.stdin.flush()
        return Forked(int(self._popen.stdout.readline()), log)

    def end(self) -> None:
        """End it, and all that it forked."""
        os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.communicate()


class Forked:
    """A short-lived process."""

    def __init__(self, pid: int, log: Path) -> None:
        """Remember which."""
        self.pid, self._log = pid, log

    def kill(self) -> None:
        """End it at once, if it has not ended yet."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self.wait_for_end()

    def wait_for_end(self) -> None:
        """Return once it is gone."""
        wait_until(lambda: not self.is_running(), about="a forked process ends")

    def is_running(self) -> bool:
        """Tell whether it has not ended yet."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    @property
    def outcome(self) -> Any:
        """Return what it said at its end; None if it died before."""
        self.wait_for_end()
        told = json.loads(self._log.read_text()) if self._log.exists() else None
        assert not (isinstance(told, dict) and "failed" in told), told["failed"]
        return told


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
