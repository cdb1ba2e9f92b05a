"""Runs every check in order and stops at the first that fails; `bin/test` has made the environment it runs in."""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from servers import CheckError, a_postgresql, a_redis, install

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
MANAGE = [sys.executable, "manage.py"]
PYTEST = [sys.executable, "-m", "pytest"]
PACKAGES = ["billingsite", "subscriptions", "usage", "invoices", "clients/python/src"]
CHROMIUM_NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
CHROMIUM_ON_MACOS = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
]
CLOSING_LINE = re.compile(r"=+ .*\bin [\d.]+s.* =+$")
ONCE = [
    "clients/python/tests",
    "tests/architecture",
    "tests/browser",
    "tests/documents",
    "tests/domain",
    "tests/permissions",
    "tests/admin/test_in_japanese.py",
    "tests/portal/test_in_japanese.py",
]
"""Tests of rules, roles, words and looks: no database changes them, so the second pass leaves them out, as it does
whatever uses none."""
COLOR = re.compile(r"\x1b\[[\d;]*m")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a step ended."""

    title: str
    seconds: float
    closing_line: str = ""


def main() -> int:
    """Run the checks; return the exit status."""
    parser = argparse.ArgumentParser(prog="bin/test", description="Run every check on SQLite and on PostgreSQL.")
    parser.add_argument("--all", action="store_true", help="also run the tests marked `long`")
    options = parser.parse_args()
    os.chdir(ROOT)
    # SIGTERM must stop the servers that were started here, as Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    outcomes: list[Outcome] = []
    try:
        with ExitStack() as stack:
            run_all(stack, outcomes, everything=options.all)
    except CheckError as error:
        print(f"\n{error}\nbin/test stopped here: it failed.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nbin/test was interrupted.", file=sys.stderr)
        return 130
    print("\nAll checks passed:")
    for outcome in outcomes:
        print(f"  {outcome.title:<34} {outcome.seconds:7.1f} s")
    for outcome in outcomes:
        if outcome.closing_line:
            print(outcome.closing_line)
    return 0


def run_all(stack: ExitStack, outcomes: list[Outcome], *, everything: bool) -> None:
    """Run the checks one after the other, adding to the outcomes."""
    var = stack.enter_context(tempfile.TemporaryDirectory(prefix="seatbill-test-", ignore_cleanup_errors=True))
    on_sqlite = environment(var, DATABASE_URL=f"sqlite:///{quote(var)}/seatbill.sqlite3")

    # The longest comes first; the others run beside it, where there is more than one core.
    without_tests: dict[str, list[str | Path]] = {
        "mypy": [BIN / "mypy"],
        "ruff check": [BIN / "ruff", "check"],
        "ruff format": [BIN / "ruff", "format", "--check"],
        "bandit": [BIN / "bandit", "--quiet", "--configfile", "pyproject.toml", "--recursive", *PACKAGES],
        "import-linter": [BIN / "lint-imports"],
        "migrations are complete": [*MANAGE, "makemigrations", "--check", "--dry-run"],
        "manage.py check": [*MANAGE, "check", "--fail-level", "WARNING"],
        "documentation": [BIN / "mkdocs", "build", "--strict", "--quiet", "--site-dir", f"{var}/docs"],
    }
    with ThreadPoolExecutor(os.cpu_count()) as together:
        outcomes += together.map(lambda title: run_quietly(title, without_tests[title], on_sqlite), without_tests)

    redis_url = stack.enter_context(a_redis(var))
    database_url, server = stack.enter_context(a_postgresql(var))
    tests = dict(TEST_REDIS_URL=redis_url, **a_browser())
    selection = [] if everything else ["-m", "not long"]
    outcomes.append(run_pytest("pytest on SQLite", selection, on_sqlite | tests))
    on_postgresql = environment(var, DATABASE_URL=database_url, CELERY_BROKER_URL=redis_url)
    of_databases = [*selection, "--of-databases", *(f"--ignore={path}" for path in ONCE)]
    outcomes.append(run_pytest(f"pytest on {server}", of_databases, on_postgresql | tests))


def environment(var: str, **variables: str) -> dict[str, str]:
    """Return this process's environment, with nothing left to a developer's `.env`."""
    fixed = {"SEATBILL_VAR": var, "CELERY_BROKER_URL": "filesystem://localhost", "DEBUG": "False", "HTTPS": "False"}
    # An advertisement for its successor.
    fixed["NO_MKDOCS_2_WARNING"] = "1"
    # Many processes are started: each would compile every module anew, were nothing kept.
    left_out = {"DJANGO_SETTINGS_MODULE", "PYTHONDONTWRITEBYTECODE"}
    inherited = {name: value for name, value in os.environ.items() if name not in left_out}
    return inherited | fixed | variables


# --- Steps ------------------------------------------------------------------------------------------------------------


def run_quietly(title: str, command: Sequence[str | Path], variables: Mapping[str, str]) -> Outcome:
    """Run a command and show its output only if it fails."""
    begin = time.monotonic()
    ended = subprocess.run(
        command, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if ended.returncode:
        raise CheckError(f"{ended.stdout.rstrip()}\n\n{title} failed. By hand: {by_hand(command)}")
    return report(Outcome(title=title, seconds=time.monotonic() - begin))


def run_pytest(title: str, selection: list[str], variables: Mapping[str, str]) -> Outcome:
    """Run pytest in sight and keep its closing line."""
    print(f"\n{title}", flush=True)
    begin = time.monotonic()
    # A file's tests share what their fixtures make; a process per core takes files, in the order of tests/conftest.py.
    shared_out = ["--numprocesses", str(os.cpu_count() or 1), "--dist", "loadfile", "--no-loadscope-reorder"]
    color = ["--color=yes"] if sys.stdout.isatty() else []
    closing = ""
    with subprocess.Popen(
        [*PYTEST, *shared_out, *color, *selection],
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as pytest:
        assert pytest.stdout
        # In pieces as they come: pytest writes a dot at a time.
        output = b""
        try:
            while piece := os.read(pytest.stdout.fileno(), 65536):
                sys.stdout.buffer.write(piece)
                sys.stdout.flush()
                output = (output + piece)[-65536:]
        except BaseException:
            pytest.terminate()
            raise
    for line in COLOR.sub("", output.decode(errors="replace")).splitlines():
        closing = line if CLOSING_LINE.match(line) else closing
    if pytest.returncode:
        raise CheckError(f"{title} failed: {closing or f'exit status {pytest.returncode}'}")
    return report(Outcome(title=title, seconds=time.monotonic() - begin, closing_line=closing))


def report(outcome: Outcome) -> Outcome:
    """Print an outcome and return it."""
    print(f"passed: {outcome.title:<34} {outcome.seconds:7.1f} s", flush=True)
    return outcome


def by_hand(command: Sequence[str | Path]) -> str:
    """Return a command as a person would type it in the checkout."""
    return " ".join([os.path.relpath(command[0]), *map(str, command[1:])])


# --- Browser ----------------------------------------------------------------------------------------------------------


def a_browser() -> dict[str, str]:
    """Return where Chromium is, if a test drives it."""
    if not any("mark.browser" in path.read_text() for path in Path("tests").rglob("test_*.py")):
        return {}
    if not find_chromium():
        install("chromium", purpose="the tests have no browser")
    return {"TEST_CHROMIUM": find_chromium()}


def find_chromium() -> str:
    """Return the path of an installed Chromium or Chrome, else nothing."""
    installed = [shutil.which(name) for name in CHROMIUM_NAMES]
    return next((path for path in [*installed, *CHROMIUM_ON_MACOS] if path and Path(path).exists()), "")


if __name__ == "__main__":
    sys.exit(main())
