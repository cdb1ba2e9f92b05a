"""Each event once, for ever; what is not taken is kept."""

import secrets
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subscriptions.selectors.clock import database_now
from tests.factories.usage import an_event, an_organization, as_json
from usage.models import EventIdentity, RejectedEvent, UsageEvent
from usage.services.decoding import decode_batch
from usage.services.importing import import_trusted
from usage.services.ingestion import ForeignEventsError, IngestionReport, ingest
from usage.services.replay import replay_rejected
from usage.services.rows import digest_identity
from usage.services.scope import Scope

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def send(organization, *events, now=NOW):
    return ingest(decode_batch(as_json(*events)), scope=Scope(organization), now=now)


def figures(report: IngestionReport):
    return report.accepted, report.duplicates, [(item.index, item.reason) for item in report.rejected]


def test_an_event_is_stored_typed_with_the_databases_clock():
    organization = an_organization()
    before = database_now()
    assert figures(send(organization, an_event(time="2026-01-20T15:00:00+01:00"))) == (1, 0, [])
    event = UsageEvent.objects.get()
    assert (event.organization_id, event.subject, event.session) == (organization.pk, "ann", "s-1")
    assert (event.get_kind_display(), event.get_client_display()) == ("user.logged_in", "desktop")
    assert event.occurred_at == datetime(2026, 1, 20, 14, tzinfo=UTC)
    assert before <= event.received_at <= database_now()
    assert bytes(event.identity) == digest_identity("/platform", "e-1")
    assert (event.source, event.event_id) == ("/platform", "e-1")
    assert (event.product, event.direction, event.remote, event.amount, event.gigabytes, event.target) == (None,) * 6


def test_the_columns_of_calls_readings_and_retractions_are_stored_as_sent():
    call = {"direction": "toll_free", "remote": "+33142278186", "seconds": 749}
    send(
        an_organization(),
        an_event(id="call", type="call.completed", data=call),
        an_event(id="reading", type="storage.measured", data={"gigabytes": "12.500001"}),
        an_event(id="undo", type="event.retracted", data={"source": "/platform", "id": "call"}),
    )
    stored = UsageEvent.objects.get(event_id="call")
    assert (stored.get_direction_display(), stored.remote, stored.amount) == ("toll_free", "+33142278186", 749)
    assert str(UsageEvent.objects.get(event_id="reading").gigabytes) == "12.500001"
    assert bytes(UsageEvent.objects.get(event_id="undo").target) == bytes(stored.identity)


def test_the_same_event_again_is_a_duplicate():
    organization = an_organization()
    send(organization, an_event())
    assert figures(send(organization, an_event(), an_event(id="e-2"), an_event())) == (1, 2, [])
    assert UsageEvent.objects.count() == EventIdentity.objects.count() == 2


def test_the_same_event_twice_in_one_batch_counts_once():
    assert figures(send(an_organization(), an_event(), an_event())) == (1, 1, [])
    assert UsageEvent.objects.count() == 1


@pytest.mark.parametrize("change", [{"subject": "dora"}, {"time": "2025-12-20T14:00:00Z"}, {"type": "user.deleted"}])
def test_the_same_identity_with_other_content_is_a_conflict_and_the_first_stands(change):
    organization = an_organization()
    send(organization, an_event())
    report = send(organization, an_event(**change), an_event(id="e-2"))
    assert figures(report) == (1, 0, [(0, "conflict")])
    assert report.rejected[0].id == "e-1"
    assert UsageEvent.objects.get(event_id="e-1").subject == "ann"
    kept = RejectedEvent.objects.get()
    assert (kept.organization_id, kept.reason, kept.event_id) == (organization.pk, "conflict", "e-1")


def test_of_two_contents_in_one_batch_the_first_stands():
    report = send(an_organization(), an_event(), an_event(subject="bob"), an_event())
    assert figures(report) == (1, 1, [(1, "conflict")])
    assert UsageEvent.objects.get().subject == "ann"


def test_a_conflict_sent_again_and_again_is_kept_once():
    organization = an_organization()
    send(organization, an_event())
    for _ in range(3):
        assert figures(send(organization, an_event(subject="bob"))) == (0, 0, [(0, "conflict")])
    assert RejectedEvent.objects.count() == 1


def test_two_organizations_may_use_the_same_source_and_id():
    first, second = an_organization("first"), an_organization("second")
    assert figures(send(first, an_event())) == (1, 0, [])
    assert figures(send(second, an_event(subject="bob"))) == (1, 0, [])
    platform = send(None, an_event(organization="first"), an_event(organization="second", subject="bob"))
    assert figures(platform) == (0, 2, [])


@pytest.mark.parametrize(
    ("label", "late", "answer"),
    [
        ("five minutes", timedelta(minutes=5), (1, 0, [])),
        ("a second more", timedelta(minutes=5, seconds=1), (0, 0, [(0, "future")])),
        ("a year", timedelta(days=365), (0, 0, [(0, "future")])),
    ],
)
def test_a_clock_may_run_five_minutes_ahead(label, late, answer):
    assert figures(send(an_organization(), an_event(time=(NOW + late).isoformat()))) == answer


def test_an_invalid_event_is_kept_as_it_came_beside_those_that_are_taken():
    organization = an_organization()
    report = send(organization, an_event(), an_event(id="e-2", time="yesterday"))
    assert figures(report) == (1, 0, [(1, "invalid")])
    kept = RejectedEvent.objects.get()
    assert (kept.source, kept.event_id, kept.message) == ("/platform", "e-2", report.rejected[0].message)
    assert '"yesterday"' in kept.payload


