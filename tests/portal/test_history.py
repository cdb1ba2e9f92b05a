"""Closed periods beside their invoices, their people, and why one is billed: as the close kept it (BR-77, BR-90)."""

import html
import json
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from invoices.models import BillingCycle, Invoice
from invoices.services.sweeping import close_due_cycles
from tests.factories.usage import a_working_day, an_event, report
from tests.portal import rows
from tests.portal.rows import NOW, assign, log_in
from tests.portal.test_safety import HOSTILE, INLINE
from usage.models import SnapshotUser

DECEMBER = datetime(2025, 12, 20, 14, tzinfo=UTC)
"""In the period from December 15 to January 14, whose cut-off has passed by NOW."""

PERIOD = "/o/acme/periods/2025-12-15/"


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("invoices.portal.history.database_now", lambda: NOW)
    monkeypatch.setattr("invoices.portal.downloads.database_now", lambda: NOW)


@pytest.fixture
def closed(acme, agreement) -> None:
    """Close a period in which three people used two seats' worth of PureCloud 2."""
    for user in ("ann", "bob", "cid"):
        log_in(acme, user, at=DECEMBER)
    close_due_cycles(now=NOW)


def close_concurrent(acme) -> None:
    rows.make_subscription(acme, licensing_model="concurrent", commitments={"purecloud-3": 1})
    log_in(acme, "ann", "purecloud-3", at=DECEMBER, hours=4)
    log_in(acme, "bob", "purecloud-3", at=DECEMBER + timedelta(hours=2), hours=4)
    log_in(acme, "late", "purecloud-3", at=DECEMBER + timedelta(hours=8), hours=1)
    close_due_cycles(now=NOW)


def users(browser: Client, query: str = "") -> list[str]:
    return [row.record.user for row in browser.get(f"{PERIOD}people/{query}").context["table"].rows]


# --- The periods -----------------------------------------------------------------------------------------------------


def test_a_closed_period_stands_beside_its_invoice(admin, closed):
    invoice = Invoice.objects.latest("sequence")

    response = admin.get("/o/acme/periods/")
    (row,) = response.context["rows"]

    assert (row["days"], row["counted"]) == ("Dec 15, 2025 – Jan 14, 2026", "PureCloud 2: 3 (1 over)")
    assert invoice.lines.filter(kind="overage").exists()
    assert [document.number for document in row["documents"]] == [invoice.number]
    assert f'href="/o/acme/invoices/{invoice.number}/"' in response.content.decode()


def test_the_running_period_is_there_with_its_reports(admin, closed):
    body = admin.get("/o/acme/periods/").content.decode()

    assert "The running period: Jan 15 – Feb 14, 2026" in body
    assert 'href="/o/acme/periods/2026-01-15/billable-usage.csv"' in body


def test_a_period_that_has_ended_is_announced_until_it_is_closed(admin, acme, agreement):
    log_in(acme, "ann", at=DECEMBER)
    close_due_cycles(now=DECEMBER)
    announced = "Dec 15, 2025 – Jan 14, 2026 has ended and is not closed yet."

    assert announced in admin.get("/o/acme/periods/").content.decode()
    close_due_cycles(now=NOW)
    assert announced not in admin.get("/o/acme/periods/").content.decode()


@pytest.mark.parametrize("page", ["", "report/"])
def test_before_anything_has_closed_the_page_says_when_it_will(page, admin, agreement):
    body = admin.get(f"/o/acme/periods/{page}").content.decode()

    assert ("The first one appears here a few hours after it ends" in body) is (page == "")
    assert ("Each period that closes becomes a row here." in body) is (page == "report/")


def test_periods_are_compared_by_product(admin, closed):
    comparison = admin.get("/o/acme/periods/report/").context["comparison"]

    assert comparison.columns[0] == "PureCloud 2"
    assert (comparison.rows[0].cells[0].figure, comparison.rows[0].cells[0].remark) == ("3", "1 over")
    storage = next(cell for cell in comparison.rows[0].cells if cell.column.startswith("Data storage"))
    assert (storage.figure, storage.remark) == ("0", "")


