"""The live count of a large organization equals a full count at its instant, however the events came in (BR-90)."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from subscriptions.models import Organization, Product
from tests.factories.subscriptions import a_subscription, an_organization
from tests.factories.usage import a_working_day, an_event, as_json, assigned, logged_in, report
from tests.services.test_reading import A_DAY, AGREEMENTS, AN_HOUR, SECOND_PERIOD, some_events
from usage.documents import get_so_far
from usage.models import LiveCount, LivePerson, LiveStretch, UsageEvent
from usage.services import live, stretches
from usage.services.current import count_running_period, get_current_usage
from usage.services.daily import list_days_of_resources
from usage.services.decoding import decode_batch
from usage.services.importing import import_trusted
from usage.services.ingestion import ingest
from usage.services.live import forget_unwatched, iterate_days_so_far, refresh_next, watch
from usage.services.live_rows import forget_stretches
from usage.services.running import find_running_period
from usage.services.scope import Scope

pytestmark = pytest.mark.django_db

NOON = datetime.fromisoformat("2026-01-20T17:00:00Z")


@pytest.fixture(autouse=True)
def _everyone_is_large(monkeypatch):
    monkeypatch.setattr(live, "EVENTS_COUNTED_AT_ONCE", 0)


def look(organization: Organization, now: datetime):
    return get_current_usage(organization=organization, now=now)


def counted(organization: Organization, now: datetime):
    """Return what is kept of an organization, once a worker has counted it."""
    look(organization, now)
    assert refresh_next(now=now)
    assert not LiveCount.objects.filter(failed_at__isnull=False)
    return look(organization, now)


def people_kept(organization: Organization) -> list[tuple[object, ...]]:
    rows = LivePerson.objects.filter(organization=organization).order_by("user")
    return list(rows.values_list("user", "license", "first_login_at", "last_seen_at", "seconds", "at_peak", "add_ons"))


def people_of(count) -> list[tuple[object, ...]]:
    at_peak = count.peak.people if count.peak else frozenset()
    return [
        (
            person.user,
            person.license or "",
            person.first_login_at,
            person.last_seen_at,
            person.logged_in // timedelta(seconds=1),
            person.user in at_peak,
            "".join(f",{add_on}" for add_on, users in count.add_on_holders.items() if person.user in users)
            + ("," if any(person.user in users for users in count.add_on_holders.values()) else ""),
        )
        for person in count.people
    ]


def assert_kept_is_a_full_count(organization: Organization, now: datetime) -> None:
    known = find_running_period(organization=organization, now=now)
    count, so_far = count_running_period(known)
    row = LiveCount.objects.get(organization=organization)
    assert row.counted_at == now
    assert get_so_far(row) == replace(so_far, resources=list_days_of_resources(known))
    assert people_kept(organization) == people_of(count)
    assert {add_on: frozenset(users) for add_on, users in row.add_on_holders.items()} == count.add_on_holders
    logged_in = {day.day.date: len(day.logged_in) for day in iterate_days_so_far(known)}
    assert logged_in == {day.date: day.people for day in so_far.days}


looks = st.lists(st.integers(1, 40 * 24), min_size=2, max_size=4, unique=True).map(sorted)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example(chance=Random(0), agreed=AGREEMENTS[0], hours=[504, 671], is_imported=False, length=6)
@given(
    chance=st.integers(0, 10**6).map(Random),
    agreed=st.sampled_from(AGREEMENTS),
    hours=looks,
    is_imported=st.booleans(),
    length=st.sampled_from([6, 24]),
)
def test_what_is_kept_equals_a_full_count_whenever_it_is_made(chance, agreed, hours, is_imported, length):
    """Late, retracted and imported events included, and over the end of a period."""
    with pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setattr(stretches, "LENGTH", length * AN_HOUR)
        Product.objects.get_or_create(code="salesforce", kind="add_on", defaults={"name": "Salesforce"})
        organization = an_organization()
        a_subscription(organization, licensing_model=agreed[0], edition=agreed[1])
        events = sorted(some_events(chance, organization, count=chance.choice([30, 200])), key=lambda e: e.received_at)
        kept_back = events[::7] if is_imported else []
        rest = [event for event in events if event not in kept_back]
        for number, hour in enumerate(hours):
            now = SECOND_PERIOD + hour * AN_HOUR
            UsageEvent.objects.bulk_create([event for event in rest if event.received_at <= now])
            rest = [event for event in rest if event.received_at > now]
            if number == 1 and kept_back:
                UsageEvent.objects.bulk_create(kept_back)
                forget_stretches([organization.pk])
            if look(organization, now) is not None and refresh_next(now=now):
                if live.is_large(find_running_period(organization=organization, now=now)):
                    assert_kept_is_a_full_count(organization, now)
                else:
                    # A period has just begun, of which nothing is reported yet.
                    assert not LiveCount.objects.exists()
        assert not LiveCount.objects.filter(failed_at__isnull=False)
        transaction.set_rollback(True)


@pytest.fixture
def acme():
    organization = an_organization()
    a_subscription(organization)
    report(organization, *a_working_day("ann", "2026-01-16"), *a_working_day("bob", "2026-01-19"))
    return organization


def test_the_first_look_says_that_it_is_being_counted_and_the_next_has_it(acme):
    first = look(acme, NOON)
    assert (first.so_far, first.is_awaited, first.failed) == (None, True, False)

    found = counted(acme, NOON)

    assert (found.so_far.people, found.is_awaited, found.known.received_until) == (2, False, NOON)


def test_nothing_is_counted_anew_while_nothing_is_reported(acme):
    counted(acme, NOON)

    assert not refresh_next(now=NOON + timedelta(minutes=5))
    # Whoever is logged in still, is so longer.
    assert refresh_next(now=NOON + timedelta(minutes=10))


def test_what_is_reported_is_counted_within_the_minute(acme):
    counted(acme, NOON)
    later = NOON + timedelta(seconds=40)
    came_in(acme, logged_in("cid", "2026-01-20T16:59:00Z"), now=later)

    assert look(acme, later).so_far.people == 2
    assert not look(acme, later).is_awaited
    assert look(acme, NOON + timedelta(minutes=2)).is_awaited
    assert refresh_next(now=later)
    assert look(acme, later).so_far.people == 3
    assert_kept_is_a_full_count(acme, later)


def test_only_the_stretches_that_a_late_event_bears_on_are_read_again(acme):
    counted(acme, NOON)
    before = set(LiveStretch.objects.values_list("pk", "starts_at"))
    later = NOON + timedelta(minutes=1)
    came_in(acme, logged_in("cid", "2026-01-17T16:00:00Z"), now=later)

    assert refresh_next(now=later)

    after = set(LiveStretch.objects.values_list("pk", "starts_at"))
    touched = sorted(start for _pk, start in after - before)
    at = datetime.fromisoformat("2026-01-17T16:00:00Z")
    assert touched[0] <= at < touched[0] + stretches.LENGTH
    assert touched[-1] <= at + A_DAY + AN_HOUR
    assert len(after) == len(before)
    assert_kept_is_a_full_count(acme, later)


def test_a_day_that_was_retracted_is_counted_without_it(acme):
    counted(acme, NOON)
    later = NOON + timedelta(minutes=1)
    void = {"source": "/platform", "id": "bob-in-2026-01-19T14:00:00Z"}
    retraction = an_event(id="r", type="event.retracted", subject="bob", time="2026-01-20T17:00:00Z", data=void)
    came_in(acme, retraction, now=later)

    assert refresh_next(now=later)

    assert look(acme, later).so_far.people == 1
    assert_kept_is_a_full_count(acme, later)


def test_other_terms_are_another_count(acme):
    counted(acme, NOON)
    acme.subscriptions.update(licensing_model="concurrent")

    later = NOON + timedelta(minutes=1)

    assert look(acme, later).so_far is None
    assert refresh_next(now=later)
    assert look(acme, later).so_far.peak is not None
    assert_kept_is_a_full_count(acme, later)


def test_a_new_period_begins_with_nothing(acme):
    counted(acme, NOON)
    next_month = datetime.fromisoformat("2026-02-16T17:00:00Z")
    report(acme, *a_working_day("cid", "2026-02-15"))

    assert look(acme, next_month).so_far is None
    assert refresh_next(now=next_month)

    assert [row[0] for row in people_kept(acme)] == ["cid"]
    assert LiveStretch.objects.earliest("starts_at").starts_at > datetime.fromisoformat("2026-02-13T00:00:00Z")


def test_a_count_that_an_import_overtook_is_not_kept(acme, monkeypatch):
    counted(acme, NOON)
    later = NOON + timedelta(minutes=1)
    report(acme, assigned("ann", "purecloud-3", "2026-01-20T16:00:00Z"))
    read = live.read_period

    def overtaken(known, *, last):
        found = read(known, last=last)
        import_trusted(a_working_day("eve", "2026-01-18"), organization=acme)
        return found

    monkeypatch.setattr(live, "read_period", overtaken)
    assert refresh_next(now=later)
    assert LiveCount.objects.get().counted_at == NOON
    monkeypatch.setattr(live, "read_period", read)
    assert refresh_next(now=later)
    assert "eve" in [row[0] for row in people_kept(acme)]
    assert_kept_is_a_full_count(acme, later)


def test_what_cannot_be_counted_is_told_and_tried_again_after_a_minute(acme, monkeypatch, caplog):
    look(acme, NOON)
    with monkeypatch.context() as patch:
        patch.setattr(live, "read_period", lambda _known, **_last: 1 / 0)
        assert refresh_next(now=NOON)

    assert look(acme, NOON).failed
    assert "could not be counted" in caplog.text
    assert not refresh_next(now=NOON + timedelta(seconds=30))
    assert refresh_next(now=NOON + timedelta(minutes=1))
    assert not look(acme, NOON + timedelta(minutes=1)).failed


def test_two_workers_do_not_count_the_same(acme, monkeypatch):
    look(acme, NOON)
    read = live.read_period

    def meanwhile(known, *, last):
        assert not refresh_next(now=NOON)
        return read(known, last=last)

    monkeypatch.setattr(live, "read_period", meanwhile)
    assert refresh_next(now=NOON)
    assert not LiveCount.objects.get().failed_at


def test_what_nobody_looks_at_any_more_is_thrown_away(acme):
    counted(acme, NOON)

    forget_unwatched(now=NOON + timedelta(days=6))
    assert LiveCount.objects.exists()
    forget_unwatched(now=NOON + timedelta(days=7))
    assert [kept.objects.count() for kept in (LiveCount, LivePerson, LiveStretch)] == [0, 0, 0]


def test_what_has_become_small_is_no_longer_kept(acme, monkeypatch):
    counted(acme, NOON)
    monkeypatch.setattr(live, "EVENTS_COUNTED_AT_ONCE", 1_000)

    assert look(acme, NOON).count is not None
    assert refresh_next(now=NOON + timedelta(minutes=10))
    assert not LiveCount.objects.exists()
    assert not LivePerson.objects.exists()


def test_figures_of_an_older_shape_are_counted_anew(acme):
    counted(acme, NOON)
    LiveCount.objects.update(figures={"old": 1})

    known = find_running_period(organization=acme, now=NOON)
    assert watch(known, now=NOON).so_far is None


def came_in(organization: Organization, *events: dict[str, object], now: datetime) -> None:
    """Store events that were received a few seconds ago."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("usage.services.ingestion.take_receipt", lambda _ids: now - timedelta(seconds=5))
        outcome = ingest(decode_batch(as_json(*events)), scope=Scope(organization), now=now)
    assert outcome.accepted == len(events)
