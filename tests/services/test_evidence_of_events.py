"""The events behind a count are those that the count saw: in time, and not taken back in time (BR-02, BR-25, BR-77)."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from subscriptions.domain.period import Window
from subscriptions.models import Organization
from tests.factories.usage import an_event, an_organization, report
from usage.selectors.events import list_calls, list_consumption_by_day, list_number_facts, list_storage_readings

pytestmark = pytest.mark.django_db

WINDOW = Window(start=datetime(2026, 1, 15, 5, tzinfo=UTC), end=datetime(2026, 2, 15, 5, tzinfo=UTC))
CUTOFF = datetime(2026, 2, 15, 11, tzinfo=UTC)
IN_TIME, LATE = "2026-02-15T11:00:00Z", "2026-02-15T11:00:01Z"
NOON = "2026-01-20T17:00:00Z"

CALL = ("call.completed", {"direction": "outbound", "remote": "+4930", "seconds": 60})
READING = ("storage.measured", {"gigabytes": 5})
REQUESTS = ("api.requested", {"count": 7})
NUMBER = ("number.activated", {"product": "did-number"})


def happened(event_id: str, what: tuple[str, dict[str, Any]], time: str = NOON, **more: Any) -> dict[str, Any]:
    kind, data = what
    return an_event(**{"id": event_id, "type": kind, "subject": f"s-{event_id}", "time": time, "data": data} | more)


def taken_back(event_id: str, received: str) -> dict[str, Any]:
    return an_event(
        id=f"r-{event_id}",
        type="event.retracted",
        subject=event_id,
        time=NOON,
        data={"source": "/platform", "id": event_id},
        received=received,
    )


def calls(organization: Organization) -> int:
    found = list_calls(organization_id=organization.pk, since=WINDOW.start, until=WINDOW.end, received_until=CUTOFF)
    return len(list(found))


def readings(organization: Organization) -> int:
    return len(list_storage_readings(organization_id=organization.pk, window=WINDOW, received_until=CUTOFF))


def requests(organization: Organization) -> int:
    days = list_consumption_by_day(
        "api-requests",
        organization_id=organization.pk,
        window=WINDOW,
        received_until=CUTOFF,
        time_zone="America/New_York",
    )
    return sum(day.events for day in days)


def numbers(organization: Organization) -> int:
    activations, releases = list_number_facts(
        "did-number", organization_id=organization.pk, until=WINDOW.end, received_until=CUTOFF
    )
    return len(activations) + len(releases)


@pytest.mark.parametrize(
    ("what", "count"),
    [(CALL, calls), (READING, readings), (REQUESTS, requests), (NUMBER, numbers)],
    ids=["calls", "readings", "requests", "numbers"],
)
@pytest.mark.parametrize(
    ("case", "events", "seen"),
    [
        ("in time", [{"received": IN_TIME}], 1),
        ("too late", [{"received": LATE}], 0),
        ("taken back in time", [{"received": NOON}, IN_TIME], 0),
        ("taken back too late", [{"received": NOON}, LATE], 1),
        ("after the period", [{"time": "2026-02-15T05:00:00Z", "received": IN_TIME}], 0),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_the_count_did_not_see_is_no_evidence(
    case: str, events: list[Any], seen: int, what: Any, count: Callable[[Organization], int]
) -> None:
    acme, other = an_organization(), an_organization("other")
    report(acme, happened("e-1", what, **events[0]), *(taken_back("e-1", received) for received in events[1:]))
    report(other, happened("e-1", what, received=NOON))

    assert count(acme) == seen


def test_calls_that_end_after_the_period_are_seen_where_they_may_have_begun_in_it() -> None:
    acme = an_organization()
    report(acme, happened("e-1", CALL, "2026-02-15T05:00:30Z", received=IN_TIME))

    found = list_calls(organization_id=acme.pk, since=WINDOW.start, until=None, received_until=CUTOFF)

    assert [call.call_id for call in found] == ["s-e-1"]


def test_use_is_added_up_by_the_local_day() -> None:
    acme = an_organization()
    report(
        acme,
        happened("e-1", REQUESTS, "2026-01-21T04:59:59Z"),
        happened("e-2", REQUESTS, "2026-01-20T05:00:00Z"),
        happened("e-3", REQUESTS, "2026-01-21T05:00:00Z"),
        happened("e-4", READING, "2026-01-21T05:00:00Z"),
    )

    days = list_consumption_by_day(
        "api-requests", organization_id=acme.pk, window=WINDOW, received_until=CUTOFF, time_zone="America/New_York"
    )

    assert [tuple(day) for day in days] == [(date(2026, 1, 20), 2, 14), (date(2026, 1, 21), 1, 7)]


def test_only_the_last_reading_before_the_period_is_evidence() -> None:
    acme = an_organization()
    for event_id, time, gigabytes in (
        ("e-1", "2026-01-01T00:00:00Z", 1),
        ("e-2", "2026-01-10T00:00:00Z", 2),
        ("e-3", "2026-01-11T00:00:00Z", 3),
        ("e-4", "2026-01-25T00:00:00Z", 4),
    ):
        report(acme, happened(event_id, ("storage.measured", {"gigabytes": gigabytes}), time))
    report(acme, taken_back("e-3", NOON))

    found = list_storage_readings(organization_id=acme.pk, window=WINDOW, received_until=CUTOFF)

    assert [reading.gigabytes for reading in found] == [Decimal(2), Decimal(4)]
