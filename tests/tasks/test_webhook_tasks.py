"""What beat wakes up for webhooks: by the database's clock, and again without harm."""

from datetime import timedelta

import pytest

from billingsite.celery import app
from invoices.tasks import announce_states
from subscriptions.models import WebhookDelivery
from subscriptions.selectors.clock import database_now
from subscriptions.tasks import announce_trials, deliver_webhooks, forget_webhooks
from tests.factories.trials import a_trial
from tests.factories.webhooks import a_webhook
from tests.receiver import listening
from usage.tasks import announce_exceeded

pytestmark = pytest.mark.django_db

TASKS = [deliver_webhooks, announce_states, announce_exceeded, announce_trials, forget_webhooks]


def test_all_of_them_are_scheduled():
    assert {task.name for task in TASKS} <= {entry["task"] for entry in app.conf.beat_schedule.values()}


def test_a_trial_that_ends_soon_is_told_of_once_however_often_they_run(settings):
    settings.WEBHOOK_ALLOW_PRIVATE = ["127.0.0.1"]
    now = database_now()
    trial = a_trial(started_at=now - timedelta(days=27), ends_at=now + timedelta(days=3))
    with listening() as receiver:
        a_webhook(trial.organization, url=receiver.url)
        for _ in range(2):
            for task in TASKS:
                task()

    assert len(receiver.ids) == WebhookDelivery.objects.count() == 1


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_a_message_from_a_newer_version_with_more_to_say_is_still_understood(task):
    task(shard=3, of=8)
