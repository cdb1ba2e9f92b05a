"""Usage that no close bills any more is listed, never silent, and what is billed is not (BR-74)."""

import logging
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from invoices.domain.block import BlockCode
from invoices.domain.decision import Choice
from invoices.models import InvoiceLine, TooLateCheck, TooLateSettlement, TooLateUsage
from invoices.selectors.corrections import with_settled
from invoices.services import too_late
from invoices.services.deciding import Verdict, decide_hold
from invoices.services.sweeping import close_due_cycles
from invoices.services.too_late import UnsettledError, list_events_of, list_too_late_usage, settle
from tests.books import contents
from tests.factories.subscriptions import a_list_price, a_subscription, an_organization
from tests.factories.usage import a_working_day, an_event, assigned, logged_in, logged_out, report

pytestmark = pytest.mark.usefixtures("billing")

# Periods from January 15, 2026 in New York, and the instants up to which each is awaited.
CUTOFFS = [
    datetime(2026, 2, 15, 11, tzinfo=UTC),
    datetime(2026, 3, 15, 10, tzinfo=UTC),
    datetime(2026, 4, 15, 10, tzinfo=UTC),
    datetime(2026, 5, 15, 10, tzinfo=UTC),
    datetime(2026, 6, 15, 10, tzinfo=UTC),
    datetime(2026, 7, 15, 10, tzinfo=UTC),
]
AUGUST = datetime(2026, 8, 1, tzinfo=UTC)
A_SECOND = timedelta(seconds=1)


