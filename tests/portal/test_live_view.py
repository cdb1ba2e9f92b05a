"""The live view of an organization with too much use to count in a request: the same, from what a worker counted."""

from datetime import timedelta

import pytest

from tests.portal import rows
from tests.portal.rows import NOW, assign, log_in
from usage.models import LiveCount
from usage.services import live
from usage.services.live import refresh_next

URL = "/o/acme/licenses/"
PEOPLE = f"{URL}people/"


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr("invoices.portal.history.database_now", lambda: NOW)
    monkeypatch.setattr("invoices.portal.downloads.database_now", lambda: NOW)


@pytest.fixture
def busy(acme):
    rows.make_add_on("wfm", "Workforce Management")
    rows.make_subscription(acme, licensing_model="concurrent", commitments={"purecloud-3": 1})
    log_in(acme, "ann", "purecloud-3", at=NOW - timedelta(hours=30), hours=4)
    log_in(acme, "bob", "purecloud-2", at=NOW - timedelta(hours=28), hours=5)
    log_in(acme, "cid", "communicate", at=NOW - timedelta(hours=10), hours=0.25)
    log_in(acme, "guest", "", at=NOW - timedelta(hours=9), hours=None)
    assign(acme, "bob", "wfm", at=NOW - timedelta(days=3))
    return acme


@pytest.fixture
def large(monkeypatch):
    """Take every organization for one with too much use, from when this is called."""
    return lambda: monkeypatch.setattr(live, "EVENTS_COUNTED_AT_ONCE", 0)


def page_of(response):
    table = response.context["table"]
    return [[cell for _column, cell in row.items()] for row in table.rows]


def test_the_first_look_says_what_is_going_on_and_how_to_go_on(admin, busy, large):
    large()

    for url in (URL, PEOPLE, f"{URL}purecloud-3/people/"):
        response = admin.get(url)
        assert response.status_code == 200
        assert "it is being counted in the background" in response.content.decode()
        assert f'href="{url}"' in response.content.decode()
    response = admin.get("/o/acme/periods/2026-01-15/billable-usage.csv", follow=True)
    assert "Try again in a minute or two" in response.content.decode()


@pytest.mark.parametrize(
    "url",
    [
        PEOPLE,
        f"{URL}purecloud-3/people/",
        f"{PEOPLE}?license=communicate",
        f"{PEOPLE}?license=wfm",
        f"{PEOPLE}?license=none",
        f"{PEOPLE}?license=nothing",
        f"{PEOPLE}?q=B",
        f"{PEOPLE}?sort=-first_login_at",
        f"{PEOPLE}?sort=last_seen_at",
        f"{PEOPLE}?sort=nonsense",
    ],
)
def test_the_people_are_those_of_a_count_in_the_request(url, admin, busy, large):
    small = admin.get(url)
    large()
    admin.get(URL)
    assert refresh_next(now=NOW)

    response = admin.get(url)

    assert response.context["current"].count is None
    assert [response.context["all"], response.context["choices"]] == [small.context["all"], small.context["choices"]]
    assert page_of(response) == page_of(small)


def test_the_figures_and_curves_are_those_of_a_count_in_the_request(admin, busy, large):
    small = admin.get(URL)
    large()
    admin.get(URL)
    assert refresh_next(now=NOW)

    response = admin.get(URL)

    assert response.context["page"] == small.context["page"]
    assert response.context["curves"] == small.context["curves"]
    assert not response.context["current"].is_awaited


@pytest.mark.parametrize("report", ["billable-usage", "concurrent-usage", "resources-usage"])
def test_the_files_are_those_of_a_count_in_the_request(report, admin, busy, large):
    url = f"/o/acme/periods/2026-01-15/{report}.csv"
    small = b"".join(admin.get(url).streaming_content)
    large()
    admin.get(URL)
    assert refresh_next(now=NOW)

    assert b"".join(admin.get(url).streaming_content) == small
    assert small.count(b"\n") > (report != "resources-usage")


def test_hours_by_day_come_from_what_was_counted(admin, acme, large):
    rows.make_subscription(acme, licensing_model="hourly")
    log_in(acme, "ann", "purecloud-1", at=NOW - timedelta(days=2), hours=2.5)
    url = "/o/acme/periods/2026-01-15/user-hours.csv"
    small = b"".join(admin.get(url).streaming_content)
    large()
    admin.get(URL)
    assert refresh_next(now=NOW)

    assert b"".join(admin.get(url).streaming_content) == small
    assert b"ann" in small


@pytest.mark.parametrize("user", ["ann", "bob", "cid", "guest", "idle"])
def test_a_persons_page_waits_for_no_count(user, admin, busy, large):
    assign(busy, "idle", "purecloud-3", at=NOW - timedelta(days=3))
    url = f"{URL}person/?user={user}"
    small = admin.get(url).context["page"]

    large()

    assert admin.get(url).context["page"] == small
    assert not LiveCount.objects.exists()


def test_nobody_of_a_large_organization_is_not_found(admin, busy, large):
    large()
    admin.get(URL)
    assert refresh_next(now=NOW)

    assert admin.get(f"{URL}person/?user=nobody").status_code == 404


def test_pages_of_people_lead_on_and_back(admin, acme, large):
    rows.make_subscription(acme)
    for index in range(60):
        log_in(acme, f"user-{index:02}")
    large()
    admin.get(URL)
    assert refresh_next(now=NOW)

    first = admin.get(PEOPLE)
    second = admin.get(f"{PEOPLE}?{first.context['page'].next_query}")

    assert [row.record.user for row in second.context["table"].rows] == [f"user-{index}" for index in range(50, 60)]
    assert second.context["page"].previous_query
    assert first.context["all"] == 60


def test_a_count_that_failed_is_told_with_what_is_known(admin, busy, large):
    large()
    admin.get(URL)
    assert refresh_next(now=NOW)
    LiveCount.objects.update(failed_at=NOW)

    body = admin.get(URL).content.decode()

    assert "The last attempt to count the use did not succeed." in body
    assert "Concurrent peak so far" in body
