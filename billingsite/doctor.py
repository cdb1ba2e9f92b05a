"""Looks at the machine that Seatbill is to run on, and says of each thing how it is and how to mend it."""

import ctypes
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.checks import INFO, run_checks
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from invoices.services.books.frozen import find_thawed
from subscriptions.selectors.clock import database_now
from subscriptions.selectors.heartbeats import Silence, get_signs
from subscriptions.services.broker import broker_answers, broker_evicts
from usage.services.partitions import has_partition_for_next_month

OLDEST_POSTGRESQL = 15
ROOM_NEEDED = 1_000_000_000
"""Bytes that should be free where this machine writes."""
CLOCKS_APART = timedelta(seconds=5)
"""Instants are the database's; what other programs report by a clock that is off would be in the future."""

PANGO = ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib", "libpangoft2-1.0-0.dll")
FONTS = {"Japanese": ("ja", "fonts-noto-cjk"), "Thai, Arabic and other": ("th", "fonts-noto-core")}
"""Letters that Seatbill does not bring, the language that tells whether they are there, Debian's package."""

WITHOUT_HTTPS = {"security.W004", "security.W008", "security.W012", "security.W016"}
"""What Django says of a site that is served over HTTP, one thing after the other."""
SILENT = {
    Silence.BEAT: ("the beat gives no sign of life", "Start it: celery -A billingsite beat"),
    Silence.WORKERS: ("no worker gives a sign of life", "Start one: celery -A billingsite worker"),
    Silence.TICKS: (
        "beat and workers run, and no tick gets through",
        "See whether all processes name the same CELERY_BROKER_URL, then restart the workers.",
    ),
}


