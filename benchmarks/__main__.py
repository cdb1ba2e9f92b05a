"""`python -m benchmarks NAME ...` or `all`: run each benchmark in a database and a process of its own."""

import argparse
import importlib
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import django
import psycopg
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from benchmarks.figures import Figure, Size
from bin.servers import CheckError, a_postgresql, a_redis

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.md"
NOT_BENCHMARKS = {"__init__", "__main__", "figures", "hosts", "traffic"}
MARK = "figure: "
HOW = "Each ratio is of medians of interleaved rounds of one run."


def main() -> int:
    """Run what was asked for; return the exit status."""
    names = sorted(path.stem for path in HERE.glob("*.py") if path.stem not in NOT_BENCHMARKS)
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure what is promised about speed.")
    parser.add_argument("names", nargs="+", metavar="NAME", choices=[*names, "all"], help=", ".join([*names, "all"]))
    parser.add_argument("--smoke", action="store_true", help="a little data: shows that it runs, says nothing of speed")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    size = Size.SMOKE if options.smoke else Size.FULL
    if options.here:
        measure_here(options.names[0], size)
        return 0
    asked = names if "all" in options.names else options.names
    try:
        figures = [figure for name in asked for figure in run(name, size)]
    except CheckError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    # P2 before P10.
    figures.sort(key=lambda figure: int(figure.goal.removeprefix("P")))
    print("\n" + "\n".join(table(figures)))
    if "all" in options.names and size is Size.FULL:
        RESULTS.write_text("\n".join(["# Measured", "", f"{machine()} {HOW}", "", *table(figures), ""]))
    return 0


def run(name: str, size: Size) -> Iterator[Figure]:
    """Run a benchmark in a fresh database, show what it prints, and yield its figures."""
    print(f"\n{name}", flush=True)
    with ExitStack() as stack:
        var = stack.enter_context(tempfile.TemporaryDirectory(prefix="seatbill-bench-"))
        url, _version = stack.enter_context(a_postgresql(var))
        environment = os.environ | {
            "DATABASE_URL": stack.enter_context(fresh_database(url, f"seatbill_bench_{name}")),
            "CELERY_BROKER_URL": stack.enter_context(a_redis(var)),
            "SEATBILL_VAR": var,
            "DJANGO_SETTINGS_MODULE": "billingsite.settings",
            "DEBUG": "False",
            "HTTPS": "False",
        }
        command = [sys.executable, "-m", "benchmarks", name, "--here", *(["--smoke"] if size is Size.SMOKE else [])]
        child = stack.enter_context(subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True))
        assert child.stdout
        for line in child.stdout:
            if line.startswith(MARK):
                yield report(Figure(**json.loads(line.removeprefix(MARK))))
            else:
                print(f"  {line}", end="", flush=True)
        if child.wait():
            raise CheckError(f"{name} ended with status {child.returncode}; what it printed stands above.")


@contextmanager
def fresh_database(url: str, name: str) -> Iterator[str]:
    """Make an empty database beside the one of an address, yield its address, and drop it in the end."""
    address = urlsplit(url)
    with psycopg.connect(urlunsplit(address._replace(path="/postgres")), autocommit=True) as server:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        server.execute(drop)
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlunsplit(address._replace(path=f"/{name}"))
        finally:
            server.execute(drop)


def measure_here(name: str, size: Size) -> None:
    """Run a benchmark in this process and print its figures for the one that asked."""
    django.setup()
    call_command("migrate", verbosity=0)
    print(f"PostgreSQL {connection.pg_version // 10000}", flush=True)
    for figure in importlib.import_module(f"benchmarks.{name}").measure(size):
        print(MARK + json.dumps(asdict(figure)), flush=True)


def report(figure: Figure) -> Figure:
    """Print a figure and return it."""
    print(f"  {figure.goal} {figure.what}: {shown(figure)} ({figure.bound}) {verdict(figure)}", flush=True)
    return figure


def table(figures: Sequence[Figure]) -> list[str]:
    """Return the figures as a table in Markdown."""
    return ["| # | what | figure | goal | | |", "|---|---|---|---|---|---|", *map(row, figures)]


def row(figure: Figure) -> str:
    """Return a figure as a row of that table."""
    cells = [figure.goal, figure.what, shown(figure), figure.bound, verdict(figure), figure.remark]
    return f"| {' | '.join(cells)} |"


def shown(figure: Figure) -> str:
    """Return the measured value with three digits."""
    return f"{figure.value:.3g} {figure.unit}".rstrip()


def verdict(figure: Figure) -> str:
    """Return whether the goal is met, in a word."""
    return "met" if figure.is_met else "missed"


def machine() -> str:
    """Return where and when it was measured."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{datetime.now(tz=UTC).date()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}, "
        f"Python {platform.python_version()}."
    )


if __name__ == "__main__":
    sys.exit(main())
