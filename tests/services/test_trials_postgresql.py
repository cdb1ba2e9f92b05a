"""What only a real PostgreSQL can show: reports and agreements that come while a trial is removed (BR-19)."""

import threading

import pytest
from django.db import IntegrityError

from subscriptions.models import Erasure, Organization, Subscription
from subscriptions.services.trials import ask_for_removal
from tests.factories.subscriptions import a_subscription, an_issuer
from tests.factories.trials import a_person, a_trial, day
from tests.factories.usage import an_event, as_json
from tests.together import PATIENCE, Beside, wait_until_somebody_waits
from usage.models import RejectedEvent, UsageEvent
from usage.services import trials
from usage.services.decoding import decode_batch
from usage.services.ingestion import ingest
from usage.services.scope import Scope
from usage.services.trials import Done, sweep_trials

pytestmark = [pytest.mark.postgresql, pytest.mark.usefixtures("committed_db")]


@pytest.fixture
def trial():
    trial = a_trial(ends_at=None)
    ask_for_removal(trial.pk, asked_by=a_person("lead"), reason="They wrote to us.", now=day(1))
    return trial


@pytest.fixture
def paused_removal(monkeypatch):
    """Let a removal wait, with all its locks held and everything deleted, until the test lets it go on."""
    reached, go_on = threading.Event(), threading.Event()
    erase_use = trials.erase_use

    def pause(organization_id):
        rows = erase_use(organization_id)
        reached.set()
        assert go_on.wait(PATIENCE)
        return rows

    monkeypatch.setattr(trials, "erase_use", pause)
    return reached, go_on


def test_a_report_that_comes_during_a_removal_waits_and_is_of_nobody(trial, paused_removal):
    reached, go_on = paused_removal
    removal = Beside(lambda: sweep_trials(now=day(1)))
    assert reached.wait(PATIENCE)
    batch = decode_batch(as_json(an_event(organization="lantern")))
    report = Beside(lambda: ingest(batch, scope=Scope(None), now=day(1)))
    wait_until_somebody_waits()

    go_on.set()

    assert [one.done for one in removal.end()] == [Done.REMOVED]
    assert [item.reason for item in report.end().rejected] == ["unknown_organization"]
    assert not UsageEvent.objects.exists()
    assert RejectedEvent.objects.get().organization is None


def test_an_agreement_that_is_made_during_a_removal_fails_rather_than_lose_its_usage(trial, paused_removal):
    reached, go_on = paused_removal
    an_issuer()
    removal = Beside(lambda: sweep_trials(now=day(1)))
    assert reached.wait(PATIENCE)
    agreement = Beside(lambda: a_subscription(Organization.objects.get(), prices={}))
    wait_until_somebody_waits()

    go_on.set()

    assert [one.done for one in removal.end()] == [Done.REMOVED]
    assert isinstance(agreement.end(), IntegrityError)
    assert not Subscription.objects.exists()
    assert not Organization.objects.exists()


def test_of_two_sweeps_at_once_one_removes(trial, paused_removal):
    reached, go_on = paused_removal
    first = Beside(lambda: sweep_trials(now=day(1)))
    assert reached.wait(PATIENCE)
    second = Beside(lambda: sweep_trials(now=day(1)))
    wait_until_somebody_waits()

    go_on.set()

    assert [swept.done for swept in first.end()] == [Done.REMOVED]
    assert second.end() == []
    assert Erasure.objects.count() == 1
