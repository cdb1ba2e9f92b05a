"""What beat wakes up for live counts: by the database's clock, and again without harm (BR-90)."""

from datetime import timedelta

import pytest

from billingsite.celery import app
from subscriptions.selectors.clock import database_now
from tests.factories.subscriptions import a_subscription, an_organization
from tests.factories.usage import logged_in, report
from usage.models import LiveCount
from usage.services import live
from usage.services.current import get_current_usage
from usage.tasks import refresh_live_counts

pytestmark = pytest.mark.django_db


@pytest.fixture
def watched(monkeypatch):
    """Return an organization that somebody looks at, with too much use to count in a request."""
    monkeypatch.setattr(live, "EVENTS_COUNTED_AT_ONCE", 0)
    now = database_now()
    organization = an_organization()
    a_subscription(organization, effective_date=(now - timedelta(days=3)).date(), time_zone="UTC")
    report(organization, logged_in("ann", (now - timedelta(hours=1)).isoformat()))
    get_current_usage(organization=organization, now=now)
    return organization


def test_it_is_scheduled_often_enough_for_a_view_of_a_minute():
    (entry,) = [entry for entry in app.conf.beat_schedule.values() if entry["task"] == "usage.refresh_live_counts"]

    assert timedelta(seconds=entry["schedule"]) + live.AGAIN_AFTER < timedelta(seconds=40)


def test_what_is_watched_is_counted_once_however_often_it_runs(watched):
    refresh_live_counts()
    counted_at = LiveCount.objects.get().counted_at
    refresh_live_counts()

    assert LiveCount.objects.get().counted_at == counted_at
    assert get_current_usage(organization=watched, now=database_now()).so_far.people == 1


def test_what_nobody_has_looked_at_for_a_week_is_thrown_away(watched):
    LiveCount.objects.update(watched_at=database_now() - timedelta(days=8))

    refresh_live_counts()

    assert not LiveCount.objects.exists()


def test_a_message_from_a_newer_version_with_more_to_say_is_still_understood():
    refresh_live_counts(shard=3, of=8)