def test_periods_come_in_pages(admin, acme):
    subscription = rows.make_subscription(acme, effective_date=date(2024, 10, 15), commitments={"purecloud-2": 1})
    close_due_cycles(now=NOW)
    assert BillingCycle.objects.filter(subscription=subscription, state="closed").count() == 15

    first = admin.get("/o/acme/periods/").context
    second = admin.get(f"/o/acme/periods/?{first['page'].next_query}").context

    assert [row["start"] for row in first["rows"]][:2] == ["2025-12-15", "2025-11-15"]
    assert [row["start"] for row in second["rows"]] == ["2024-12-15", "2024-11-15", "2024-10-15"]


# --- One period ------------------------------------------------------------------------------------------------------


def test_a_period_shows_what_its_invoice_was_made_from(admin, closed):
    page = admin.get(PERIOD).context["page"]

    (use,) = page.licenses
    assert (use.name, use.committed, use.in_use, use.over, use.unit) == ("PureCloud 2", "2", "3", "1", "in use")
    assert page.known_by == "Jan 15, 2026 at 6:00 AM Eastern"
    assert {resource.name: resource.included for resource in page.resources}["API requests"] == "330,000"


def test_what_is_reported_late_does_not_change_a_closed_period(admin, acme, closed):
    before = admin.get(PERIOD).context["page"]
    people = users(admin)

    report(acme, *a_working_day("late", "2025-12-20", "purecloud-2", received="2026-01-20T00:00:00Z"))

    assert admin.get(PERIOD).context["page"] == before
    assert users(admin) == people == ["ann", "bob", "cid"]
    assert drawn(admin, PERIOD)["people"]["y"][5] == 3


def test_a_correction_is_named_with_the_invoice_it_stands_on(admin, acme, closed):
    report(acme, *a_working_day("late", "2025-12-20", "purecloud-2", received="2026-01-20T00:00:00Z"))
    close_due_cycles(now=datetime(2026, 2, 16, tzinfo=UTC))
    correction = Invoice.objects.get(cycle__index=1)

    corrections = admin.get(PERIOD).context["corrections"]

    assert [document.number for document in corrections] == [correction.number]


def test_the_peak_of_a_closed_period_and_when_it_was(admin, acme):
    close_concurrent(acme)

    response = admin.get(PERIOD)

    assert response.context["page"].peak.users == "2"
    assert response.context["page"].peak.times == ["Dec 20, 11:00 AM – 1:00 PM"]
    assert "30 minutes or longer without a break" in response.content.decode()


@pytest.mark.parametrize("start", ["2025-12-16", "2026-01-15", "yesterday", "2025-13-99", "0"])
def test_what_is_no_closed_period_is_not_found(start, admin, closed):
    assert admin.get(f"/o/acme/periods/{start}/").status_code == 404
    assert admin.get(f"/o/acme/periods/{start}/people/").status_code == 404
    assert admin.get(f"/o/acme/periods/{start}/person/?user=ann").status_code == 404


def test_a_period_of_another_organization_does_not_show(admin, acme, agreement):
    other = rows.make_organization("beta", "Beta")
    rows.make_subscription(other)
    log_in(other, "elsewhere", at=DECEMBER)
    close_due_cycles(now=NOW)

    assert admin.get("/o/beta/periods/2025-12-15/").status_code == 404
    assert users(admin) == []


# --- Curves ----------------------------------------------------------------------------------------------------------


def drawn(browser: Client, url: str) -> dict[str, dict]:
    return {curve.name: json.loads(curve.drawing) for curve in browser.get(url).context["curves"]}