def text(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


def bill(*, until: datetime) -> None:
    """Close whatever is due, and look through what has come too late."""
    for cutoff in [cutoff for cutoff in CUTOFFS if cutoff <= until]:
        close_due_cycles(now=cutoff)
    close_due_cycles(now=until)
    list_too_late_usage(now=until)


def listed() -> list[tuple[int, str, int]]:
    """Return what is listed: period, kind, number of events."""
    rows = TooLateUsage.objects.order_by("cycle__subscription_id", "cycle__index", "kind")
    return [(row.cycle.index, row.get_kind_display(), row.events) for row in rows]


def consumed(kind: str, time: str, **more: Any) -> dict[str, Any]:
    data = {"storage.measured": {"gigabytes": 5}, "api.requested": {"count": 7}}.get(kind, {"seconds": 60})
    return an_event(id=f"{kind}-{time}", type=kind, subject="x", time=time, data=data, **more)


def called(time: str, seconds: int = 60, **more: Any) -> dict[str, Any]:
    data = {"direction": "outbound", "remote": "+33123456789", "seconds": seconds}
    return an_event(id=f"call-{time}", type="call.completed", subject="c-1", time=time, data=data, **more)


def retracted(event: dict[str, Any], received: datetime, name: str = "r") -> dict[str, Any]:
    return an_event(
        id=f"{name}-{event['id']}",
        type="event.retracted",
        subject=event["subject"],
        time=text(received),
        data={"source": event["source"], "id": event["id"]},
    )


@pytest.mark.parametrize(
    ("label", "received", "becomes"),
    [
        ("in time", CUTOFFS[0], "usage"),
        ("for the next close", CUTOFFS[0] + A_SECOND, "adjustment"),
        ("at the third close after it", CUTOFFS[3], "adjustment"),
        ("a second after that", CUTOFFS[3] + A_SECOND, "listed"),
        ("at the fourth", CUTOFFS[4], "listed"),
        ("months later", CUTOFFS[5], "listed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_day_of_work_is_billed_or_listed_and_never_both(label, received, becomes):
    subscription = a_subscription()
    report(subscription.organization, *a_working_day("ann", "2026-01-20", received=text(received)))

    bill(until=AUGUST)

    lines = InvoiceLine.objects.filter(service_start=date(2026, 1, 15)).values_list("kind", flat=True)
    assert list(lines) == ([] if becomes == "listed" else [becomes])
    everything = [(0, "user.logged_in", 1), (0, "user.logged_out", 1), (0, "license.assigned", 1)]
    assert listed() == (everything if becomes == "listed" else [])


LATE = text(CUTOFFS[3] + A_SECOND)


@pytest.mark.parametrize(
    ("label", "event", "expected"),
    [
        ("a login", logged_in("ann", "2026-01-20T14:00:00Z", received=LATE), [(0, "user.logged_in", 1)]),
        (
            "a logout",
            logged_out("ann", "2026-01-20T14:00:00Z", since="2026-01-20T13:00:00Z", received=LATE),
            [(0, "user.logged_out", 1)],
        ),
        ("the first instant", called("2026-01-15T05:00:00Z", received=LATE), [(0, "call.completed", 1)]),
        ("the last second", called("2026-02-15T04:59:59Z", received=LATE), [(0, "call.completed", 1)]),
        ("the next period, which is still rated again", called("2026-02-15T05:00:00Z", received=LATE), []),
        ("a call over the end, in an edition without ports", called("2026-02-15T05:10:00Z", 3600, received=LATE), []),
        ("speech menu", consumed("ivr.completed", "2026-01-20T14:00:00Z", received=LATE), [(0, "ivr.completed", 1)]),
        ("requests", consumed("api.requested", "2026-01-20T14:00:00Z", received=LATE), [(0, "api.requested", 1)]),
        (
            "a reading",
            consumed("storage.measured", "2026-01-20T14:00:00Z", received=LATE),
            [(0, "storage.measured", 1)],
        ),
        # What lasts into a period bears on it, though it began before the agreement did.
        (
            "an assignment of the evening before",
            assigned("ann", "purecloud-1", "2026-01-14T20:00:00Z", received=LATE),
            [(0, "license.assigned", 1)],
        ),
        (
            "a reading before",
            consumed("storage.measured", "2026-01-02T14:00:00Z", received=LATE),
            [(0, "storage.measured", 1)],
        ),
        (
            "a login of the night before",
            logged_in("ann", "2026-01-15T04:00:00Z", received=LATE),
            [(0, "user.logged_in", 1)],
        ),
        # Nobody had agreed to anything then: there is nothing to bill, whenever it comes.
        ("a login two nights before", logged_in("ann", "2026-01-13T04:00:00Z", received=LATE), []),
        ("a call before", called("2026-01-15T04:59:59Z", received=LATE), []),
        ("requests before", consumed("api.requested", "2026-01-02T14:00:00Z", received=LATE), []),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_event_is_listed_with_the_first_period_it_bears_on(label, event, expected):
    subscription = a_subscription()
    # A reading holds until the next one, so that it is billed for the periods that are not too old.
    a_list_price("data-storage", "0.25")
    report(subscription.organization, event)

    bill(until=CUTOFFS[4])

    assert listed() == expected


@pytest.mark.parametrize(
    ("label", "seconds", "expected"),
    [
        ("begun in the last second of a period", 601, [(0, "call.completed", 1)]),
        ("begun as the next one began", 600, []),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_call_that_occupies_a_port_bears_from_its_begin(label, seconds, expected):
    subscription = a_subscription(edition="2016")
    a_list_price("call-ports", "0.10")
    report(subscription.organization, called("2026-02-15T05:10:00Z", seconds, received=LATE))

    bill(until=CUTOFFS[4])

    assert listed() == expected


def test_a_call_from_before_the_agreement_bears_where_it_still_occupies_a_port():
    subscription = a_subscription(edition="2016")
    a_list_price("call-ports", "0.10")
    report(
        subscription.organization,
        called("2026-01-15T05:10:00Z", 3600, received=LATE),
        called("2026-01-15T05:00:00Z", 3600, received=LATE),
    )

    bill(until=CUTOFFS[4])

    assert listed() == [(0, "call.completed", 1)]


# --- Retractions (BR-25) ---------------------------------------------------------------------------------------------


def test_a_retraction_that_comes_too_late_is_listed_where_its_target_was_billed():
    subscription = a_subscription()
    day = a_working_day("ann", "2026-01-20")
    report(subscription.organization, *day, retracted(day[1], CUTOFFS[3] + A_SECOND))

    bill(until=CUTOFFS[4])

    assert listed() == [(0, "event.retracted", 1)]
    assert [str(line.amount) for line in InvoiceLine.objects.filter(service_start=date(2026, 1, 15))] == ["75.00"]


@pytest.mark.parametrize(
    ("label", "received"), [("before it", CUTOFFS[0]), ("with it", CUTOFFS[3] + A_SECOND), ("later", CUTOFFS[4])]
)
def test_what_came_too_late_and_was_retracted_is_nothing_to_deal_with(label, received):
    subscription = a_subscription()
    login = logged_in("ann", "2026-01-20T14:00:00Z", received=LATE)
    report(subscription.organization, login, retracted(login, received))

    bill(until=AUGUST)

    assert listed() == []


def test_an_event_that_was_listed_is_struck_when_it_is_retracted():
    subscription = a_subscription()
    logins = [logged_in(user, "2026-01-20T14:00:00Z", received=LATE) for user in ("ann", "bob")]
    report(subscription.organization, *logins)
    bill(until=CUTOFFS[4])
    assert listed() == [(0, "user.logged_in", 2)]

    report(subscription.organization, retracted(logins[0], CUTOFFS[4] + A_SECOND))
    bill(until=CUTOFFS[5])
    assert listed() == [(0, "user.logged_in", 1)]

    report(subscription.organization, retracted(logins[1], CUTOFFS[5] + A_SECOND))
    bill(until=datetime(2026, 8, 15, 10, tzinfo=UTC))
    assert listed() == []


@pytest.mark.parametrize(
    ("label", "first"), [("of what had been retracted in time", CUTOFFS[1]), ("of nothing we know", None)]
)
def test_a_retraction_that_voids_nothing_is_not_listed(label, first):
    subscription = a_subscription()
    login = logged_in("ann", "2026-01-20T14:00:00Z")
    known = [] if first is None else [login, retracted(login, first, "first")]
    report(subscription.organization, *known, retracted(login, CUTOFFS[4], "again"))

    bill(until=AUGUST)

    assert listed() == []


# --- After the end (BR-16) -------------------------------------------------------------------------------------------


def a_cancelled_subscription(organization=None, **terms):
    """Return an agreement whose last day of service is March 3: its second period is its last."""
    return a_subscription(organization, last_service_date=date(2026, 3, 3), cancelled_on=date(2026, 2, 20), **terms)


LAST_CUTOFF = datetime(2026, 3, 4, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("label", "received", "expected"),
    [
        ("at the last cut-off", LAST_CUTOFF, []),
        ("a second later", LAST_CUTOFF + A_SECOND, [(1, "user.logged_in", 1)]),
        ("weeks later", datetime(2026, 4, 20, tzinfo=UTC), [(1, "user.logged_in", 1)]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_comes_after_the_final_close_is_listed(label, received, expected):
    subscription = a_cancelled_subscription()
    report(subscription.organization, logged_in("ann", "2026-03-01T14:00:00Z", received=text(received)))

    bill(until=AUGUST)

    assert listed() == expected


def test_the_sweep_finds_what_comes_long_after_the_final_close():
    subscription = a_cancelled_subscription()
    bill(until=CUTOFFS[2])
    assert listed() == []

    report(subscription.organization, called("2026-01-20T14:00:00Z", received=text(CUTOFFS[3])))
    report(subscription.organization, called("2026-03-04T14:00:00Z", received=text(CUTOFFS[3])))
    list_too_late_usage(now=CUTOFFS[3] - A_SECOND)
    assert listed() == []
    list_too_late_usage(now=CUTOFFS[3])

    # The second call was after the last day of service: nobody had agreed to it.
    assert listed() == [(0, "call.completed", 1)]


def test_between_two_agreements_an_event_belongs_to_the_first_it_bears_on():
    first = a_cancelled_subscription()
    a_subscription(first.organization, effective_date=date(2026, 3, 10))
    late = text(AUGUST - A_SECOND)
    report(
        first.organization,
        assigned("ann", "purecloud-1", "2026-03-01T14:00:00Z", received=late),
        assigned("bob", "purecloud-1", "2026-03-06T14:00:00Z", received=late),
        called("2026-03-06T14:00:00Z", received=late),
        called("2026-03-20T14:00:00Z", received=late),
    )

    for day in (5, 6, 7, 8):
        close_due_cycles(now=datetime(2026, day, 11, tzinfo=UTC))
    bill(until=datetime(2026, 8, 15, tzinfo=UTC))

    # ann's with the last period of the first, bob's with the first of the second; a call in between with neither.
    assert listed() == [(1, "license.assigned", 1), (0, "license.assigned", 1), (0, "call.completed", 1)]


# --- Periods that are rated again for longer (BR-72) -----------------------------------------------------------------


def test_a_period_closed_without_its_doubtful_charges_takes_usage_until_it_is_mended():
    subscription = a_subscription()
    report(subscription.organization, *a_working_day("ann", "2026-01-20", "purecloud-2"))
    close_due_cycles(now=CUTOFFS[0])
    verdict = Verdict(code=BlockCode.UNPRICED_PRODUCT, choice=Choice.LEAVE_OUT, reason="The customer waits.")
    csm = User.objects.create_user("csm", is_staff=True)
    decide_hold(verdict, cycle_id=subscription.cycles.get().pk, decided_by=csm, now=CUTOFFS[0] + A_SECOND)
    report(subscription.organization, *a_working_day("bob", "2026-01-21", received=LATE))
    bill(until=CUTOFFS[4])
    assert [str(line.amount) for line in InvoiceLine.objects.filter(kind="adjustment")] == ["75.00"]
    assert listed() == []

    a_list_price("purecloud-2", "100.00")
    report(subscription.organization, logged_in("eve", "2026-01-22T14:00:00Z", received=text(CUTOFFS[5])))
    bill(until=CUTOFFS[5])
    assert listed() == []
    report(subscription.organization, logged_in("eve", "2026-01-23T14:00:00Z", received=text(CUTOFFS[5] + A_SECOND)))
    bill(until=datetime(2026, 8, 15, 10, tzinfo=UTC))

    assert listed() == [(0, "user.logged_in", 1)]


def test_what_waits_for_a_held_cycle_is_not_too_late_before_that_cycle_closes():
    subscription = a_subscription()
    report(subscription.organization, *a_working_day("ann", "2026-02-20", "purecloud-2"))
    report(subscription.organization, *a_working_day("bob", "2026-01-20", received=text(CUTOFFS[4])))
    bill(until=CUTOFFS[5])
    assert listed() == []

    a_list_price("purecloud-2", "100.00")
    bill(until=CUTOFFS[5] + timedelta(days=1))

    assert [kind for _index, kind, _events in listed()] == ["user.logged_in", "user.logged_out", "license.assigned"]


# --- The sweep -------------------------------------------------------------------------------------------------------


def test_a_second_look_changes_nothing_and_costs_nothing():
    subscription = a_subscription()
    report(subscription.organization, logged_in("ann", "2026-01-20T14:00:00Z", received=LATE))
    bill(until=CUTOFFS[4])
    before = contents()

    assert list_too_late_usage(now=CUTOFFS[4] + A_SECOND) == 0

    assert contents() == before


def test_months_that_nobody_looked_are_caught_up():
    subscription = a_subscription()
    for cutoff in CUTOFFS[3:5]:
        report(subscription.organization, called(text(cutoff)[:8] + "01T00:00:00Z"))
    report(subscription.organization, logged_in("ann", "2026-01-20T14:00:00Z", received=LATE))
    report(subscription.organization, logged_in("bob", "2026-02-20T14:00:00Z", received=text(CUTOFFS[5])))
    for cutoff in CUTOFFS:
        close_due_cycles(now=cutoff)

    list_too_late_usage(now=AUGUST)

    assert listed() == [(0, "user.logged_in", 1), (1, "user.logged_in", 1)]


def test_one_that_fails_is_tried_again_and_stops_no_other(monkeypatch, caplog):
    broken, sound = a_subscription(), a_subscription(an_organization("harbor"))
    for subscription in (broken, sound):
        report(subscription.organization, logged_in("ann", "2026-01-20T14:00:00Z", received=LATE))
    for cutoff in CUTOFFS[:5]:
        close_due_cycles(now=cutoff)
    count_again = too_late._count_again

    def fail(period):
        if period.cycle.subscription_id == broken.pk:
            raise RuntimeError("The lights went out.")
        count_again(period)

    monkeypatch.setattr(too_late, "_count_again", fail)
    with caplog.at_level(logging.CRITICAL):
        list_too_late_usage(now=AUGUST)
    assert {row.organization for row in TooLateUsage.objects.all()} == {sound.organization}
    assert not TooLateCheck.objects.filter(subscription=broken).exists()

    monkeypatch.undo()
    list_too_late_usage(now=AUGUST)
    assert TooLateUsage.objects.count() == 2


def test_a_row_leads_to_its_very_events_and_says_when_they_came():
    subscription = a_subscription()
    others = [logged_in("eve", "2026-01-20T14:00:00Z"), logged_in("eve", "2026-02-20T14:00:00Z", received=LATE)]
    late = [logged_in(user, f"2026-01-2{day}T14:00:00Z", received=LATE) for day, user in enumerate(("ann", "bob"))]
    report(subscription.organization, *others, *late)

    bill(until=CUTOFFS[4])

    row = TooLateUsage.objects.get()
    assert sorted(event.subject for event in list_events_of(row)) == ["ann", "bob"]
    assert (row.first_occurred_at, row.last_occurred_at) == (
        datetime(2026, 1, 20, 14, tzinfo=UTC),
        datetime(2026, 1, 21, 14, tzinfo=UTC),
    )
    assert row.first_received_at == row.last_received_at == CUTOFFS[3] + A_SECOND


# --- Dealing with it -------------------------------------------------------------------------------------------------


def test_what_a_person_dealt_with_stays_so_until_more_comes():
    subscription = a_subscription()
    csm = User.objects.create_user("csm", is_staff=True)
    report(subscription.organization, logged_in("ann", "2026-01-20T14:00:00Z", received=LATE))
    bill(until=CUTOFFS[4])
    assert [row.settled for row in with_settled(TooLateUsage.objects.all())] == [False]

    assert settle(TooLateUsage.objects.all(), reason=" Waived. ", settled_by=csm, now=CUTOFFS[4]) == 1
    settlement = TooLateSettlement.objects.get()
    assert (settlement.reason, settlement.settled_by, settlement.settled_at) == ("Waived.", csm, CUTOFFS[4])
    assert [row.settled for row in with_settled(TooLateUsage.objects.all())] == [True]

    report(subscription.organization, logged_in("bob", "2026-01-20T14:00:00Z", received=text(CUTOFFS[5])))
    bill(until=CUTOFFS[5])
    assert [(row.events, row.settled) for row in with_settled(TooLateUsage.objects.all())] == [(2, False)]


@pytest.mark.parametrize("reason", ["", "  "])
def test_dealing_with_it_needs_a_reason(reason):
    subscription = a_subscription()
    report(subscription.organization, logged_in("ann", "2026-01-20T14:00:00Z", received=LATE))
    bill(until=CUTOFFS[4])
    csm = User.objects.create_user("csm", is_staff=True)

    with pytest.raises(UnsettledError, match="Say what was done"):
        settle(TooLateUsage.objects.all(), reason=reason, settled_by=csm, now=CUTOFFS[4])

    assert not TooLateSettlement.objects.exists()
