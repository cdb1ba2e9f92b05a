"""Stops reminders to an organization, and starts them again (BR-82)."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum

from django.contrib.auth.models import User
from django.db import transaction

from invoices.models import DunningStop
from invoices.selectors.reminders import find_stop
from invoices.services.locking import lock_account
from subscriptions.choices import AuditKind
from subscriptions.domain.period import local_date
from subscriptions.domain.violations import Violation, reason_violations, refuse
from subscriptions.domain.words import translatable
from subscriptions.models import Organization
from subscriptions.services.auditing import Deed, record

WHERE_DAYS_END = "Etc/GMT+12"


class DunningError(StrEnum):
    """Why reminders are not stopped, or not started again."""

    STOPPED = "stopped"
    NOT_STOPPED = "not_stopped"
    IN_THE_PAST = "in_the_past"


def stop_reminders(
    organization: Organization, *, reason: str, until: date | None, by: User, now: datetime
) -> DunningStop:
    """
    Let no reminder go to an organization, until the end of a day or until they are started again.

    :raises Refused: if they are stopped already, the day has passed, or no reason is given; nothing changes then
    """
    with transaction.atomic():
        lock_account(organization.pk)
        refuse([*reason_violations(reason), *stop_violations(organization, until=until, now=now)])
        # One that has ended by itself makes room.
        DunningStop.objects.filter(organization=organization, started_at__isnull=True).update(
            started_at=now, started_by=by
        )
        stop = DunningStop.objects.create(
            organization=organization, reason=reason.strip(), until=until, stopped_at=now, stopped_by=by
        )
        facts = {} if until is None else {"last_day": until.isoformat()}
        deed = "reminders_stopped" if until is None else "reminders_stopped_until"
        record(_deed(stop, deed, by=by, at=now, facts=facts, reason=stop.reason))
    return stop


def stop_violations(organization: Organization, *, until: date | None, now: datetime) -> list[Violation]:
    """Return what forbids to stop the reminders of an organization, each naming the field to mend."""
    today = local_date(now, time_zone=WHERE_DAYS_END)
    if find_stop(organization.pk, on=today) is not None:
        message = translatable("Reminders are stopped already: start them again first to give another reason or day.")
        return [Violation(code=DunningError.STOPPED, field="organization", message=message)]
    if until is not None and until < today:
        message = translatable("This day has passed: name a day to come, or leave it empty.")
        return [Violation(code=DunningError.IN_THE_PAST, field="until", message=message)]
    return []


def start_reminders(organization: Organization, *, reason: str, by: User, now: datetime) -> DunningStop:
    """
    Let reminders go to an organization again; the latest step that is due goes out with the next sweep.

    :raises Refused: if they are not stopped, or no reason is given; nothing changes then
    """
    with transaction.atomic():
        lock_account(organization.pk)
        refuse(reason_violations(reason))
        stop = DunningStop.objects.filter(organization=organization, started_at__isnull=True).first()
        if stop is None:
            message = translatable("Reminders are not stopped: somebody has just started them again.")
            refuse([Violation(code=DunningError.NOT_STOPPED, field="organization", message=message)])
        assert stop is not None
        stop.started_at, stop.started_by = now, by
        stop.save(update_fields=["started_at", "started_by"])
        record(_deed(stop, "reminders_started", by=by, at=now, facts={}, reason=reason.strip()))
    return stop


def _deed(stop: DunningStop, deed: str, *, by: User, at: datetime, facts: Mapping[str, object], reason: str) -> Deed:
    return Deed(
        organization_id=stop.organization_id,
        kind=AuditKind.PAYMENT,
        deed=deed,
        subject=stop,
        by=by,
        at=at,
        facts=facts,
        reason=reason,
    )