def test_a_closed_period_is_drawn_with_its_peak(admin, acme):
    close_concurrent(acme)

    curves = drawn(admin, PERIOD)

    assert curves["people"]["y"][5] == 3
    assert sum(curves["people"]["y"]) == 3
    assert max(curves["concurrency"]["y"]) == 2
    assert len(curves["concurrency"]["y"]) == 31 * 96
    (mark,) = curves["concurrency"]["marks"]
    assert (mark["x"], mark["y"]) == (int((DECEMBER + timedelta(hours=2)).timestamp()), 2)
    assert curves["concurrency"]["lines"] == [{"label": "Committed", "y": 1}]


def test_a_curve_has_its_numbers_in_a_table(admin, acme):
    close_concurrent(acme)

    people, concurrency = admin.get(PERIOD).context["curves"]

    assert people.rows[5] == ["Dec 20, 2025", "3"]
    assert concurrency.rows[5] == ["Dec 20, 2025", "2", "2 h 00 min"]
    assert concurrency.rows[6] == ["Dec 21, 2025", "0", "0 h 00 min"]


def test_the_running_period_is_drawn_up_to_now(admin, acme, agreement):
    log_in(acme, "ann")

    curves = drawn(admin, "/o/acme/licenses/")

    assert curves.keys() == {"people"}
    assert len(curves["people"]["y"]) == 11
    assert sum(curves["people"]["y"]) == 1


def test_where_nothing_happened_nothing_is_drawn(admin, agreement):
    response = admin.get("/o/acme/licenses/")

    assert response.context["curves"] == []
    assert "uplot" not in response.content.decode()


def test_what_takes_too_long_to_draw_is_left_to_the_reports(admin, closed, monkeypatch):
    monkeypatch.setattr("usage.services.curves.EVENTS_DRAWN_AT_ONCE", 8)

    response = admin.get(PERIOD)

    assert response.context["curves"] is None
    assert "There is too much use in this period to draw it while you wait." in response.content.decode()


# --- People ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def several(acme) -> None:
    rows.make_add_on("wfm", "Workforce Management")
    rows.make_subscription(acme, commitments={"purecloud-2": 2, "communicate": 1, "wfm": 1})
    log_in(acme, "ann", at=DECEMBER + timedelta(days=2), hours=1)
    log_in(acme, "Bob", at=DECEMBER, hours=5)
    log_in(acme, "cid", "communicate", at=DECEMBER + timedelta(days=1), hours=3)
    log_in(acme, "guest", "", at=DECEMBER, hours=2)
    assign(acme, "cid", "wfm", at=DECEMBER)
    close_due_cycles(now=NOW)


@pytest.mark.parametrize(
    ("label", "query", "found"),
    [
        ("by hours", "?sort=seconds", ["ann", "guest", "cid", "Bob"]),
        ("most hours first", "?sort=-seconds", ["Bob", "cid", "guest", "ann"]),
        ("last seen first", "?sort=-last_seen_at", ["ann", "cid", "Bob", "guest"]),
        ("a license", "?sort=seconds&license=purecloud-2", ["ann", "Bob"]),
        ("another", "?license=communicate", ["cid"]),
        ("an add-on", "?license=wfm", ["cid"]),
        ("not counted", "?license=none", ["guest"]),
        ("no such thing", "?license=nothing", []),
        ("searched", "?q=bO", ["Bob"]),
        ("searched and filtered", "?q=bob&license=communicate", []),
        ("a zero byte", "?q=%00ann", ["ann"]),
    ],
)
def test_people_are_filtered_searched_and_sorted(label, query, found, admin, several):
    assert users(admin, query) == found, label


def test_people_come_in_pages_whatever_they_are_sorted_by(admin, acme, agreement):
    for index in range(60):
        log_in(acme, f"user-{index:02}", at=DECEMBER + timedelta(minutes=index % 7), hours=1 + index % 5)
    close_due_cycles(now=NOW)

    for sort in ("user", "-user", "seconds", "-first_login_at"):
        first = admin.get(f"{PERIOD}people/?sort={sort}").context["page"]
        second = admin.get(f"{PERIOD}people/?{first.next_query}").context["page"]
        assert (len(first.rows), len(second.rows)) == (50, 10)
        assert len({row.user for row in (*first.rows, *second.rows)}) == 60
        back = admin.get(f"{PERIOD}people/?{second.previous_query}").context["page"]
        assert [row.pk for row in back.rows] == [row.pk for row in first.rows]


