"""A backup is restored that is older than what was issued since; senders send again, and the books hold (F50)."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.factories.usage import a_working_day
from tests.faults.servers import Postgres, own_postgres

pytestmark = [pytest.mark.postgresql, pytest.mark.long]

CUSTOMERS = """
import django
django.setup()
from tests.factories.subscriptions import a_subscription, an_organization
from subscriptions.models import IssuingEntity
for code in ("lantern", "harbor"):
    a_subscription(an_organization(code))
"""
DOCUMENTS = """
import django, json
django.setup()
from invoices.models import Invoice
columns = ["organization__code", "number", "total", "lines__kind", "lines__product", "lines__quantity", "lines__amount"]
print(json.dumps(sorted(map(list, Invoice.objects.values_list(*columns))), default=str))
"""


class House:
    """Seatbill on one database, worked with by its own commands as a person would."""

    def __init__(self, url: str, folder: Path) -> None:
        self._environment = os.environ | {
            "DATABASE_URL": url,
            "SEATBILL_VAR": str(folder),
            "CELERY_BROKER_URL": "filesystem://localhost",
            "DJANGO_SETTINGS_MODULE": "billingsite.settings",
        }

    def run(self, *command: str, status: int = 0) -> str:
        """Run a command of `manage.py` and return what it said."""
        return self._run([sys.executable, "manage.py", *command], status)

    def run_python(self, text: str) -> str:
        """Run some lines and return what they printed."""
        return self._run([sys.executable, "-c", text], 0)

    def documents(self) -> list[list[str]]:
        """Return every line that was issued."""
        found: list[list[str]] = json.loads(self.run_python(DOCUMENTS).splitlines()[-1])
        return found

    def _run(self, command: list[str], status: int) -> str:
        ended = subprocess.run(
            command, cwd=settings.BASE_DIR, env=self._environment, capture_output=True, text=True, check=False
        )
        assert ended.returncode == status, f"{command}\n{ended.stdout}\n{ended.stderr}"
        return ended.stdout + ended.stderr


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    with own_postgres() as server:
        yield server


def usage_of(day: str, path: Path) -> str:
    """Write what two organizations report of a day into a file that may be sent again."""
    events = [
        event | {"organization": code, "received": event["time"]}
        for code in ("lantern", "harbor")
        for user in ("ann", "bob")
        for event in a_working_day(user, day)
    ]
    path.write_text("".join(f"{json.dumps(event)}\n" for event in events))
    return str(path)


def test_f50_what_a_backup_does_not_know_is_sent_again_and_billed_once(postgres: Postgres, tmp_path: Path):
    house = House(postgres.url("postgres"), tmp_path / "before")
    house.run("migrate", "--verbosity", "0")
    house.run_python(CUSTOMERS)
    january, february = usage_of("2026-01-20", tmp_path / "january"), usage_of("2026-02-20", tmp_path / "february")
    house.run("import_events", january, "--trusted-receipt")
    house.run("close_cycles", "--as-of", "2026-02-16T00:00:00Z")

    backup = tmp_path / "backup"
    postgres.dump("postgres", backup)
    house.run("import_events", february, "--trusted-receipt")
    house.run("close_cycles")
    heads = str(tmp_path / "heads.csv")
    house.run("verify_audit", "--export", heads)
    issued = house.documents()

    postgres.restore(backup, "restored")
    restored = House(postgres.url("restored"), tmp_path / "after")

    # What is there is whole, only late, and the exported heads tell that more was done than it knows.
    said = restored.run("verify_books", status=1).splitlines()
    assert [line for line in said if "period" not in line and "looked through" not in line and line] == []
    assert "its tail was cut off" in restored.run("verify_audit", "--heads", heads, status=1)
    assert len(restored.documents()) < len(issued)
    # Senders are not sure of anything, and send everything again.
    assert "0 accepted" in restored.run("import_events", january, "--trusted-receipt")
    assert "0 duplicates" in restored.run("import_events", february, "--trusted-receipt")
    restored.run("close_cycles")

    assert restored.documents() == issued
    restored.run("verify_books")
    restored.run("verify_invoices")