def test_a_key_of_one_organization_may_name_its_own_but_no_other():
    own = an_organization("own")
    an_organization("other")
    report = send(
        own,
        an_event(organization="own"),
        an_event(id="e-2", organization="other"),
        an_event(id="e-3", organization="nobody"),
    )
    assert figures(report) == (1, 0, [(1, "foreign_organization"), (2, "foreign_organization")])
    assert report.rejected[0].message == report.rejected[1].message
    assert set(RejectedEvent.objects.values_list("organization_id", flat=True)) == {own.pk}


def test_a_batch_of_another_organization_is_refused_whole_and_leaves_nothing():
    own = an_organization("own")
    an_organization("other")
    with pytest.raises(ForeignEventsError):
        send(own, an_event(organization="other"), an_event(id="e-2", organization="other"))
    assert not UsageEvent.objects.exists()
    assert not RejectedEvent.objects.exists()


def test_a_platform_key_names_an_organization_that_exists():
    an_organization("acme")
    report = send(None, an_event(organization="acme"), an_event(id="e-2"), an_event(id="e-3", organization="nobody"))
    assert figures(report) == (1, 0, [(1, "invalid"), (2, "unknown_organization")])


def test_the_statements_of_a_batch_do_not_grow_with_it(django_assert_max_num_queries):
    organization = an_organization()
    events = [an_event(id=f"e-{number}") for number in range(1_500)]
    with django_assert_max_num_queries(9):
        send(organization, *events)
    with django_assert_max_num_queries(9):
        assert figures(send(organization, *events)) == (0, 1_500, [])


def test_an_empty_batch_is_nothing():
    assert figures(send(an_organization())) == (0, 0, [])


def test_a_rejected_event_is_taken_when_replayed_after_its_organization_exists():
    send(None, an_event(organization="late"))
    rejected = RejectedEvent.objects.get()
    assert figures(replay_rejected([rejected.pk], by=None, now=NOW))[2] == [(0, "unknown_organization")]
    rejected.refresh_from_db()
    assert rejected.replayed_at is None
    an_organization("late")
    assert figures(replay_rejected([rejected.pk], by=None, now=NOW)) == (1, 0, [])
    assert figures(replay_rejected([rejected.pk], by=None, now=NOW)) == (0, 0, [])
    rejected.refresh_from_db()
    assert rejected.replayed_at == NOW
    assert RejectedEvent.objects.count() == 1


def test_replaying_a_conflict_changes_nothing():
    organization = an_organization()
    send(organization, an_event())
    send(organization, an_event(subject="bob"))
    assert figures(replay_rejected([RejectedEvent.objects.get().pk], by=None, now=NOW)) == (0, 0, [(0, "conflict")])
    assert RejectedEvent.objects.get().replayed_at is None
    assert UsageEvent.objects.get().subject == "ann"


def test_an_unreadable_kept_line_stays_rejected_when_replayed():
    organization = an_organization()
    row = RejectedEvent.objects.create(
        organization=organization, received_at=NOW, reason="invalid", message="?", payload="{", digest=b"0" * 16
    )
    assert figures(replay_rejected([row.pk], by=None, now=NOW)) == (0, 0, [(0, "invalid")])


def test_a_trusted_import_keeps_the_receipts_and_the_first_received_stands():
    report = import_trusted(
        [
            an_event(subject="dora", received="2026-01-20T15:00:00Z"),
            an_event(received="2026-01-20T14:30:00Z"),
            an_event(id="e-2", time="2031-01-01T00:00:00Z"),
            an_event(id="e-3", received="2026-01-20T14:30:00"),
        ],
        organization=an_organization(),
    )
    assert (report.accepted, report.duplicates) == (2, 0)
    assert {(item.index, item.reason) for item in report.rejected} == {(0, "conflict"), (3, "invalid")}
    assert UsageEvent.objects.get(event_id="e-1").received_at == datetime(2026, 1, 20, 14, 30, tzinfo=UTC)
    assert UsageEvent.objects.get(event_id="e-2").received_at == datetime(2031, 1, 1, tzinfo=UTC)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_however_often_and_in_whatever_batches_events_come_each_is_stored_once(data):
    organization = an_organization(f"acme-{secrets.token_hex(5)}")
    identities = data.draw(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=30))
    stored = 0
    while identities:
        size = data.draw(st.integers(1, len(identities)))
        part, identities = identities[:size], identities[size:]
        report = send(organization, *(an_event(id=name, subject=name) for name in part))
        assert report.accepted + report.duplicates == len(part)
        stored += report.accepted
    events = UsageEvent.objects.filter(organization=organization)
    assert stored == events.count() == events.values("event_id").distinct().count()


def test_the_greatest_count_is_stored_in_full():
    send(an_organization(), an_event(type="api.requested", data={"count": 1_000_000_000_000}))
    assert UsageEvent.objects.get().amount == 1_000_000_000_000


def test_the_longest_texts_are_stored():
    """An index holds the subject and the session; the texts are random, so that PostgreSQL cannot make them shorter."""
    subject, session = ("".join(chr(0x10000 + secrets.randbelow(0x10000)) for _letter in range(255)) for _text in "ab")
    send(an_organization(), an_event(subject=subject, data={"session": session, "client": "web"}))
    event = UsageEvent.objects.get()
    assert (event.subject, event.session) == (subject, session)
