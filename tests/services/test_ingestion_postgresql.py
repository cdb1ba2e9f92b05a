"""What only a real PostgreSQL can show: partitions, and ingestions and closes beside each other."""

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from subscriptions.models import Organization
from subscriptions.selectors.clock import database_now
from tests.factories.usage import an_event, an_organization, as_json
from tests.together import PATIENCE, Beside, at_once
from usage.models import EventIdentity, UsageEvent
from usage.services import ingestion, receipt, storage
from usage.services.decoding import decode_batch
from usage.services.ingestion import ingest
from usage.services.partitions import build_index, ensure_partitions, prepare_partitions
from usage.services.scope import Scope
from usage.tasks import prepare_event_partitions

pytestmark = [pytest.mark.postgresql, pytest.mark.usefixtures("committed_db", "no_partitions")]

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def query(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


def get_partitions() -> set[str]:
    found = query("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'usage_usageevent'::regclass")
    return {name for (name,) in found}


@pytest.fixture
def no_partitions():
    drop_partitions()
    yield
    drop_partitions()


def drop_partitions():
    for name in get_partitions() - {"usage_usageevent_default"}:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {name}")


def send(organization, *events, now=NOW):
    return ingest(decode_batch(as_json(*events)), scope=Scope(organization), now=now)


def where_stored(event_id: str) -> str:
    return query("SELECT tableoid::regclass::text FROM usage_usageevent WHERE event_id = %s", event_id)[0][0]


def test_an_event_is_stored_in_the_partition_of_its_month_in_utc():
    send(
        an_organization(),
        an_event(id="jan", time="2026-02-01T00:30:00+01:00"),
        an_event(id="feb", time="2026-02-01T00:00:00Z"),
    )
    assert where_stored("jan") == "usage_usageevent_y2026m01"
    assert where_stored("feb") == "usage_usageevent_y2026m02"


def test_the_same_identity_in_another_month_is_a_conflict_not_a_second_event():
    organization = an_organization()
    send(organization, an_event())
    assert [item.reason for item in send(organization, an_event(time="2025-12-31T14:00:00Z")).rejected] == ["conflict"]
    assert UsageEvent.objects.count() == 1


def test_events_are_partitioned_by_time_and_their_identities_are_not():
    partitioned = "SELECT pg_get_partkeydef(partrelid) FROM pg_partitioned_table WHERE partrelid = %s::regclass"
    assert query(partitioned, "usage_usageevent") == [("RANGE (occurred_at)",)]
    assert query(partitioned, "usage_eventidentity") == []
    key = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'usage_eventidentity_pkey'"
    assert query(key) == [("PRIMARY KEY (organization_id, identity)",)]


def test_implausible_months_make_no_partition():
    send(an_organization(), an_event(time="2001-01-01T00:00:00Z"))
    assert get_partitions() == {"usage_usageevent_default"}
    assert where_stored("e-1") == "usage_usageevent_default"


def test_a_month_with_rows_in_the_default_partition_stays_there():
    organization = an_organization()
    with transaction.atomic():  # inside a transaction no partition is made
        send(organization, an_event())
    assert where_stored("e-1") == "usage_usageevent_default"
    assert ensure_partitions([datetime(2026, 1, 5, tzinfo=UTC)], received=NOW) == []
    send(organization, an_event(id="e-2"))
    assert where_stored("e-2") == "usage_usageevent_default"
    assert send(organization, an_event(id="e-3", time="2026-02-05T00:00:00Z")).accepted == 1
    assert where_stored("e-3") == "usage_usageevent_y2026m02"


def test_the_coming_months_are_prepared_once():
    assert prepare_partitions(now=NOW) == [f"usage_usageevent_y2026m{month}" for month in ("03", "04", "05", "06")]
    assert prepare_partitions(now=NOW) == []
    prepare_event_partitions()
    assert f"usage_usageevent_y{database_now():%Ym%m}" in get_partitions()


def test_a_busy_default_partition_does_without_a_new_month_and_loses_nothing():
    organization = an_organization()
    held, go_on = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            query("SELECT count(*) FROM usage_usageevent_default")
            held.set()
            assert go_on.wait(PATIENCE)

    holder = Beside(hold)
    assert held.wait(PATIENCE)
    assert send(organization, an_event()).accepted == 1
    go_on.set()
    holder.end()
    assert where_stored("e-1") == "usage_usageevent_default"


def test_an_index_is_built_month_by_month_and_goes_on_where_it_was_interrupted():
    prepare_partitions(now=NOW)
    statement = 'CREATE INDEX "usage_event_probe" ON "usage_usageevent" ("organization_id") WHERE "kind" IN (1, 2)'

    # As it is left behind if the second of three steps is the last that was taken.
    query("CREATE INDEX usage_event_probe ON ONLY usage_usageevent (organization_id) WHERE kind IN (1, 2)")
    query("CREATE INDEX usage_usageevent_y2026m04_probe ON usage_usageevent_y2026m04 (subject)")
    for _again in range(2):
        build_index(statement, name="usage_event_probe")
        built = query(
            "SELECT indrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
            " WHERE indisvalid AND indexrelid::regclass::text LIKE '%%_probe'"
        )
        assert {table for table, _definition in built} == get_partitions() | {"usage_usageevent"}
        assert all("(organization_id) WHERE" in definition for _table, definition in built)

    query("DROP INDEX usage_event_probe")


def test_a_partition_has_the_indexes_and_the_statement_triggers_of_its_parent():
    query("CREATE FUNCTION pass() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
    query("CREATE TRIGGER probe BEFORE TRUNCATE ON usage_usageevent EXECUTE FUNCTION pass()")
    prepare_partitions(now=NOW)
    tables = query("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'probe'")
    query("DROP FUNCTION pass() CASCADE")
    months = {f"usage_usageevent_y2026m{month}" for month in ("03", "04", "05", "06")}
    assert {name for (name,) in tables} == {"usage_usageevent", *months}
    indexes = "SELECT count(*) FROM pg_index WHERE indrelid = %s::regclass"
    assert query(indexes, "usage_usageevent_y2026m03") == query(indexes, "usage_usageevent")


def test_an_event_of_no_organization_is_refused_by_the_partition_too():
    prepare_partitions(now=NOW)
    columns = "organization_id, kind, occurred_at, received_at, subject, identity, source, event_id"
    row = "0, 1, '2026-03-05', now(), 'ann', '', 's', 'e'"
    with pytest.raises(IntegrityError):
        query(f"INSERT INTO usage_usageevent ({columns}) VALUES ({row})")


def test_of_no_organization_an_identity_is_not_kept_either(monkeypatch):
    """It has no foreign key of its own: that of its event, in the same transaction, refuses both."""
    organization = an_organization()
    Organization.objects.filter(pk=organization.pk).delete()
    monkeypatch.setattr(ingestion, "_in_good_standing", lambda admission, _received_at: admission.candidates)

    with pytest.raises(IntegrityError):
        send(organization, an_event())

    assert not EventIdentity.objects.exists()


def test_many_senders_of_the_same_events_store_each_once():
    organization = an_organization()
    events = [an_event(id=f"e-{number}") for number in range(300)]
    reports = at_once(
        *(lambda sent=sent: send(organization, *sent) for sent in (events, list(reversed(events))) for _ in range(3))
    )
    assert sum(report.accepted for report in reports) == 300
    assert sum(report.duplicates for report in reports) == 5 * 300
    assert UsageEvent.objects.count() == EventIdentity.objects.count() == 300


def test_of_two_contents_sent_at_once_one_stands_and_the_other_is_kept_as_a_conflict():
    organization = an_organization()
    names = ("ann", "bob", "carl", "dora")
    reports = at_once(*(lambda name=name: send(organization, an_event(subject=name)) for name in names))
    assert sum(report.accepted for report in reports) == 1
    assert [len(report.rejected) for report in reports].count(1) == 3
    assert UsageEvent.objects.count() == 1


def test_a_close_waits_for_an_ingestion_in_flight_and_then_sees_it(monkeypatch):
    organization = an_organization()
    storing, go_on = threading.Event(), threading.Event()
    add_events = storage.add_events

    def slow(rows, received_at):
        storing.set()
        assert go_on.wait(PATIENCE)
        add_events(rows, received_at)

    monkeypatch.setattr(storage, "add_events", slow)
    ingestion = Beside(lambda: send(organization, an_event()))
    assert storing.wait(PATIENCE)
    cutoff = database_now()

    def close():
        receipt.wait_for_ingestion([organization.pk])
        return UsageEvent.objects.filter(organization=organization, received_at__lte=cutoff).count()

    closing = Beside(close)
    assert closing.is_waiting(), "the close did not wait"
    go_on.set()
    assert closing.end() == 1
    assert ingestion.end().accepted == 1


def test_a_close_does_not_wait_for_another_organization_and_what_comes_after_it_is_received_later():
    first, second = an_organization("first"), an_organization("second")
    with transaction.atomic():
        receipt.take_receipt([first.pk])
        done = Beside(lambda: receipt.wait_for_ingestion([second.pk]) or database_now()).end()
    send(second, an_event())
    assert UsageEvent.objects.get().received_at > done


def test_a_close_waits_also_inside_a_transaction_of_its_own_and_leaves_no_lock():
    organization = an_organization()
    with transaction.atomic():
        receipt.wait_for_ingestion([organization.pk])
        assert Beside(lambda: send(organization, an_event())).end().accepted == 1
    assert query("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()") == [(0,)]


def test_an_ingestion_that_fails_half_way_leaves_nothing(monkeypatch):
    organization = an_organization()

    def fail(rows, received_at):
        raise RuntimeError("the machine stops")

    monkeypatch.setattr(storage, "add_events", fail)
    with pytest.raises(RuntimeError):
        send(organization, an_event())
    assert not EventIdentity.objects.exists()
    monkeypatch.undo()
    assert send(organization, an_event()).accepted == 1


def test_an_accepted_event_stays_as_it_is_whichever_table_is_attacked():
    organization = an_organization()
    send(organization, an_event(id="month"), an_event(id="default", time="2001-01-01T00:00:00Z"))
    for table in ("usage_usageevent", "usage_usageevent_default", "usage_usageevent_y2026m01"):
        for attack in (f"TRUNCATE {table}", f"DELETE FROM {table}", f"UPDATE {table} SET subject = 'bob'"):
            with pytest.raises(IntegrityError, match="is frozen"):
                query(attack)
    assert UsageEvent.objects.filter(subject="ann").count() == 2
