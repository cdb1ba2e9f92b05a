"""What is reported for a trial that has ended does not come in, and nothing of it is lost (BR-19)."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from tests.factories.subscriptions import a_subscription, an_organization
from tests.factories.trials import SECOND, a_trial, day
from tests.factories.usage import an_event, as_json, logged_in, report
from usage.models import RejectedEvent, UsageEvent
from usage.services import ingestion, receipt
from usage.services.decoding import decode_batch
from usage.services.ingestion import SuspendedError, ingest, ingest_with_receipts
from usage.services.keys import create_key
from usage.services.replay import replay_rejected
from usage.services.scope import Scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(monkeypatch):
    """Set the database's clock."""

    def set_clock(now):
        for module in ("usage.services.receipt", "usage.api.access", "usage.management.commands.import_events"):
            monkeypatch.setattr(f"{module}.database_now", lambda: now)
        return now

    return set_clock


def take(scope, *events, now):
    return ingest(decode_batch(as_json(*events)), scope=scope, now=now)


def test_a_trial_reports_until_the_second_before_its_end(at):
    own = Scope(a_trial().organization)

    assert take(own, an_event(id="1"), now=at(day(30) - SECOND)).accepted == 1
    with pytest.raises(SuspendedError, match="has ended"):
        take(own, an_event(id="2"), now=at(day(30)))

    assert UsageEvent.objects.count() == 1
    assert not RejectedEvent.objects.exists()


@pytest.mark.parametrize(
    ("label", "facts"), [("without a limit", {"ends_at": None}), ("not ended yet", {"ends_at": day(60)})]
)
def test_other_trials_report(label, facts, at):
    assert take(Scope(a_trial(**facts).organization), an_event(), now=at(day(40))).accepted == 1


def test_a_platforms_events_are_refused_one_by_one_and_kept(at):
    a_trial()
    an_organization("harbor")
    events = [an_event(id=f"{code}-{number}", organization=code) for code in ("lantern", "harbor") for number in (1, 2)]

    outcome = take(Scope(None), *events, now=at(day(30)))

    assert outcome.accepted == 2
    assert [(item.index, item.reason) for item in outcome.rejected] == [(0, "suspended"), (1, "suspended")]
    assert outcome.rejected[0].message == "organization: its trial has ended, so nothing of it is taken in."
    assert {row.organization.code for row in RejectedEvent.objects.all()} == {"lantern"}
    assert {event.organization.code for event in UsageEvent.objects.all()} == {"harbor"}


def test_an_end_by_its_admin_suspends_at_once(at):
    trial = a_trial(ended_at=day(3))

    with pytest.raises(SuspendedError):
        take(Scope(trial.organization), an_event(), now=at(day(3)))


def test_a_subscription_opens_the_door_and_what_was_refused_is_replayed(at):
    trial = a_trial()
    take(Scope(None), an_event(id="late", organization="lantern"), now=at(day(31)))
    (refused,) = RejectedEvent.objects.values_list("pk", flat=True)
    assert [item.reason for item in replay_rejected([refused], by=None, now=day(32)).rejected] == ["suspended"]
    assert RejectedEvent.objects.get().replayed_at is None

    a_subscription(trial.organization, effective_date=day(90).date())

    assert replay_rejected([refused], by=None, now=at(day(33))).accepted == 1
    assert take(Scope(trial.organization), an_event(id="new"), now=at(day(33))).accepted == 1


def test_a_trial_that_is_converted_before_its_end_reports_without_a_gap(at):
    trial = a_trial()
    own = Scope(trial.organization)
    take(own, an_event(id="before"), now=at(day(29)))
    a_subscription(trial.organization, effective_date=day(35).date())

    for number in (30, 32, 35, 36):
        assert take(own, an_event(id=f"on-{number}"), now=at(day(number))).accepted == 1

    assert UsageEvent.objects.filter(organization=trial.organization).count() == 5


def test_a_trusted_import_brings_what_was_received_before_the_end(at):
    trial = a_trial()
    before, after = day(30) - SECOND, day(30)
    events = [
        logged_in(user, f"{when:%Y-%m-%dT%H:%M:%SZ}", received=f"{when:%Y-%m-%dT%H:%M:%SZ}")
        for user, when in (("ann", before), ("bob", after))
    ]

    outcome = ingest_with_receipts(decode_batch(as_json(*events)), scope=Scope(trial.organization), now=at(day(40)))

    assert outcome.accepted == 1
    assert [item.reason for item in outcome.rejected] == ["suspended"]
    assert UsageEvent.objects.get().subject == "ann"


def test_the_file_import_says_what_to_do(at, tmp_path):
    a_trial()
    at(day(31))
    file = tmp_path / "events.ndjson"
    file.write_text(json.dumps(an_event()))

    with pytest.raises(CommandError, match="Extend it"):
        call_command("import_events", file, organization="lantern")

    assert not UsageEvent.objects.exists()


def test_the_api_answers_so(at):
    trial = a_trial()
    secret = create_key(organization=trial.organization, name="own", created_by=None, now=day(1))[1]
    at(day(30) + timedelta(hours=1))

    answer = Client().post(
        "/api/v1/events",
        as_json(an_event()),
        content_type="application/cloudevents-batch+json",
        headers={"authorization": f"Bearer {secret}"},
    )

    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"] == (
        "The trial of this organization has ended: nothing of it is taken in, nothing was stored."
    )
    assert not UsageEvent.objects.exists()


def test_an_organization_that_is_removed_while_its_events_wait_takes_none(monkeypatch, at):
    trial = a_trial()
    organization = trial.organization
    at(day(5))

    def remove_first(ids):
        trial.organization, trial.removed_at = None, day(5)
        trial.save()
        organization.delete()
        return receipt.take_receipt(ids)

    monkeypatch.setattr(ingestion, "take_receipt", remove_first)

    outcome = take(Scope(None), an_event(organization="lantern"), now=day(5))

    assert [item.reason for item in outcome.rejected] == ["unknown_organization"]
    assert RejectedEvent.objects.get().organization is None


def test_the_standing_of_a_batch_costs_the_same_however_large_it_is(django_assert_max_num_queries, at):
    trial = a_trial()
    report(trial.organization, an_event(id="warm"))
    events = [an_event(id=f"e-{number}") for number in range(500)]

    with django_assert_max_num_queries(12):
        take(Scope(trial.organization), *events, now=at(day(3)))
