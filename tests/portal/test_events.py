"""What a subscription admin sees of the events that were reported: accepted ones and rejected ones."""

import csv
import io
from datetime import timedelta

import pytest

from tests.portal import rows
from usage.domain.events import EventKind
from usage.models import RejectedEvent, UsageEvent

EVENTS = "/o/acme/events/"
REJECTED = "/o/acme/events/rejected/"


def reject(organization, event_id: str, **columns: object) -> RejectedEvent:
    return RejectedEvent.objects.create(
        **{
            "organization": organization,
            "received_at": rows.NOW,
            "reason": "invalid",
            "message": "data.client: is missing",
            "source": "/platform",
            "event_id": event_id,
            "payload": f'{{"id": "{event_id}", "subject": "<b>ann</b>"}}',
            "digest": event_id.encode().ljust(16, b"0"),
        }
        | columns
    )


def listed(page) -> list[str]:
    return [row.event.subject for row in page.context["rows"]]


def file_of(answer) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))


def test_who_has_reported_nothing_is_told_what_to_do_first(admin):
    assert "Make an API key" in admin.get(EVENTS).content.decode()
    assert "Nothing was rejected" in admin.get(REJECTED).content.decode()


def test_accepted_events_are_listed_as_received_the_newest_first(admin, agreement, acme):
    rows.log_in(acme, "ann", at=rows.NOW - timedelta(days=3), hours=None)
    rows.log_in(acme, "ben", at=rows.NOW - timedelta(days=1), hours=None)
    page = admin.get(EVENTS)
    assert listed(page) == ["ben", "ben", "ann", "ann"]
    shown = page.content.decode()
    # 15:00 UTC, in the billing zone.
    assert "2026-01-24 10:00:00" in shown
    assert "PureCloud 2" in shown
    assert "web · session" in shown


def test_events_of_another_customer_are_not_there(admin):
    rows.log_in(rows.make_organization("other", "Other"), "eve")
    assert listed(admin.get(EVENTS)) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?kind=1", ["ben", "ann"]),
        ("?day=2026-01-24", ["ben", "ben"]),
        ("?kind=4&day=2026-01-22", ["ann"]),
        ("?subject=ann&day=2026-01-22", ["ann", "ann"]),
        ("?subject=ann&day=2026-01-24", []),
        ("?subject=an&day=2026-01-22", []),
        ("?kind=12", []),
    ],
)
def test_events_are_found_by_kind_day_and_subject(query, expected, admin, agreement, acme):
    rows.log_in(acme, "ann", at=rows.NOW - timedelta(days=3), hours=None)
    rows.log_in(acme, "ben", at=rows.NOW - timedelta(days=1), hours=None)
    assert listed(admin.get(EVENTS + query)) == expected


def test_a_day_is_one_of_the_billing_zone(admin, agreement, acme):
    # 03:00 UTC on the 24th is 22:00 on the 23rd in New York.
    rows.log_in(acme, "ann", product="", at=rows.NOW.replace(day=24, hour=3), hours=None)
    assert listed(admin.get(f"{EVENTS}?day=2026-01-23")) == ["ann"]
    assert listed(admin.get(f"{EVENTS}?day=2026-01-24")) == []


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?subject=ann", "Choose the day, too"),
        ("?day=9999-12-31", "Ensure this value"),
        ("?day=soon", "Enter a valid date"),
        ("?kind=99", "Select a valid choice"),
    ],
)
def test_what_cannot_be_looked_for_is_said(query, words, admin, acme):
    rows.log_in(acme, "ann")
    page = admin.get(EVENTS + query)
    assert words in page.content.decode()
    assert not page.context["rows"]
    assert admin.get(f"{EVENTS}events.csv{query}").status_code == 404


@pytest.mark.parametrize("query", ["", "kind=1", "day=2026-01-24"])
def test_pages_hold_each_event_once(query, admin, agreement, acme):
    for k in range(120):
        rows.log_in(acme, f"user-{k:03}", product="", at=rows.NOW - timedelta(days=1, seconds=k // 3), hours=None)
    seen, following = [], f"?{query}"
    while following:
        page = admin.get(EVENTS + following)
        seen += listed(page)
        following = page.context["page"].next_query and f"?{page.context['page'].next_query}"
    assert sorted(seen) == [f"user-{k:03}" for k in range(120)]


def test_a_retracted_event_says_so(admin, acme):
    rows.log_in(acme, "ann", product="", hours=None)
    UsageEvent.objects.create(
        organization=acme,
        kind=EventKind.RETRACTED,
        occurred_at=rows.NOW,
        received_at=rows.NOW,
        subject="x",
        target=UsageEvent.objects.get().identity,
        identity=b"1" * 16,
        source="/tests",
        event_id="r",
    )
    shown = [(row.event.subject, row.is_retracted) for row in admin.get(EVENTS).context["rows"]]
    assert shown == [("x", False), ("ann", True)]


def test_the_file_holds_what_is_listed(admin, agreement, acme):
    rows.log_in(acme, "ann", at=rows.NOW - timedelta(days=3), hours=None)
    rows.log_in(acme, "=1+1", at=rows.NOW - timedelta(days=1), hours=None)
    found = file_of(admin.get(f"{EVENTS}events.csv?kind=1"))
    assert [row["subject"] for row in found] == ["'=1+1", "ann"]
    assert found[1]["type"] == "user.logged_in"
    assert found[1]["occurred_utc"] == "2026-01-22T15:00:00Z"
    assert found[1]["client"] == "web"


def test_a_rejected_event_names_what_is_wrong_and_is_shown_as_it_came(admin, acme):
    event = reject(acme, "e-1")
    shown = admin.get(REJECTED).content.decode()
    assert "data.client: is missing" in shown
    assert "Waiting" in shown
    page = admin.get(f"{REJECTED}{event.pk}/").content.decode()
    assert "data.client: is missing" in page
    assert "{&quot;id&quot;: &quot;e-1&quot;, &quot;subject&quot;: &quot;&lt;b&gt;ann&lt;/b&gt;&quot;}" in page


def test_rejected_events_are_found_by_whether_they_wait(admin, acme):
    reject(acme, "e-1")
    reject(acme, "e-2", replayed_at=rows.NOW)
    for query, expected in [("", {"e-1", "e-2"}), ("?state=waiting", {"e-1"}), ("?state=accepted", {"e-2"})]:
        assert {event.event_id for event in admin.get(REJECTED + query).context["page"].rows} == expected
        assert {row["id"] for row in file_of(admin.get(f"{REJECTED}rejected.csv{query}"))} == expected
    assert admin.get(f"{REJECTED}?state=lost").status_code == 404


def test_a_rejected_event_of_another_customer_or_of_nobody_is_not_there(admin):
    theirs = reject(rows.make_organization("other", "Other"), "e-1")
    nobodys = reject(None, "e-2")
    for event in (theirs, nobodys):
        assert admin.get(f"{REJECTED}{event.pk}/").status_code == 404
    assert "Nothing was rejected" in admin.get(REJECTED).content.decode()


@pytest.mark.parametrize("role", ["billing contact", "member"])
def test_who_sees_no_use_sees_no_events(role, client_of, acme):
    event = reject(acme, "e-1")
    browser = client_of(role)
    for page in (EVENTS, REJECTED, f"{REJECTED}{event.pk}/", f"{EVENTS}events.csv", f"{EVENTS}keys/"):
        assert browser.get(page).status_code == 403
