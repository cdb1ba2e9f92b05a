"""Reads trials with what decides about them (BR-19)."""

from datetime import datetime

from django.db.models import Exists, Min, OuterRef, QuerySet, Subquery

from subscriptions.choices import MailKind
from subscriptions.domain.trial import TrialFacts
from subscriptions.models import (
    OutgoingMail,
    Subscription,
    Trial,
)


def with_trial_facts(trials: QuerySet[Trial]) -> QuerySet[Trial]:
    """Add what decides about a trial beside its own columns: `has_subscription`, and `warning_sent_at` (BR-19)."""
    sent = (
        OutgoingMail.objects.filter(
            organization=OuterRef("organization"), kind=MailKind.TRIAL_WARNING, queued_at=OuterRef("warned_at")
        )
        .order_by()
        .values("organization")
        .annotate(first=Min("sent_at"))
    )
    return trials.annotate(
        has_subscription=Exists(Subscription.objects.filter(organization=OuterRef("organization"))),
        warning_sent_at=Subquery(sent.values("first")),
    )


def list_open_trials() -> QuerySet[Trial]:
    """Return the trials that are neither removed nor converted, with their facts, oldest first."""
    paid = Subscription.objects.filter(organization=OuterRef("organization"))
    trials = with_trial_facts(Trial.objects.filter(~Exists(paid), removed_at__isnull=True))
    return trials.select_related("organization").order_by("started_at", "pk")


def get_trial_facts(trial: Trial, *, last_login_at: datetime | None) -> TrialFacts:
    """
    Return what decides about a trial; `trial` is one of `with_trial_facts`.

    Where nobody's inactivity is in question, `last_login_at` may be None.
    """
    return TrialFacts(
        started_at=trial.started_at,
        ends_at=trial.ends_at,
        ended_at=trial.ended_at,
        has_subscription=trial.has_subscription,  # type: ignore[attr-defined]
        last_login_at=last_login_at,
        warned_at=trial.warned_at,
        warning_sent_at=trial.warning_sent_at,  # type: ignore[attr-defined]
        removal_asked_at=trial.removal_asked_at,
        removed_at=trial.removed_at,
    )