def test_sorting_anew_begins_at_the_first_page(admin, acme, agreement):
    for index in range(60):
        log_in(acme, f"user-{index:02}", at=DECEMBER)
    close_due_cycles(now=NOW)
    first = admin.get(f"{PERIOD}people/").context["page"]

    body = admin.get(f"{PERIOD}people/?{first.next_query}").content.decode()

    assert 'href="?sort=first_login_at"' in body


def test_people_are_neither_counted_nor_skipped_through(admin, several):
    with CaptureQueriesContext(connection) as captured:
        admin.get(f"{PERIOD}people/?sort=-seconds&q=a")

    about_people = [
        query["sql"].upper() for query in captured if SnapshotUser._meta.db_table.upper() in query["sql"].upper()
    ]
    assert len(about_people) == 1
    assert "COUNT(" not in about_people[0]
    assert "OFFSET" not in about_people[0]


def test_who_was_in_at_the_peak_is_marked(admin, acme):
    close_concurrent(acme)

    table = admin.get(f"{PERIOD}people/").context["table"]

    assert {row.record.user: row.get_cell("at_peak") for row in table.rows} == {
        "ann": "Yes",
        "bob": "Yes",
        "late": "No",
    }


# --- One person ------------------------------------------------------------------------------------------------------


def person(browser: Client, user: str, base: str = PERIOD):
    return browser.get(f"{base}person/", {"user": user}).context["page"]


def test_why_a_person_is_billed_by_name(admin, acme, agreement):
    log_in(acme, "ann", "communicate", at=DECEMBER, hours=1)
    log_in(acme, "ann", "purecloud-2", at=DECEMBER + timedelta(days=1), hours=2)
    close_due_cycles(now=NOW)

    page = person(admin, "ann")

    assert page.verdict.startswith("Counts as one PureCloud 2:")
    assert "Everyone who was logged in" in page.rule
    assert [(day.day, day.times, day.logged_in) for day in page.days] == [
        ("Dec 20, 2025", ["9:00 AM – 10:00 AM"], "1 h 00 min"),
        ("Dec 21, 2025", ["9:00 AM – 11:00 AM"], "2 h 00 min"),
    ]
    assert [(held.name, held.times) for held in page.held] == [
        ("Communicate", ["from Dec 20, 9:00 AM"]),
        ("PureCloud 2", ["from Dec 21, 9:00 AM"]),
    ]
    assert page.logged_in == "3 h 00 min"


@pytest.mark.parametrize(
    ("label", "model", "product", "hours", "verdict"),
    [
        ("hourly", "hourly", "purecloud-1", 2, "2 h 00 min count towards the hours of PureCloud 1."),
        ("concurrent", "concurrent", "purecloud-3", 2, "Takes part in the concurrent peak"),
        ("by name beside a peak", "concurrent", "communicate", 2, "Counts as one Communicate:"),
        ("no license", "named", "", 2, "Not counted: logged in, but held no license in the period."),
    ],
)
def test_the_verdict_is_that_of_the_agreement(label, model, product, hours, verdict, admin, acme):
    rows.make_subscription(acme, licensing_model=model)
    log_in(acme, "ann", product, hours=hours)

    assert person(admin, "ann", "/o/acme/licenses/").verdict.startswith(verdict), label


def test_whoever_held_a_license_and_never_logged_in_is_not_counted(admin, acme, agreement):
    assign(acme, "idle", "purecloud-2", at=DECEMBER)

    page = person(admin, "idle", "/o/acme/licenses/")

    assert page.verdict == "Not counted: nobody logged in as this user in the period."
    assert page.days == []
    assert page.held[0].times == ["throughout"]