class State(StrEnum):
    """How something is."""

    FINE = "ok"
    LOOK = "look"
    WRONG = "mend"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was looked at, how it is, and how to mend it if it is not well: without it something does not work."""

    about: str
    state: State
    words: str
    mend: str = ""


Look = Callable[[], Iterator[Finding]]


def examine() -> Iterator[Finding]:
    """Yield what there is to say, the database first: if it does not answer, what stands in it is not asked for."""
    yield from _python()
    answers = True
    for finding in _database():
        answers = answers and finding.state is not State.WRONG
        yield finding
    yield from _broker()
    looks: list[Look] = [_clock, _processes, _partitions, _frozen_tables, _people] if answers else []
    for look in [*looks, _pdf, _fonts, _static_files, _catalogs, _mail, _room, _settings]:
        yield from look()


def _fine(about: str, words: str) -> Finding:
    return Finding(about=about, state=State.FINE, words=words)


def _look(about: str, words: str, mend: str) -> Finding:
    return Finding(about=about, state=State.LOOK, words=words, mend=mend)


def _wrong(about: str, words: str, mend: str) -> Finding:
    return Finding(about=about, state=State.WRONG, words=words, mend=mend)


def _python() -> Iterator[Finding]:
    yield _fine("Python", f"{sys.version.split()[0]}, Seatbill in {settings.BASE_DIR}")


# --- Database and broker --------------------------------------------------------------------------------------------


def _database() -> Iterator[Finding]:
    about = "Database"
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        waiting = _migrations_waiting()
    except DatabaseError as error:
        yield _wrong(
            about,
            f"does not answer: {str(error).strip().splitlines()[0]}",
            "Start it, and see that DATABASE_URL names it with a user and password that may connect.",
        )
        return
    if connection.vendor == "postgresql":
        version = connection.pg_version // 10_000  # type: ignore[attr-defined]
        if version < OLDEST_POSTGRESQL:
            yield _wrong(about, f"PostgreSQL {version}", f"PostgreSQL {OLDEST_POSTGRESQL} or newer is needed.")
        else:
            yield _fine(about, f"PostgreSQL {version}")
    else:
        words = f"SQLite {sqlite3.sqlite_version}: for one machine, to try things out"
        yield _look(about, words, "In production let DATABASE_URL name a PostgreSQL.")
    if waiting:
        yield _wrong("Tables", f"{waiting} migrations have not run", "Run: manage.py migrate")
    else:
        yield _fine("Tables", "every migration has run")


def _migrations_waiting() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _broker() -> Iterator[Finding]:
    about = "Broker"
    kind = str(settings.CELERY_BROKER_URL).partition(":")[0]
    if not broker_answers():
        yield _wrong(
            about,
            f"{kind} does not answer, or takes nothing",
            "Start Redis, and see that CELERY_BROKER_URL names it. Nothing is billed meanwhile, and nothing is lost.",
        )
    elif kind == "filesystem":
        yield _look(about, "folders on this disk", "In production let CELERY_BROKER_URL name a Redis.")
    elif broker_evicts():
        yield _look(about, "once it is full it throws away what was sent", "Set its maxmemory-policy to noeviction.")
    else:
        yield _fine(about, f"{kind} answers")


# --- What stands in the database ------------------------------------------------------------------------------------


def _clock() -> Iterator[Finding]:
    apart = abs(datetime.now(UTC) - database_now())
    if apart > CLOCKS_APART:
        yield _look(
            "Clock",
            f"this machine and the database are {apart.total_seconds():.0f} s apart",
            "Let both keep their time by NTP.",
        )
    else:
        yield _fine("Clock", "agrees with the database's")


def _processes() -> Iterator[Finding]:
    silent = get_signs().silent(now=database_now())
    for silence in silent:
        words, mend = SILENT[silence]
        yield _look("Processes", words, mend)
    if not silent:
        yield _fine("Processes", "beat and workers run, and ticks get through")


def _partitions() -> Iterator[Finding]:
    if has_partition_for_next_month(now=database_now()):
        yield _fine("Partitions", "there is room for next month's events")
    else:
        yield _look(
            "Partitions",
            "there is none for next month",
            "Start a worker: it makes them. Until then events go where queries are slower.",
        )


def _frozen_tables() -> Iterator[Finding]:
    thawed = [str(fault) for fault in find_thawed()]
    if thawed:
        yield _wrong(
            "Frozen tables",
            "; ".join(thawed),
            "Somebody took triggers away. Find out who and why, then restore them from a fresh database's schema.",
        )
    else:
        yield _fine("Frozen tables", "nothing issued can be changed")


def _people() -> Iterator[Finding]:
    if User.objects.filter(is_superuser=True, is_active=True).exists():
        yield _fine("People", "somebody may do everything")
    else:
        yield _look("People", "nobody may log in and set things up", "Run: manage.py createsuperuser")


# --- This machine ---------------------------------------------------------------------------------------------------


def _pdf() -> Iterator[Finding]:
    if any(_loads(name) for name in PANGO):
        yield _fine("PDF", "Pango is here")
    else:
        yield _wrong(
            "PDF",
            "Pango is missing: documents are issued and wait for their PDF",
            "Debian: apt-get install libpangoft2-1.0-0 libharfbuzz-subset0. macOS: brew install pango",
        )


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _fonts() -> Iterator[Finding]:
    listing = shutil.which("fc-list")
    if listing is None:
        # Where fonts are not listed (macOS) the system has them.
        return
    missing = {name: package for name, (code, package) in FONTS.items() if not _has_font(listing, code)}
    for name, package in missing.items():
        yield _look("Fonts", f"{name} letters would be boxes in a PDF", f"Debian: apt-get install {package}")
    if not missing:
        yield _fine("Fonts", "there are those of every language")


def _has_font(listing: str, language: str) -> bool:
    # Our own question to a program of the system.
    found = subprocess.run([listing, f":lang={language}", "file"], capture_output=True, text=True, check=False)  # noqa: S603
    return bool(found.stdout.strip())


def _static_files() -> Iterator[Finding]:
    try:
        staticfiles_storage.url("seatbill.svg")
        collected = (Path(settings.STATIC_ROOT) / "seatbill.svg").exists()
    except ValueError:
        collected = False
    if collected:
        yield _fine("Static files", f"are in {settings.STATIC_ROOT}")
    else:
        yield _wrong("Static files", "are not collected", "Run: manage.py collectstatic --noinput")


def _catalogs() -> Iterator[Finding]:
    texts = [path for folder in settings.LOCALE_PATHS for path in Path(folder).glob("*/LC_MESSAGES/django.po")]
    missing = [path.parent.parent.name for path in texts if not path.with_suffix(".mo").exists()]
    if missing:
        yield _look("Languages", f"not compiled: {', '.join(missing)}", "Run: manage.py compilemessages")
    else:
        yield _fine("Languages", ", ".join(code for code, _name in settings.LANGUAGES))


def _mail() -> Iterator[Finding]:
    if settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
        yield _look(
            "Mail",
            "each mail becomes a file in var/mail, and counts as sent",
            "Let EMAIL_URL name a mail server before customers are to get mail.",
        )
    else:
        yield _fine("Mail", f"by {settings.EMAIL_HOST or settings.EMAIL_BACKEND}")


def _room() -> Iterator[Finding]:
    folder = settings.VAR_DIR
    if not os.access(folder, os.W_OK):
        yield _wrong("Disk", f"{folder} cannot be written to", "Give it to the user that Seatbill runs as.")
        return
    free = shutil.disk_usage(folder).free
    words = f"{free / 1e9:.1f} GB are free in {folder}"
    yield _fine("Disk", words) if free >= ROOM_NEEDED else _look("Disk", words, "Make room.")


def _settings() -> Iterator[Finding]:
    about = "Settings"
    found = [message for message in run_checks(include_deployment_checks=True) if message.level > INFO]
    if not settings.HTTPS:
        mend = (
            "Set HTTPS=True as soon as a proxy serves it over HTTPS: passwords and sessions travel openly until then."
        )
        yield _look(about, "HTTPS is off", mend)
        found = [message for message in found if message.id not in WITHOUT_HTTPS]
    for message in found:
        finding = _wrong if message.is_serious() else _look
        yield finding(about, _on_one_line(message.msg), _on_one_line(message.hint or "See docs/operations.md."))
    if settings.HTTPS and not found:
        yield _fine(about, "nothing to say, also for a site that others reach")


def _on_one_line(text: object) -> str:
    return " ".join(str(text).split())
