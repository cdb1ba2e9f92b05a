"""The trail says by which way a deed came: a page, a command at the server, or a worker."""

import hashlib
import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client, override_settings

from invoices.tasks import close_due_cycles
from subscriptions.models import AuditEntry
from subscriptions.services.audit_chain import read_heads
from subscriptions.services.origin import current_origin
from subscriptions.tasks import keep_audit_heads
from tests.factories.subscriptions import a_prepaid_subscription, an_organization
from tests.portal import rows
from usage.services.keys import create_key

NOW = datetime(2026, 4, 15, 11, 30, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def test_what_a_worker_issues_names_the_task():
    subscription = a_prepaid_subscription()

    close_due_cycles()

    entries = AuditEntry.objects.filter(organization=subscription.organization, deed="invoice_issued")
    assert {(entry.origin, entry.words.place, entry.actor) for entry in entries} == {
        ("worker", "invoices.close_due_cycles", None)
    }


def test_what_an_operator_does_names_the_command_and_the_machine(monkeypatch):
    monkeypatch.setattr("sys.argv", ["/srv/manage.py", "import_price_book", "secret.csv"])
    monkeypatch.setattr("getpass.getuser", lambda: "olga")
    monkeypatch.setattr("socket.gethostname", lambda: "billing-1")

    create_key(organization=None, name="Platform", created_by=None, now=NOW)

    entry = AuditEntry.objects.get(organization=None)
    assert (entry.origin, entry.words.place) == ("command", "manage.py import_price_book (olga on billing-1)")


def test_an_operator_without_a_name_is_no_reason_to_fail(monkeypatch):
    def nobody() -> str:
        raise KeyError("uid not found: 4711")

    monkeypatch.setattr("getpass.getuser", nobody)

    assert "(nobody on" in current_origin().place


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [(0, "203.0.113.9", "192.0.2.1"), (1, "203.0.113.9", "203.0.113.9"), (1, "6.6.6.6, 203.0.113.9", "203.0.113.9")],
    ids=["none of ours", "one of ours", "a forged one before it"],
)
def test_what_a_page_does_names_the_address_that_our_proxies_vouch_for(proxies, forwarded, address):
    acme = rows.make_organization()
    browser = Client(REMOTE_ADDR="192.0.2.1", headers={"X-Forwarded-For": forwarded})
    browser.force_login(rows.make_member("admin", acme, billing_subscription=True))
    with override_settings(ALLAUTH_TRUSTED_PROXY_COUNT=proxies):
        browser.post("/account/reauthenticate/", {"password": rows.PASSWORD})
        browser.post("/o/acme/events/keys/", {"name": "Dialer", "scopes": ["events:write"]})

    entry = AuditEntry.objects.get(organization=acme, deed="key_made_for")
    assert (entry.origin, entry.words.place, entry.actor.username) == ("request", address, "admin")


def test_heads_are_kept_each_day_with_their_digest_in_the_log(tmp_path: Path, caplog):
    organization = an_organization()
    create_key(organization=organization, name="Platform", created_by=None, now=NOW)
    with override_settings(AUDIT_HEADS_DIR=tmp_path / "heads"), caplog.at_level(logging.INFO):
        keep_audit_heads()
        keep_audit_heads()

    (path,) = (tmp_path / "heads").iterdir()
    assert path.suffix == ".csv"
    assert read_heads(path)[organization.pk].sequence == 1
    assert f"{path}, SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}" in caplog.text
