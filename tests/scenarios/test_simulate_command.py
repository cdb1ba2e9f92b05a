"""`manage.py simulate` as a person or a pipeline runs it: exit statuses, one line per story, nothing left behind."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

STORIES = sorted(Path(__file__).parent.glob("*.yaml"))
SMALL, SECOND = STORIES[0], STORIES[1]
AGREES, DIFFERS, MALFORMED = 0, 1, 2


def test_a_story_that_agrees_ends_with_0_and_leaves_the_product_alone(tmp_path):
    ended = simulate(SMALL, var=tmp_path)

    assert (ended.returncode, ended.stderr) == (AGREES, "")
    assert "prepay purecloud-1: 3 x 60.00 = 180.00 (2028-02-29 to 2028-03-30)" in ended.stdout
    assert "total 312.00 USD" in ended.stdout
    assert "as expected" in ended.stdout
    own = tmp_path / "seatbill.sqlite3"
    if own.exists():
        with closing(sqlite3.connect(own)) as database:
            assert database.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    assert {path.name for path in tmp_path.iterdir()} <= {"seatbill.sqlite3", "secret_key", "queue"}


def test_a_story_that_differs_ends_with_1_and_in_json_its_result_stands_alone(tmp_path):
    wrong = wrong_story(tmp_path)

    ended = simulate(wrong, "--json", var=tmp_path)

    assert ended.returncode == DIFFERS
    assert ended.stderr == f"{wrong}: invoices[2].lines[0].amount: expected 180.01, got 180.00\n"
    assert list(json.loads(ended.stdout)) == ["invoices", "exceptions", "held"]


def test_of_several_stories_each_has_its_line_and_the_worst_status_wins(tmp_path):
    wrong, broken, missing = wrong_story(tmp_path), tmp_path / "broken.yaml", tmp_path / "none.yaml"
    broken.write_text(SMALL.read_text().replace("country: US", "country: USA"))

    ended = simulate(broken, SMALL, wrong, missing, SECOND, "--json", var=tmp_path)

    assert ended.returncode == MALFORMED
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [line["story"] for line in lines] == [str(path) for path in (broken, SMALL, wrong, missing, SECOND)]
    assert lines[0]["error"].startswith("organization.country: ")
    assert lines[1]["invoices"] == lines[2]["invoices"] != lines[4]["invoices"]
    about_broken, about_wrong, about_missing = ended.stderr.splitlines()
    assert about_broken.startswith(f"{broken}: organization.country: ")
    assert about_wrong.startswith(f"{wrong}: invoices[2].lines[0].amount: ")
    assert about_missing.startswith(f"{missing}: the file cannot be read: ")


@pytest.mark.postgresql
@pytest.mark.django_db
def test_the_same_stories_give_identical_documents_on_sqlite_and_on_postgresql(tmp_path):
    before = databases()

    on_sqlite = simulate(*STORIES, "--json", var=tmp_path)
    on_postgresql = simulate(*STORIES, "--json", var=tmp_path, database_url=address_of_the_server())

    assert (on_sqlite.returncode, on_sqlite.stderr) == (on_postgresql.returncode, on_postgresql.stderr) == (AGREES, "")
    assert on_sqlite.stdout.splitlines() == on_postgresql.stdout.splitlines()
    assert len(on_sqlite.stdout.splitlines()) == len(STORIES)
    assert not {name for name in databases() - before if name.startswith("seatbill_stories")}


def wrong_story(folder: Path) -> Path:
    """Write the first story with an amount that is a cent too high, and return where."""
    path = folder / "wrong.yaml"
    head, _, rest = SMALL.read_text().rpartition('amount: "180.00"')
    path.write_text(f'{head}amount: "180.01"{rest}')
    return path


def simulate(*arguments: Path | str, var: Path, database_url: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command as its own process and return how it ended."""
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    environment |= {"SEATBILL_VAR": str(var), "CELERY_BROKER_URL": "filesystem://", "LOG_LEVEL": "WARNING"}
    environment["DATABASE_URL"] = database_url or f"sqlite:///{var}/seatbill.sqlite3"
    return subprocess.run(
        [sys.executable, "manage.py", "simulate", *map(str, arguments)],
        check=False,
        cwd=settings.BASE_DIR,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


def address_of_the_server() -> str:
    """Return the address with which the tests themselves were started."""
    return os.environ["DATABASE_URL"]


def databases() -> set[str]:
    """Return the names of the server's databases."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        return {name for (name,) in cursor.fetchall()}
