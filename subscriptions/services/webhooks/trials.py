"""Tells the endpoints of trials that they end soon (BR-19)."""

from datetime import datetime
from functools import partial

from django.conf import settings
from django.urls import reverse

from subscriptions.domain.webhook import WebhookEvent
from subscriptions.models import Trial
from subscriptions.selectors.attention import list_trials_ending_soon
from subscriptions.selectors.webhooks import list_listening
from subscriptions.services.webhooks.announcing import Announcement, announce_found, in_utc


def announce_trials_ending(*, now: datetime) -> int:
    """Queue a message about each trial that ends within a week, one more if it was extended meanwhile."""
    listening = list_listening(WebhookEvent.TRIAL_ENDING)
    if not listening:
        return 0
    trials = Trial.objects.filter(organization_id__in=listening).select_related("organization").order_by("pk")
    return announce_found(
        [_announcement(trial, now) for trial in list_trials_ending_soon(trials, at=now)], listening=listening, now=now
    )


def _announcement(trial: Trial, now: datetime) -> Announcement:
    assert trial.organization is not None, "a trial that ends soon is not removed"
    assert trial.ends_at is not None, "a trial that ends soon has an end"
    return Announcement(
        organization_id=trial.organization.pk,
        event=WebhookEvent.TRIAL_ENDING,
        subject=trial.pk,
        occasion=in_utc(trial.ends_at),
        at=now,
        data=partial(_data, trial.organization.code, in_utc(trial.started_at), in_utc(trial.ends_at)),
    )


def _data(code: str, started_at: str, ends_at: str) -> dict[str, object]:
    page = f"{settings.SITE_URL}{reverse('licenses', args=[code])}"
    return {
        "organization": code,
        "trial": {"started_at": started_at, "ends_at": ends_at},
        "links": {"page": page},
    }
