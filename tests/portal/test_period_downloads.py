"""The reports of a period as files: whole, plain for programs, safe for spreadsheets, of the closed and the running."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from invoices.services.sweeping import close_due_cycles
from subscriptions.models import VoiceRate, VoiceRateDeck, VoiceRateDeckVersion
from subscriptions.views import downloads
from tests.factories.usage import an_event, report
from tests.portal import rows
from tests.portal.rows import NOW, assign, log_in
from usage.models import SnapshotUser

DECEMBER = datetime(2025, 12, 20, 14, tzinfo=UTC)
CLOSED, RUNNING = "/o/acme/periods/2025-12-15/", "/o/acme/periods/2026-01-15/"


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("invoices.portal.history.database_now", lambda: NOW)
    monkeypatch.setattr("invoices.portal.downloads.database_now", lambda: NOW)


def read_csv(browser: Client, url: str) -> list[list[str]]:
    response = browser.get(url)
    assert response.status_code == 200
    assert response.streaming
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(response.getvalue().decode())))


def read_xlsx(browser: Client, url: str) -> list[tuple[object, ...]]:
    book = openpyxl.load_workbook(io.BytesIO(browser.get(url).getvalue()))
    return list(book.active.iter_rows(values_only=True))


# --- Billable usage --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("url", "at"), [(CLOSED, DECEMBER), (RUNNING, NOW - timedelta(days=2))])
def test_billable_usage_names_each_charge_and_the_first_login(url, at, admin, acme):
    rows.make_add_on("wfm", "Workforce Management")
    rows.make_subscription(acme, commitments={"purecloud-2": 1, "communicate": 1, "wfm": 1})
    log_in(acme, "ann", at=at)
    log_in(acme, "ann", "", at=at + timedelta(days=1))
    log_in(acme, "bob", "communicate", at=at)
    log_in(acme, "guest", "", at=at)
    assign(acme, "bob", "wfm", at=at)
    close_due_cycles(now=NOW)
    first = f"{at:%Y-%m-%dT%H:%M:%S}Z"

    assert read_csv(admin, f"{url}billable-usage.csv") == [
        ["charge_name", "entity", "first_login_utc"],
        ["PureCloud 2", "ann", first],
        ["Communicate", "bob", first],
        ["Workforce Management", "bob", first],
    ]


def test_billable_usage_of_a_peak_names_who_was_in_it(admin, acme):
    rows.make_add_on("wfm", "Workforce Management")
    rows.make_subscription(acme, licensing_model="concurrent", commitments={"purecloud-3": 1, "wfm": 1})
    log_in(acme, "ann", "purecloud-2", at=DECEMBER, hours=4)
    log_in(acme, "bob", "purecloud-3", at=DECEMBER + timedelta(hours=1), hours=1)
    log_in(acme, "late", "purecloud-3", at=DECEMBER + timedelta(hours=9), hours=1)
    assign(acme, "idle", "wfm", at=DECEMBER)
    close_due_cycles(now=NOW)

    assert read_csv(admin, f"{CLOSED}billable-usage.csv")[1:] == [
        ["PureCloud 3", "ann", "2025-12-20T14:00:00Z"],
        ["PureCloud 3", "bob", "2025-12-20T15:00:00Z"],
        ["Workforce Management", "idle", ""],
    ]


def test_what_a_user_id_looks_like_is_never_run(admin, acme):
    rows.make_subscription(acme, commitments={"purecloud-2": 1})
    log_in(acme, '=HYPERLINK("http://evil")')

    assert read_csv(admin, f"{RUNNING}billable-usage.csv")[1][1] == '\'=HYPERLINK("http://evil")'
    book = openpyxl.load_workbook(io.BytesIO(admin.get(f"{RUNNING}billable-usage.xlsx").getvalue()))
    assert book.active["B2"].data_type == "s"


# --- By day ----------------------------------------------------------------------------------------------------------


def test_concurrent_usage_has_the_most_at_once_of_each_day(admin, acme):
    rows.make_subscription(acme, licensing_model="concurrent", commitments={"purecloud-3": 1, "communicate": 1})
    log_in(acme, "ann", "purecloud-3", at=DECEMBER, hours=4)
    log_in(acme, "bob", "purecloud-3", at=DECEMBER + timedelta(hours=2), hours=4)
    # Over the local midnight, which is 5:00 UTC.
    log_in(acme, "cid", "purecloud-3", at=datetime(2025, 12, 22, 4, 30, tzinfo=UTC), hours=1)
    log_in(acme, "desk", "communicate", at=DECEMBER, hours=8)
    close_due_cycles(now=NOW)

    lines = read_csv(admin, f"{CLOSED}concurrent-usage.csv")

    assert lines[0] == ["date", "peak_concurrent_users", "minutes_at_peak"]
    assert len(lines) == 1 + 31
    assert [line for line in lines[1:] if line[1] != "0"] == [
        ["2025-12-20", "2", "120"],
        ["2025-12-21", "1", "30"],
        ["2025-12-22", "1", "30"],
    ]


def test_user_hours_add_up_to_what_the_close_kept(admin, acme):
    rows.make_subscription(acme, licensing_model="hourly", commitments={"purecloud-1": 1})
    log_in(acme, "ann", "purecloud-1", at=datetime(2025, 12, 22, 4, 30, tzinfo=UTC), hours=2.5)
    log_in(acme, "ann", "", at=datetime(2025, 12, 22, 6, tzinfo=UTC), hours=1.75)
    close_due_cycles(now=NOW)

    lines = read_csv(admin, f"{CLOSED}user-hours.csv")

    assert lines == [
        ["date", "user", "seconds", "hours"],
        ["2025-12-21", "ann", "1800", "0.5"],
        ["2025-12-22", "ann", "9900", "2.75"],
    ]
    assert SnapshotUser.objects.get(user="ann").seconds == 1800 + 9900


def test_only_hourly_licensing_has_user_hours(admin, agreement):
    assert admin.get(f"{RUNNING}user-hours.csv").status_code == 404


def test_resources_are_written_by_local_day(admin, acme):
    rows.make_subscription(acme, commitments={"purecloud-2": 1})
    report(
        acme,
        an_event(id="i", type="ivr.completed", subject="c", time="2025-12-21T04:59:59Z", data={"seconds": 90}),
        an_event(id="j", type="ivr.completed", subject="c", time="2025-12-21T05:00:00Z", data={"seconds": 20}),
        an_event(id="s", type="storage.measured", subject="x", time="2026-01-13T17:00:00Z", data={"gigabytes": "10"}),
    )
    close_due_cycles(now=NOW)

    lines = read_csv(admin, f"{CLOSED}resources-usage.csv")

    assert lines[0] == ["date", "resource", "quantity", "unit"]
    assert [line for line in lines[1:] if line[2] != "0"] == [
        ["2025-12-20", "Basic IVR minutes", "1.5", "minutes"],
        ["2025-12-21", "Basic IVR minutes", "0.333333", "minutes"],
        ["2026-01-13", "Data storage, gigabyte-months", "5", "GB"],
        ["2026-01-14", "Data storage, gigabyte-months", "10", "GB"],
    ]


# --- Calls -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def calls(acme) -> None:
    deck = VoiceRateDeck.objects.create(name="North America", currency="USD")
    version = VoiceRateDeckVersion.objects.create(deck=deck, effective_date=date(2025, 1, 1))
    VoiceRate.objects.create(
        version=version, direction="outbound", prefix="+1", destination="United States", per_minute=Decimal("0.012")
    )
    rows.make_subscription(acme, commitments={"purecloud-2": 1}, rate_deck=deck)
    for number, (direction, remote, time) in enumerate(
        [
            ("outbound", "+12125550100", "2026-01-20T15:00:00Z"),
            ("toll_free", "+12125550101", "2026-01-20T15:05:00Z"),
            ("outbound", "+12125550102", "2026-01-14T15:00:00Z"),
        ]
    ):
        data = {"direction": direction, "remote": remote, "seconds": 55}
        report(acme, an_event(id=f"c{number}", type="call.completed", subject=f"call-{number}", time=time, data=data))


def test_each_call_is_a_row_with_what_it_costs(admin, calls):
    lines = read_csv(admin, f"{RUNNING}voice-usage.csv")

    assert [dict(zip(lines[0], line, strict=True)) for line in lines[1:]] == [
        {
            "call_id": "call-0",
            "origin": "",
            "destination": "'+12125550100",
            "usage_group": "United States",
            "call_type": "outbound",
            "direction": "outbound",
            "start_utc": "2026-01-20T14:59:05Z",
            "end_utc": "2026-01-20T15:00:00Z",
            "duration_seconds": "55",
            "adjusted_duration_seconds": "60",
            "adjusted_duration_minutes": "1",
            "rate_per_minute": "0.012",
            "total_cost": "0.012",
            "currency": "USD",
            "rate_sheet": "North America",
        },
        {
            "call_id": "call-1",
            "origin": "'+12125550101",
            "destination": "",
            "usage_group": "",
            "call_type": "toll-free",
            "direction": "inbound",
            "start_utc": "2026-01-20T15:04:05Z",
            "end_utc": "2026-01-20T15:05:00Z",
            "duration_seconds": "55",
            "adjusted_duration_seconds": "",
            "adjusted_duration_minutes": "",
            "rate_per_minute": "",
            "total_cost": "",
            "currency": "",
            "rate_sheet": "",
        },
    ]


def test_the_calls_of_a_closed_period_are_rated_as_its_close_did(admin, acme, calls):
    close_due_cycles(now=NOW)
    acme.subscriptions.update(rate_deck=None)

    (line,) = read_csv(admin, f"{CLOSED}voice-usage.csv")[1:]

    assert line[0] == "call-2"
    assert line[11:] == ["0.012", "0.012", "USD", "North America"]


def test_without_a_rate_deck_calls_are_listed_unrated(admin, acme, calls):
    acme.subscriptions.update(rate_deck=None)

    assert [line[11] for line in read_csv(admin, f"{RUNNING}voice-usage.csv")[1:]] == ["", ""]


# --- Files -----------------------------------------------------------------------------------------------------------


def test_a_spreadsheet_has_the_same_rows(admin, acme):
    rows.make_subscription(acme, licensing_model="concurrent", commitments={"purecloud-3": 1})
    log_in(acme, "ann", "purecloud-3", hours=1)

    cells = read_xlsx(admin, f"{RUNNING}concurrent-usage.xlsx")

    assert cells[0] == ("date", "peak_concurrent_users", "minutes_at_peak")
    assert ("2026-01-23", 1, 60) in cells


def test_too_many_rows_for_a_spreadsheet_are_left_to_the_csv(admin, acme, agreement, monkeypatch):
    for user in ("ann", "bob", "cid"):
        log_in(acme, user)
    monkeypatch.setattr(downloads, "SPREADSHEET_ROWS", 2)

    response = admin.get(f"{RUNNING}billable-usage.xlsx", follow=True)

    assert response.redirect_chain == [("/o/acme/periods/", 302)]
    assert "Download it as CSV: it is whole." in response.content.decode()
    assert len(read_csv(admin, f"{RUNNING}billable-usage.csv")) == 1 + 3


def test_files_are_named_after_organization_report_and_period(admin, agreement):
    response = admin.get(f"{RUNNING}billable-usage.csv")

    assert response["Content-Disposition"] == 'attachment; filename="acme-billable-usage-2026-01-15.csv"'
    assert response["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize(
    "url",
    [
        f"{RUNNING}billable-usage.pdf",
        f"{RUNNING}secrets.csv",
        "/o/acme/periods/2026-01-16/billable-usage.csv",
        "/o/acme/periods/today/billable-usage.csv",
        "/o/acme/periods/report.pdf",
    ],
)
def test_what_is_no_report_is_not_found(url, admin, agreement):
    assert admin.get(url).status_code == 404


def test_the_comparison_is_a_file_of_all_periods_oldest_first(admin, acme):
    rows.make_subscription(acme, effective_date=date(2025, 11, 15), commitments={"purecloud-2": 1})
    for user in ("ann", "bob"):
        log_in(acme, user, at=DECEMBER)
    close_due_cycles(now=NOW)

    lines = read_csv(admin, "/o/acme/periods/report.csv")

    assert lines[0][:5] == [
        "period_start",
        "period_last_day",
        "purecloud-2 committed",
        "purecloud-2 counted",
        "purecloud-2 over",
    ]
    assert [line[:5] for line in lines[1:]] == [
        ["2025-11-15", "2025-12-14", "1", "0", "0"],
        ["2025-12-15", "2026-01-14", "1", "2", "1"],
    ]


def test_people_are_written_as_they_are_read(admin, acme, agreement):
    for index in range(30):
        log_in(acme, f"user-{index:02}", at=DECEMBER)
    close_due_cycles(now=NOW)

    with CaptureQueriesContext(connection) as captured:
        assert len(read_csv(admin, f"{CLOSED}billable-usage.csv")) == 31

    about_people = [query for query in captured if SnapshotUser._meta.db_table in query["sql"]]
    assert len(about_people) == 1
