"""What `doctor` finds on a machine, and what it says to do."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import DatabaseError

from billingsite import doctor
from billingsite.doctor import Finding, State, examine
from invoices.services.books.fault import Fault

A_FAULT = Fault(organization_id=None, where="invoices_invoice", what="nothing guards its rows against update")
FULL = SimpleNamespace(which=lambda _name: None, disk_usage=lambda _folder: SimpleNamespace(free=1))


def found(about: str) -> list[Finding]:
    return [finding for finding in examine() if finding.about == about]


def states(about: str) -> set[State]:
    return {finding.state for finding in found(about)}


@pytest.fixture(autouse=True)
def _no_deployment_checks(monkeypatch):
    """Leave Django's own checks out where they are not what is asked about: they take seconds."""
    monkeypatch.setattr(doctor, "run_checks", lambda **_: [])


@pytest.mark.usefixtures("db")
def test_everything_that_is_not_well_says_what_to_do():
    findings = list(examine())

    assert {finding.about for finding in findings} >= {
        *("Python", "Database", "Tables", "Broker", "Clock", "Processes", "Partitions", "Frozen tables", "People"),
        *("PDF", "Static files", "Languages", "Mail", "Disk", "Settings"),
    }
    assert [finding for finding in findings if (finding.state is State.FINE) == bool(finding.mend)] == []


@pytest.mark.usefixtures("db")
def test_tables_that_are_there_are_fine():
    assert states("Tables") == states("Frozen tables") == states("Clock") == {State.FINE}


@pytest.mark.usefixtures("db")
def test_somebody_must_be_able_to_log_in():
    assert states("People") == {State.LOOK}

    User.objects.create_superuser("root")

    assert states("People") == {State.FINE}


def test_a_database_that_is_away_is_told_and_nothing_in_it_is_asked_for(monkeypatch):
    def away() -> None:
        raise DatabaseError("connection refused\nIs the server running?")

    monkeypatch.setattr(doctor.connection, "cursor", away)

    (finding,) = found("Database")

    assert (finding.state, finding.words) == (State.WRONG, "does not answer: connection refused")
    assert not {"Tables", "Clock", "People"} & {finding.about for finding in examine()}


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    ("about", "replaced", "by", "state"),
    [
        ("Tables", "_migrations_waiting", lambda: 3, State.WRONG),
        ("Broker", "broker_answers", lambda: False, State.WRONG),
        ("Clock", "database_now", lambda: datetime.now(UTC) - timedelta(minutes=1), State.LOOK),
        ("Partitions", "has_partition_for_next_month", lambda **_: False, State.LOOK),
        ("Frozen tables", "find_thawed", lambda: iter([A_FAULT]), State.WRONG),
        ("PDF", "_loads", lambda _name: False, State.WRONG),
        ("Disk", "shutil", FULL, State.LOOK),
    ],
)
def test_what_is_missing_is_told(monkeypatch, about, replaced, by, state):
    monkeypatch.setattr(doctor, replaced, by)

    assert states(about) == {state}


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    ("there", "missing"),
    [({"ja", "th"}, []), ({"ja"}, ["fonts-noto-core"]), (set(), ["fonts-noto-cjk", "fonts-noto-core"])],
)
def test_letters_that_no_font_has_are_told(monkeypatch, there, missing):
    monkeypatch.setattr(doctor.shutil, "which", lambda name: name)
    monkeypatch.setattr(doctor, "_has_font", lambda _listing, language: language in there)

    mended = [finding.mend for finding in found("Fonts") if finding.state is State.LOOK]

    assert mended == [f"Debian: apt-get install {package}" for package in missing]


@pytest.mark.usefixtures("db")
def test_files_that_were_not_collected_are_told(settings, tmp_path: Path):
    settings.STATIC_ROOT = tmp_path

    assert states("Static files") == {State.WRONG}


@pytest.mark.usefixtures("db")
def test_it_ends_badly_only_where_something_must_be_mended(monkeypatch, capsys):
    findings = [Finding(about="Disk", state=State.LOOK, words="[b]full", mend="Make room.")]
    monkeypatch.setattr("billingsite.management.commands.doctor.examine", lambda: iter(findings))

    call_command("doctor")

    said = capsys.readouterr().out
    assert "[b]full" in said, "What was found is text, and no markup."
    assert "Make room." in said

    findings.append(Finding(about="PDF", state=State.WRONG, words="no Pango", mend="Install it."))
    with pytest.raises(SystemExit) as ended:
        call_command("doctor")
    assert ended.value.code == 1
