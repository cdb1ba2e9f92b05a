"""What beat wakes up for trials: by the database's clock, and again without harm (BR-19)."""

from datetime import timedelta

import pytest
from django.core import mail

from billingsite.celery import app
from invoices.tasks import send_pending_mail
from subscriptions.models import Trial
from subscriptions.selectors.clock import database_now
from tests.factories.trials import a_trial
from usage.tasks import sweep_trials

pytestmark = pytest.mark.django_db


def test_both_are_scheduled():
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}

    assert {"invoices.send_pending_mail", "usage.sweep_trials"} <= scheduled


def test_a_trial_that_has_just_ended_is_warned_once_however_often_they_run():
    now = database_now()
    a_trial("over", started_at=now - timedelta(days=30), ends_at=now)
    a_trial("runs", started_at=now - timedelta(days=29), ends_at=now + timedelta(days=1))

    for _ in range(2):
        sweep_trials()
        send_pending_mail()

    assert [one.to for one in mail.outbox] == [["finn@over.test"]]
    assert Trial.objects.get(code="runs").warned_at is None


@pytest.mark.parametrize("task", [send_pending_mail, sweep_trials], ids=lambda task: task.name)
def test_a_message_from_a_newer_version_with_more_to_say_is_still_understood(task):
    task(shard=3, of=8)
