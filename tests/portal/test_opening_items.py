"""What was carried over from an old system, for those who see invoices (ADR 43)."""

import csv
import re
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import urljoin

import pytest
from django.contrib.auth.models import User
from django.utils.html import escape

from invoices.domain.moving_in.opening_balances import OldFile
from invoices.models import Invoice
from invoices.services.shadow.old_files import keep_old_file, upload_old_file
from invoices.services.shadow.opening import set_right
from subscriptions.selectors.clock import database_now
from subscriptions.services.recording import Recording
from tests.factories.moving_in import OPENING_HEADER, make_moved_in

LIST = "/o/lantern/invoices/"


@pytest.fixture
def lantern(db):
    return make_moved_in("lantern", by=User.objects.create_superuser("lea"), now=database_now())


@pytest.fixture
def as_contact(lantern, client):
    person = User.objects.create_user("percival")
    lantern.memberships.create(user=person, billing_contact=True)
    client.force_login(person)
    return client


def test_the_list_says_where_it_comes_from(as_contact):
    page = as_contact.get(LIST).content.decode()
    assert "2026/lantern-1" in page
    assert "Carried over" in page
    assert "from the previous system" in page
    assert "20 days past due" in page
    assert "Being made" not in page


def test_its_page_says_what_is_open_and_how_it_is_paid(as_contact):
    # By its number, as mails may still have it.
    page = as_contact.get(f"{LIST}2026/lantern-1/", follow=True).content.decode()
    assert "Carried over from the previous system, which issued it" in page
    assert "$1,840.00" in page
    assert "Download PDF" not in page


@pytest.mark.parametrize("part", ["pdf", "lines/1/", "lines.csv", "factur-x.xml", "pay"])
def test_there_is_nothing_else_of_it(part, as_contact):
    assert as_contact.get(f"{LIST}2026/lantern-1/{part}").status_code == 404


def test_the_statement_shows_it_with_what_is_past_due(as_contact):
    page = as_contact.get(f"{LIST}statement/").content.decode()
    assert page.count("Carried over from the previous system") == 3
    assert "2026/lantern-2" in page
    assert "Carried over from the previous system: credit PAY-lantern" in page
    assert "$2,685.50" in page


def test_the_statement_tells_a_correction_from_a_credit(as_contact, lantern):
    item = Invoice.objects.get(number="2026/lantern-1")
    recording = Recording(by=User.objects.get(username="lea"), at=database_now())
    set_right(item.pk, amount=Decimal(40), seen=Decimal(1840), reason="Paid to them.", recording=recording)
    page = as_contact.get(f"{LIST}statement/").content.decode()
    assert "less is open: correction 2026/lantern-1 / 1" in page
    assert "$2,645.50" in page


@pytest.mark.parametrize(
    "number",
    [
        *("2025/17/A", "a b#c?d=e%f", "№ 17/ü", "17/pdf", "R/lines.csv", "R/lines/3", "1/carried-over"),
        # Browsers take them out of an address.
        *(".", "..", "a/../b"),
        *("statement", "statement.csv", "how-to-read", "paying/x"),
    ],
)
def test_whatever_its_number_its_page_is_found(number, as_contact, lantern):
    person = User.objects.get(username="lea")
    now = database_now()
    text = f"{OPENING_HEADER}\nlantern,invoice,{number},2026-01-01,2026-02-01,USD,7.25"
    file = upload_old_file("more.csv", text.encode(), holds=OldFile.BALANCES, by=person, now=now)
    keep_old_file(file.pk, reason="Late.", recording=Recording(by=person, at=now))
    for page in (LIST, f"{LIST}statement/"):
        body = as_contact.get(page).content.decode()
        (address,) = re.findall(r'href="([^"]*)"[^>]*>' + re.escape(escape(number)) + "<", body)
        assert urljoin(page, address) == address
        assert "$7.25" in as_contact.get(address).content.decode()


def test_the_statement_has_it_on_the_day_by_the_clock_of_the_agreement(db, client):
    by = User.objects.create_superuser("lea")
    # In New York it is still the first of March.
    lantern = make_moved_in("lantern", by=by, now=datetime(2026, 3, 2, 3, tzinfo=UTC))
    assert lantern.subscriptions.get().time_zone == "America/New_York"
    client.force_login(by)

    file = b"".join(client.get(f"{LIST}statement.csv").streaming_content).decode("utf-8-sig")
    assert {row["Date"] for row in csv.DictReader(file.splitlines())} == {"2026-03-01"}


def test_nothing_else_is_found_by_its_key(as_contact, lantern):
    item = Invoice.objects.get(number="2026/lantern-1")
    assert as_contact.get(f"{LIST}{item.pk}/carried-over/").status_code == 200
    assert as_contact.get(f"{LIST}{item.pk + 100}/carried-over/").status_code == 404


def test_others_do_not_see_it(lantern, client):
    client.force_login(User.objects.create_user("somebody"))
    assert client.get(f"{LIST}2026/lantern-1/").status_code == 404
    key = Invoice.objects.get(number="2026/lantern-1").pk
    assert client.get(f"{LIST}{key}/carried-over/").status_code == 404
