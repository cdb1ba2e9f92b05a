"""`manage.py import_events`: files, safely again and again."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.factories.usage import an_event, an_organization
from usage.models import RejectedEvent, UsageEvent
from usage.services import importing

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    def run_on(*lines, **options):
        path = tmp_path / "events.ndjson"
        path.write_bytes(b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines))
        call_command("import_events", path, **options)
        return capsys.readouterr().out

    return run_on


def test_a_file_is_imported_and_importing_it_again_adds_nothing(run):
    an_organization()
    events = [an_event(id=f"e-{number}") for number in range(5)]
    assert "5 accepted, 0 duplicates, 0 rejected." in run(*events, organization="acme")
    assert "1 accepted, 5 duplicates, 0 rejected." in run(*events, b"", an_event(id="e-9"), b"", organization="acme")


def test_without_an_organization_each_event_names_its_own(run):
    an_organization("first")
    an_organization("second")
    out = run(an_event(organization="first"), an_event(organization="second"), an_event(id="e-2"))
    assert "2 accepted, 0 duplicates, 1 rejected." in out
    assert "event 3, id e-2: organization: is missing" in out


@pytest.mark.parametrize("line", [b"{", b"\xff\xfe", b"[]", b'{"id": "a"}, {"id": "b"}', b"[" * 5_000, b"null"])
def test_a_bad_line_is_kept_and_the_others_are_imported(run, line):
    an_organization()
    out = run(an_event(), line, an_event(id="e-2"), organization="acme")
    assert "2 accepted, 0 duplicates, 1 rejected." in out
    assert "event 2, id unreadable:" in out
    assert RejectedEvent.objects.get().reason == "invalid"


def test_a_file_goes_in_by_batches_and_names_the_place_in_the_file(run, monkeypatch):
    an_organization()
    monkeypatch.setattr("usage.management.commands.import_events.TRANSACTION_SIZE", 2)
    assert importing.TRANSACTION_SIZE > 2
    events = [an_event(id=f"e-{number}") for number in range(5)]
    out = run(*events, an_event(id="bad", time="?"), organization="acme")
    assert "5 accepted, 0 duplicates, 1 rejected." in out
    assert "event 6, id bad: time:" in out


def test_the_clock_of_the_database_is_kept_unless_the_file_is_trusted(run):
    an_organization()
    run(an_event(received="2026-01-21T00:00:00Z"), organization="acme")
    assert UsageEvent.objects.get().received_at > datetime(2026, 1, 22, tzinfo=UTC)


def test_a_trusted_file_keeps_its_receipts_is_logged_and_the_first_received_stands(run, caplog, monkeypatch):
    an_organization()
    monkeypatch.setattr("usage.management.commands.import_events.TRANSACTION_SIZE", 1)
    out = run(
        an_event(subject="dora", received="2026-01-20T15:00:00Z"),
        an_event(received="2026-01-20T14:30:00Z"),
        an_event(id="e-2"),
        organization="acme",
        trusted_receipt=True,
    )
    assert "2 accepted, 0 duplicates, 1 rejected." in out
    first = UsageEvent.objects.get(event_id="e-1")
    assert (first.subject, first.received_at) == ("ann", datetime(2026, 1, 20, 14, 30, tzinfo=UTC))
    assert UsageEvent.objects.get(event_id="e-2").received_at == datetime(2026, 1, 20, 14, tzinfo=UTC)
    assert "Trusted import by" in caplog.text


def test_a_receipt_in_the_future_is_refused(run):
    an_organization()
    out = run(an_event(received="2098-01-01T00:00:00Z"), organization="acme", trusted_receipt=True)
    assert "received: lies in the future." in out
    assert not UsageEvent.objects.exists()


def test_a_wrong_organization_or_file_is_told_and_nothing_is_stored(run, tmp_path):
    an_organization()
    an_organization("other")
    with pytest.raises(CommandError, match="no organization with the code nobody"):
        run(an_event(), organization="nobody")
    with pytest.raises(CommandError, match="name another organization"):
        run(an_event(organization="other"), organization="acme")
    with pytest.raises(CommandError, match="Cannot read"):
        call_command("import_events", tmp_path / "missing")
    assert not UsageEvent.objects.exists()
