"""The upcoming invoice of an organization: as if the period ended now, marked as a preview, each line explained."""

import csv
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from invoices.models import Estimate, Invoice
from invoices.services import estimating
from invoices.services.sweeping import close_due_cycles
from subscriptions.models import Subscription
from tests.books import contents
from tests.portal import rows
from tests.portal.rows import NOW, log_in

PAGE = "/o/acme/upcoming/"
LINE = f"{PAGE}lines/2/"
FILE = f"{LINE}evidence.csv"


@pytest.fixture
def running(acme) -> Subscription:
    """An agreement on two seats in its first period, in which three people were logged in."""
    agreement = rows.make_subscription(acme, commitments={"purecloud-2": 2}, effective_date=date(2026, 1, 15))
    close_due_cycles(now=datetime(2026, 1, 15, 5, tzinfo=UTC))
    for user in ("ann", "bob", "cid"):
        log_in(acme, user)
    return agreement


def body(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_says_what_it_is_and_as_of_when(admin, running):
    page = body(admin.get(PAGE))

    for words in (
        "Preview, not an invoice.",
        "if it ended now",
        "Jan 25, 2026, 10:00 AM Eastern",
        "Jan 15, 2026 – Feb 14, 2026 (11:59:59 PM Eastern)",
        "Feb 15, 2026, 6:00 AM Eastern",
        "dated Feb 15, 2026, due Mar 17, 2026",
        "overage above the commitment",
        "$225.00",
        'aria-current="page">Upcoming invoice',
    ):
        assert words in page
    assert "INV-" not in page
    assert "Remit to" not in page


def test_it_writes_nothing(admin, running):
    admin.get(PAGE)
    before = contents()

    for url in (PAGE, LINE, FILE):
        assert admin.get(url).status_code == 200

    assert contents() == before


def test_each_line_leads_to_why_it_is_what_it_is(admin, running):
    page = body(admin.get(PAGE))

    assert f'href="{PAGE}lines/1/"' in page
    assert f'href="{LINE}"' in page
    explained = body(admin.get(LINE))
    for words in ("Preview, not an invoice.", "Why this quantity? PureCloud 2", "BR-20", "3", f'href="{FILE}"'):
        assert words in explained
    for user in ("ann", "bob", "cid"):
        assert f">{user}<" in explained


def test_the_evidence_can_be_downloaded(admin, running):
    response = admin.get(FILE)

    lines = list(csv.reader(b"".join(response.streaming_content).decode().splitlines()))
    assert response["Content-Disposition"] == 'attachment; filename="preview-line-2.csv"'
    assert response["Cache-Control"] == "no-store, private"
    assert sorted(line[0] for line in lines[1:]) == ["ann", "bob", "cid"]


@pytest.mark.parametrize("url", [f"{PAGE}lines/0/", f"{PAGE}lines/3/", f"{PAGE}lines/3/evidence.csv"])
def test_a_line_that_is_not_there_is_not_found(url, admin, running):
    assert admin.get(url).status_code == 404


def test_without_an_agreement_it_says_so(admin, acme):
    assert "No invoice is coming" in body(admin.get(PAGE))
    assert admin.get(LINE).status_code == 404


def test_where_nothing_is_due_it_says_so(admin, acme):
    rows.make_subscription(acme, commercial_model="MONTH_TO_MONTH", effective_date=date(2026, 1, 15))
    close_due_cycles(now=datetime(2026, 1, 15, 5, tzinfo=UTC))

    assert "Nothing would be invoiced" in body(admin.get(PAGE))


def test_what_has_no_price_is_named_without_telling_the_customer_to_mend_it(admin, running, acme):
    log_in(acme, "dot", "communicate")

    page = body(admin.get(PAGE))

    assert "A product without a price: Communicate" in page
    assert "Your customer success manager settles it" in page
    assert "add it to the price book" not in page


def test_of_two_agreements_each_has_its_own_page(admin, acme, running):
    Subscription.objects.filter(pk=running.pk).update(
        last_service_date=date(2026, 2, 14), cancelled_on=date(2026, 1, 20)
    )
    rows.make_subscription(acme, commitments={"purecloud-3": 5}, effective_date=date(2026, 2, 15))

    first = body(admin.get(PAGE))
    assert 'href="?since=2026-02-15"' in first
    second = body(admin.get(f"{PAGE}?since=2026-02-15"))
    assert "The agreement has not begun." in second
    assert f'href="{PAGE}lines/1/?since=2026-02-15"' in second
    assert "PureCloud 3" in body(admin.get(f"{PAGE}lines/1/?since=2026-02-15"))
    assert admin.get(f"{PAGE}?since=2026-02-16").status_code == 404


def test_a_large_organization_gets_the_latest_estimate_with_its_age(admin, running, monkeypatch):
    monkeypatch.setattr(estimating, "EVENTS_AT_ONCE", 5)

    waiting = body(admin.get(PAGE))
    assert "it is being worked out in the background" in waiting
    assert f'href="{PAGE}">Look again' in waiting
    assert admin.get(LINE).status_code == 404

    estimating.work_out_estimates(now=NOW - timedelta(minutes=5))
    Estimate.objects.update(wanted_at=None)
    shown = body(admin.get(PAGE))

    assert "these are the latest figures, and newer ones are being worked out" in shown
    assert "Jan 25, 2026, 9:55 AM Eastern" in shown
    assert "The people are listed once the invoice is issued." in body(admin.get(LINE))
    assert not Invoice.objects.filter(invoice_date=date(2026, 2, 15)).exists()


def test_it_says_so_if_it_cannot_be_worked_out(admin, running, monkeypatch):
    def fail(*_args, **_named):
        raise ZeroDivisionError

    monkeypatch.setattr(estimating, "preview_cycle", fail)

    assert "did not succeed" in body(admin.get(PAGE))


def test_the_page_asks_the_database_the_same_however_much_was_used(admin, running, acme):
    admin.get(PAGE)
    with CaptureQueriesContext(connection) as few:
        admin.get(PAGE)
    for number in range(20):
        log_in(acme, f"more-{number}", "purecloud-2" if number % 2 else "communicate")
    with CaptureQueriesContext(connection) as many:
        admin.get(PAGE)

    assert len(many) == len(few) <= 37
