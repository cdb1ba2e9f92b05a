"""Silver (django-silver), the one peer that runs from a package index: its billing run over a fleet of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.__main__ import fresh_database

PACKAGES = (
    "django-silver==0.11.1",
    # What it needs and does not name.
    "typing_extensions",
    "setuptools<80",
    "psycopg2-binary",
)


class NoSilverError(Exception):
    """Silver cannot be run here; the message says why."""


@dataclass(frozen=True, slots=True)
class Silver:
    """A fleet in a running Silver."""

    process: "subprocess.Popen[str]"

    def close_a_month(self) -> tuple[int, float]:
        """Have the next month billed; return how many documents were issued, and in how many seconds."""
        assert self.process.stdin
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        documents, spent = self.read().split()
        return int(documents), float(spent)

    def read(self) -> str:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise NoSilverError("Silver ended in the middle; what it printed stands above.")
        return line


@contextmanager
def a_silver(database_url: str, *, customers: int) -> Iterator[Silver]:
    """
    Install Silver in a folder and a database of its own, make its fleet, and take it all away in the end.

    :raises NoSilverError: if it cannot be installed or does not start
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="seatbill-silver-")))
        python = _install(folder)
        address = stack.enter_context(fresh_database(database_url, "seatbill_bench_silver"))
        command = [str(python), str(Path(__file__).with_name("silver_run.py")), address, str(customers)]
        process = stack.enter_context(
            subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        )
        stack.callback(process.kill)
        silver = Silver(process)
        silver.read()
        yield silver


def _install(folder: Path) -> Path:
    python = folder / "bin" / "python"
    for command in ([sys.executable, "-m", "venv", str(folder)], [str(python), "-m", "pip", "install", *PACKAGES]):
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            raise NoSilverError((done.stderr.strip() or "no reason given").splitlines()[-1])
    return python
