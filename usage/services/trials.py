"""
The sweep over trials: warns of a removal, withdraws the warning, removes, and watches the storage (BR-19).

What a trial is follows from the clock, so nothing has to happen for it to be suspended. Each step is decided again
under a lock; a sweep that is lost, doubled or late changes nothing, and one organization's failure stops no other.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from django.db import transaction

from subscriptions.domain.trial import (
    RemovalCause,
    TrialFacts,
    TrialStep,
    end_of,
    is_over_storage,
    next_step,
    removal_cause,
)
from subscriptions.models import Trial
from subscriptions.selectors.trials import get_trial_facts, list_open_trials
from subscriptions.services.erasing import erasure_of
from subscriptions.services.trial_requests import drop_stale_requests
from subscriptions.services.trials import lock_trial, report_storage, warn_of_removal, withdraw_warning
from usage.selectors.trials import with_use_of_trials
from usage.services.erasing import erase_use
from usage.services.receipt import shut_out_ingestion

logger = logging.getLogger(__name__)


class Done(StrEnum):
    """What a sweep did about a trial."""

    WARNED = "warned"
    NOBODY_TO_WARN = "nobody to warn"
    WITHDRAWN = "warning withdrawn"
    REMOVED = "removed"
    STORAGE_REPORTED = "storage reported"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DueTrial:
    """A trial about which something is to be done: the next step, its storage, or both."""

    trial_id: int
    code: str
    organization_id: int
    step: TrialStep | None
    cause: RemovalCause | None
    reports_storage: bool
    gigabytes: Decimal | None
    has_new_reading: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """One thing that was done."""

    code: str
    done: Done


def list_due_trials(*, now: datetime) -> list[DueTrial]:
    """Return the trials about which something is to be done at an instant, oldest first; writes nothing."""
    due = []
    for trial in with_use_of_trials(list_open_trials()):
        facts, gigabytes = _facts(trial), _gigabytes(trial)
        one = DueTrial(
            trial_id=trial.pk,
            code=trial.code,
            organization_id=_organization_id(trial),
            step=next_step(facts, at=now),
            cause=removal_cause(facts, at=now),
            reports_storage=is_over_storage(gigabytes) and trial.storage_reported_at is None,
            gigabytes=gigabytes,
            has_new_reading=gigabytes != trial.stored_gigabytes,
        )
        if one.step or one.reports_storage or one.has_new_reading:
            due.append(one)
    return due


def sweep_trials(*, now: datetime) -> list[Swept]:
    """Do whatever is to be done about trials at an instant, drop requests that nobody confirmed, and tell of it."""
    drop_stale_requests(now=now)
    return [swept for due in list_due_trials(now=now) for swept in _sweep(due, now=now)]


def _sweep(due: DueTrial, *, now: datetime) -> Iterator[Swept]:
    for act in (_watch_storage, _take_step):
        try:
            done = act(due, now=now)
        # Whatever is wrong with one trial, the next one still gets its turn, and this one is tried again.
        except Exception:
            logger.exception("What is due about trial %s could not be done", due.code)
            done = Done.FAILED
        if done is not None:
            yield Swept(code=due.code, done=done)


def _take_step(due: DueTrial, *, now: datetime) -> Done | None:
    if due.step is None:
        return None
    with transaction.atomic():
        if due.step is TrialStep.REMOVE:
            # Ahead of every row lock: an ingestion that has begun may bring the login that keeps the trial.
            shut_out_ingestion(due.organization_id)
        trial = _lock(due)
        if trial is None or next_step(_facts(trial), at=now) is not due.step:
            return None
        if due.step is TrialStep.REMOVE:
            _remove(trial, now=now)
            return Done.REMOVED
        if due.step is TrialStep.WITHDRAW:
            withdraw_warning(trial)
            return Done.WITHDRAWN
        return _warn(trial, now=now)


def _warn(trial: Trial, *, now: datetime) -> Done:
    facts = _facts(trial)
    cause, end = removal_cause(facts, at=now), end_of(facts)
    assert cause is not None, "a warning has a cause"
    since = end if cause is RemovalCause.ENDED and end else facts.last_login_at or facts.started_at
    if warn_of_removal(trial, cause=cause, since=since, now=now):
        return Done.WARNED
    logger.warning("Trial %s is not removed: there is nobody to warn, add a billing contact", trial.code)
    return Done.NOBODY_TO_WARN


def _remove(trial: Trial, *, now: datetime) -> None:
    asked = trial.removal_asked_at is not None
    reason = trial.removal_reason if asked else f"Warned on {trial.warned_at:%Y-%m-%d}: {trial.warned_because}"
    organization_id = _organization_id(trial)
    with erasure_of(trial, erased_by=trial.removal_asked_by if asked else None, reason=reason, now=now) as rows:
        rows.update(erase_use(organization_id))


def _watch_storage(due: DueTrial, *, now: datetime) -> Done | None:
    if not due.has_new_reading and not due.reports_storage:
        return None
    with transaction.atomic():
        trial = _lock(due)
        if trial is None:
            return None
        gigabytes = _gigabytes(trial)
        Trial.objects.filter(pk=trial.pk).update(stored_gigabytes=gigabytes)
        if gigabytes is None or not is_over_storage(gigabytes) or trial.storage_reported_at is not None:
            return None
        report_storage(trial, gigabytes=gigabytes, now=now)
        return Done.STORAGE_REPORTED


def _lock(due: DueTrial) -> Trial | None:
    """Lock a trial and return it as it is now, with what was used, unless it is removed or converted by now."""
    if lock_trial(due.trial_id) is None:
        return None
    return with_use_of_trials(list_open_trials().filter(pk=due.trial_id)).first()


def _facts(trial: Trial) -> TrialFacts:
    return get_trial_facts(trial, last_login_at=trial.last_login_at)  # type: ignore[attr-defined]


def _gigabytes(trial: Trial) -> Decimal | None:
    gigabytes: Decimal | None = trial.gigabytes  # type: ignore[attr-defined]
    return gigabytes


def _organization_id(trial: Trial) -> int:
    assert trial.organization_id is not None, "a removed trial is not open"
    return trial.organization_id
