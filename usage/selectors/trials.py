"""Reads trials with their use (BR-19)."""

from django.db.models import (
    Exists,
    OuterRef,
    QuerySet,
    Subquery,
)

from subscriptions.models import Organization, Trial
from subscriptions.selectors.trials import with_trial_facts
from usage.domain.events import (
    INTERACTIVE_CLIENTS,
    EventKind,
)
from usage.models import UsageEvent


def with_use_of_trials(trials: QuerySet[Trial]) -> QuerySet[Trial]:
    """Add `last_login_at`, through the desktop, web or mobile client, and `gigabytes`, the latest reading (BR-19)."""
    of_trial = UsageEvent.objects.filter(organization_id=OuterRef("organization_id"))
    taken_back = UsageEvent.objects.filter(
        organization_id=OuterRef("organization_id"), kind=EventKind.RETRACTED, target=OuterRef("identity")
    )
    standing = of_trial.filter(~Exists(taken_back))
    logins = standing.filter(kind=EventKind.LOGGED_IN, client__in=[client.value for client in INTERACTIVE_CLIENTS])
    readings = standing.filter(kind=EventKind.STORAGE)
    return trials.annotate(
        last_login_at=Subquery(logins.order_by("-occurred_at").values("occurred_at")[:1]),
        # Of two readings at one instant the greater counts (BR-40).
        gigabytes=Subquery(readings.order_by("-occurred_at", "-gigabytes").values("gigabytes")[:1]),
    )


def find_trial(organization: Organization) -> Trial | None:
    """Return the trial of an organization with its facts and its use; None if it never had one."""
    return with_use_of_trials(with_trial_facts(Trial.objects.filter(organization=organization))).first()