def test_a_license_held_too_briefly_in_2016_is_said_not_to_count(admin, acme):
    rows.make_subscription(acme, edition="2016")
    log_in(acme, "ann", at=NOW - timedelta(hours=2), hours=1)

    page = person(admin, "ann", "/o/acme/licenses/")

    assert "does not meet the rule" in page.verdict
    assert "less than four hours" in page.rule


def test_a_person_was_in_at_the_peak_or_not(admin, acme):
    close_concurrent(acme)

    assert "Was logged in when the concurrent peak" in admin.get(f"{PERIOD}person/?user=ann").content.decode()
    assert "Was not logged in when the concurrent peak" in admin.get(f"{PERIOD}person/?user=late").content.decode()


@pytest.mark.parametrize("user", ["nobody", "", "%00"])
@pytest.mark.parametrize("base", ["/o/acme/licenses/", PERIOD])
def test_a_person_that_is_not_in_the_period_is_not_found(base, user, admin, closed):
    assert admin.get(f"{base}person/?user={user}").status_code == 404


def test_a_persons_page_is_a_link_whatever_their_id_holds(admin, acme, agreement):
    log_in(acme, "../a&b?c#d <x>")

    body = admin.get("/o/acme/licenses/people/").content.decode()
    href = "/o/acme/licenses/person/?user=..%2Fa%26b%3Fc%23d+%3Cx%3E"

    assert href in body
    assert admin.get(href).context["page"].user == "../a&b?c#d <x>"


# --- What every page keeps to ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["", "people/", f"person/?{urlencode({'user': HOSTILE})}"])
def test_a_period_of_hostile_names_runs_nothing_and_names_its_tables(page, admin, acme):
    rows.make_subscription(acme, licensing_model="concurrent", commitments={"purecloud-3": 1})
    log_in(acme, HOSTILE, "purecloud-3", at=DECEMBER)
    number = {"product": "did-number"}
    report(acme, an_event(id="n", type="number.activated", subject="+1", time="2025-12-20T00:00:00Z", data=number))
    rows.SubscriptionPrice.objects.create(
        subscription=acme.subscriptions.get(), product_id="did-number", price=1, setup_price=1
    )
    close_due_cycles(now=NOW)

    body = admin.get(f"{PERIOD}{page}").content.decode()

    assert not INLINE.search(body)
    assert (html.escape(HOSTILE) in body) is (page != "")
    assert body.count("<table") == body.count("<caption") > 0
    assert body.count("<h1") == 1


# --- Statements -------------------------------------------------------------------------------------------------------


def queries(browser: Client, url: str) -> int:
    browser.get(url)  # the first one fills caches that live as long as the process
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(url).status_code == 200
    return len(captured)


@pytest.mark.parametrize(("page", "number"), [("", 15), ("report/", 7)])
def test_the_queries_of_a_list_do_not_grow_with_its_periods(page, number, acme, client_of):
    rows.make_subscription(acme, effective_date=date(2025, 5, 15), commitments={"purecloud-2": 1})
    browser = client_of("superuser")
    close_due_cycles(now=datetime(2025, 6, 16, tzinfo=UTC))

    assert queries(browser, f"/o/acme/periods/{page}") == number
    close_due_cycles(now=NOW)
    assert queries(browser, f"/o/acme/periods/{page}") == number


def test_the_queries_of_a_period_and_its_people_do_not_grow_with_the_people(acme, agreement, client_of):
    beta = rows.make_organization("beta", "Beta")
    rows.make_subscription(beta, commitments={"purecloud-2": 2}, issuer=rows.make_issuer())
    log_in(beta, "ann", at=DECEMBER)
    for index in range(30):
        log_in(acme, f"user-{index}", at=DECEMBER)
    close_due_cycles(now=NOW)
    browser = client_of("superuser")

    for page in ("", "people/"):
        of_thirty = queries(browser, f"{PERIOD}{page}")
        assert of_thirty == queries(browser, f"/o/beta/periods/2025-12-15/{page}")
