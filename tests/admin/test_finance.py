"""The reports over organizations: who sees what, figures that lead to their rows, files that run nothing."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from invoices.models import AccountCode, JournalExport
from subscriptions.models import AuditEntry
from tests.admin.rows import make_lead, make_staff
from tests.factories.documents import a_line, an_invoice, draft_and_issue, issue
from tests.factories.subscriptions import a_prepaid_subscription, an_organization

NOW = datetime(2026, 4, 20, 12, tzinfo=UTC)
HOSTILE = '=HYPERLINK("https://evil.example")'


@pytest.fixture(autouse=True)
def _in_april(monkeypatch):
    for module in ("billed", "recurring", "commitments", "deferred", "journal"):
        monkeypatch.setattr(f"invoices.admin.finance.{module}.latest_local_date", NOW.date)
    monkeypatch.setattr("invoices.admin.finance.journal.database_now", lambda: NOW)


@pytest.fixture
def lead(db) -> Client:
    return browser_of(make_lead("lead"))


@pytest.fixture
def csm(harbor) -> Client:
    return browser_of(make_staff("csm", harbor.organization))


@pytest.fixture
def harbor(db):
    """A year in advance, and one that is billed in February and March."""
    subscription = a_prepaid_subscription(an_organization("harbor"), commercial_model="PREPAY")
    line = a_line("prepay", "purecloud-3", HOSTILE, "2", "140", "3360.00")
    line.service_start, line.service_end = date(2026, 1, 15), date(2027, 1, 14)
    issue(an_invoice([line], invoice_date=date(2026, 1, 15)), [line], subscription=subscription)
    return subscription


@pytest.fixture
def umbra(db):
    subscription = a_prepaid_subscription(an_organization("umbra", name=HOSTILE), currency="EUR")
    draft_and_issue(subscription, "77.00", dated=date(2026, 3, 2))
    return subscription


def browser_of(person: User) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def sure_of(browser: Client) -> Client:
    browser.post("/account/reauthenticate/", {"password": "secret"})
    return browser


def links(page: str, part: str) -> list[str]:
    return [piece.split('"')[0].replace("&amp;", "&") for piece in page.split('href="') if part in piece.split('"')[0]]


PAGES = ["billed", "recurring", "commitments", "deferred"]


def test_the_list_says_what_each_report_answers(lead, csm):
    for browser, shown in ((lead, 6), (csm, 4)):
        page = browser.get("/admin/reports/").content.decode()
        assert page.count("?</span>") == shown
    assert b"/admin/reports/" in lead.get("/admin/").content


@pytest.mark.parametrize("name", PAGES)
def test_a_csm_reads_of_their_own_organizations_alone(name, lead, csm, harbor, umbra):
    has_umbra = "Euro (EUR)" in lead.get(f"/admin/reports/{name}/").content.decode()
    assert has_umbra is (name in {"billed", "recurring"})
    page = csm.get(f"/admin/reports/{name}/").content.decode()
    assert "Euro (EUR)" not in page
    assert 'name="csm"' not in page
    # Nor by asking for what is another's: they are not asked whose.
    other = User.objects.get(username="lead").pk
    asked = csm.get(f"/admin/reports/{name}/?csm={other}&currency=EUR").content.decode()
    assert "Choose other months, or fewer limits." in asked


@pytest.mark.parametrize("name", PAGES)
def test_a_report_without_rows_says_so(name, lead):
    page = lead.get(f"/admin/reports/{name}/").content.decode()
    assert "Choose other months, or fewer limits." in page
    assert "Files" not in page


def test_a_figure_leads_to_exactly_its_rows(lead, harbor, umbra):
    page = lead.get("/admin/reports/billed/").content.decode()
    found = links(page, "/invoices/invoice/?")
    assert len(found) == 2
    for url in found:
        listed = lead.get(url)
        currency = parse_qs(urlsplit(url).query)["currency__exact"][0]
        assert [row.currency for row in listed.context["cl"].result_list] == [currency]


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("first=2026-05&last=2026-04", "This month lies before the first one."),
        ("first=2020-01&last=2026-04", "Choose at most 36 months."),
        ("first=soon", "Write a month as year and month, such as 2026-03."),
        ("first=9999-01", "Choose a day between 2000 and 2100."),
        ("currency=XXX", "Select a valid choice."),
        ("issuing_entity=x", "Select a valid choice."),
    ],
)
def test_what_makes_no_sense_is_told_at_its_field(lead, harbor, query, error):
    page = lead.get(f"/admin/reports/billed/?{query}").content.decode()
    assert error in page
    assert "Month by month" not in page
    answer = lead.get(f"/admin/reports/billed/months.csv?{query}")
    assert (answer.status_code, answer["Location"]) == (302, f"/admin/reports/billed/?{query}")


def test_files_hold_what_the_page_says_and_run_nothing(lead, harbor, umbra):
    rows = file_of(lead, "/admin/reports/billed/months.csv?currency=EUR")
    assert {row["month"]: row["owed"] for row in rows}["2026-03"] == "77.00"
    [line] = file_of(lead, "/admin/reports/deferred/lines.csv?on=2026-04-30")
    assert line["description"] == f"'{HOSTILE}"
    # 106 days of 365 are earned, from January 15 to April 30.
    assert (line["amount"], line["earned"], line["deferred"]) == ("3360.00", "975.78", "2384.22")
    names = {row["organization"] for row in file_of(lead, "/admin/reports/recurring/organizations.csv")}
    assert names == {"Harbor", f"'{HOSTILE}"}
    answer = lead.get("/admin/reports/recurring/organizations.xlsx")
    sheet = load_workbook(io.BytesIO(b"".join(answer)), read_only=True).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    assert lead.get("/admin/reports/billed/months.pdf").status_code == 404


def test_deferred_revenue_is_reconciled_on_the_page(lead, harbor):
    rows = file_of(lead, "/admin/reports/deferred/months.csv?on=2026-04-10")
    moved = [row for row in rows if row["closing"]]
    for row in moved:
        figures = {name: Decimal(row[name]) for name in ("opening", "billed", "released", "closing")}
        assert figures["opening"] + figures["billed"] - figures["released"] == figures["closing"], row
    coming = sum(Decimal(row["to_be_released"]) for row in rows if row["to_be_released"])
    assert coming == Decimal(moved[-1]["closing"])
    assert str(coming) in lead.get("/admin/reports/deferred/?on=2026-04-10").content.decode().replace(",", "")


@pytest.mark.parametrize("name", PAGES)
def test_more_organizations_take_no_more_queries(name, lead, harbor):
    url = f"/admin/reports/{name}/"
    lead.get(url)
    with CaptureQueriesContext(connection) as few:
        lead.get(url)
    for code in ("one", "two", "three"):
        subscription = a_prepaid_subscription(an_organization(code))
        draft_and_issue(subscription, "10.00", dated=date(2026, 3, 2))
    with CaptureQueriesContext(connection) as more:
        lead.get(url)
    assert len(more) == len(few)


# --- The journal ------------------------------------------------------------------------------------------------------


MARCH = {"first_day": "2026-03-01", "last_day": "2026-03-31"}


def seen_on(browser: Client) -> str:
    page = browser.get("/admin/reports/journal/", MARCH).content.decode()
    return page.split('name="seen" value="')[1].split('"')[0]


def test_a_lead_exports_a_period_and_downloads_it_again(lead, umbra):
    seen = seen_on(lead)
    asked = lead.post("/admin/reports/journal/", MARCH | {"seen": seen})
    assert "/reauthenticate/" in asked["Location"]
    assert not JournalExport.objects.exists()

    done = sure_of(lead).post("/admin/reports/journal/", MARCH | {"seen": seen}, follow=True)
    assert "is noted as exported" in done.content.decode()
    exported = JournalExport.objects.get()
    rows = file_of(lead, f"/admin/reports/journal/{exported.pk}.csv")
    assert [(row["account_code"], row["debit"], row["credit"]) for row in rows] == [
        ("1200", "77.00", ""),
        ("4300", "", "77.00"),
    ]
    # Pressed twice, it is noted once.
    again = lead.post("/admin/reports/journal/", MARCH | {"seen": seen}, follow=True)
    assert "Exactly this was exported before" in again.content.decode()
    assert "Exactly this was exported on" in again.content.decode()
    assert JournalExport.objects.count() == 1


def test_what_is_earned_of_advances_is_in_it_under_a_code_of_its_own(lead, harbor):
    """31 of 365 days of 3,360.00, by the day."""
    page = lead.get("/admin/reports/journal/", MARCH).content.decode()
    assert "Deferred revenue" in page.split("By account", 1)[1].split("Note it as exported")[0]
    assert "1 entry with 2 lines" in page
    sure_of(lead).post("/admin/reports/journal/", MARCH | {"seen": seen_on(lead)})
    rows = file_of(lead, f"/admin/reports/journal/{JournalExport.objects.get().pk}.csv")
    told = [(row["kind"], row["account"], row["account_code"], row["debit"], row["credit"]) for row in rows]
    assert told == [
        ("revenue_recognition", "deferred_revenue", "2400", "285.37", ""),
        ("revenue_recognition", "revenue", "4000", "", "285.37"),
    ]
    assert 'placeholder="2400"' in lead.get("/admin/reports/account-codes/").content.decode()


def test_a_period_that_runs_cannot_be_exported(lead, umbra):
    days = {"first_day": "2026-03-01", "last_day": "2026-04-20"}
    assert "This period still runs somewhere" in lead.get("/admin/reports/journal/", days).content.decode()
    sure_of(lead).post("/admin/reports/journal/", days | {"seen": ""})
    assert not JournalExport.objects.exists()


def test_a_csm_finds_neither_journal_nor_codes(csm, umbra):
    sure_of(csm)
    for path in ("/admin/reports/journal/", "/admin/reports/account-codes/"):
        assert csm.get(path).status_code == 403
        assert csm.post(path, MARCH | {"code-cash": "1"}).status_code == 403
    assert not JournalExport.objects.exists()
    assert not AccountCode.objects.exists()


def test_codes_are_typed_once_more_given_the_password_and_told_in_the_trail(lead):
    page = lead.get("/admin/reports/account-codes/").content.decode()
    assert 'placeholder="1200"' in page
    typed = {"code-cash": "1010", "code-revenue-hardware": "4711", "code-revenue-kind-hardware": "4712"}
    lead.post("/admin/reports/account-codes/", typed)
    assert not AccountCode.objects.exists()
    sure_of(lead).post("/admin/reports/account-codes/", typed)
    rows = set(AccountCode.objects.values_list("account", "part", "kind", "code"))
    assert rows == {("cash", "", "", "1010"), ("revenue", "hardware", "", "4711"), ("revenue", "", "hardware", "4712")}
    told = lead.get("/admin/subscriptions/auditentry/").content.decode()
    assert "Account code of Cash: 1010 instead of as proposed" in told
    assert AuditEntry.objects.filter(deed="account_code_set").count() == 3
    refused = lead.post("/admin/reports/account-codes/", {"code-cash": "1" * 41})
    assert "Ensure this value has at most 40 characters" in refused.content.decode()
    assert AccountCode.objects.get(account="cash").code == "1010"


def file_of(browser: Client, url: str) -> list[dict[str, str]]:
    answer = browser.get(url)
    assert answer.status_code == 200, answer
    return list(csv.DictReader(io.StringIO(b"".join(answer).decode())))
