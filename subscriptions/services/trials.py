"""Starts, extends and ends trials, warns of their removal, and reports their storage (BR-19)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from subscriptions.choices import AuditKind, MailKind
from subscriptions.domain.formatting import country_name, format_day, format_quantity
from subscriptions.domain.trial import (
    INCLUDED_GIGABYTES,
    REMOVED_AFTER_WARNING,
    RemovalCause,
    TrialState,
    end_of,
    is_offered_in,
    state_at,
)
from subscriptions.models import Organization, Trial
from subscriptions.selectors.people import get_language_of
from subscriptions.selectors.trials import get_trial_facts, with_trial_facts
from subscriptions.services.auditing import Deed, record
from subscriptions.services.mailing import Letter, queue_mail


class TrialRefusedError(Exception):
    """What was asked of a trial cannot be; its text says why, to a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Whom to write to about an organization, and in which language."""

    name: str
    email: str
    language: str


def refuse_country(country: str) -> None:
    """
    Do nothing where trials are offered (BR-19).

    :raises TrialRefusedError: elsewhere, naming the country
    """
    if not is_offered_in(country, countries=settings.TRIAL_COUNTRIES):
        name = country_name(country, get_language() or "en")
        raise TrialRefusedError(
            _("Trials are not offered in %(country)s yet. Our sales team can tell you what is possible there.")
            % {"country": name}
        )


def start_trial(
    organization: Organization, *, days: int | None, requested_by: AbstractBaseUser, now: datetime
) -> Trial:
    """
    Start an organization's trial, of so many days or, for the free service, without a limit (BR-19).

    :raises TrialRefusedError: if its country is not on the list, or it has a subscription or had a trial
    """
    refuse_country(organization.country)
    with transaction.atomic():
        # Whoever gives it a trial or an agreement meanwhile waits for this row.
        Organization.objects.select_for_update().get(pk=organization.pk)
        if organization.subscriptions.exists():
            raise TrialRefusedError(_("This organization has a subscription: there is nothing to try out."))
        if Trial.objects.filter(organization=organization).exists():
            raise TrialRefusedError(_("This organization has a trial already: extend that one."))
        trial = Trial.objects.create(
            organization=organization,
            code=organization.code,
            country=organization.country,
            started_at=now,
            ends_at=None if days is None else now + timedelta(days=days),
            requested_by_id=requested_by.pk,
        )
        _record(trial, "trial_started", by=requested_by, now=now)
        return trial


def extend_trial(trial_id: int, *, ends_at: datetime | None, extended_by: AbstractBaseUser, now: datetime) -> Trial:
    """
    Let a trial run on until an instant, None for without a limit; one that was suspended runs again at once.

    :raises TrialRefusedError: if the instant is past, its removal was asked for, or it is none any more
    """
    with transaction.atomic():
        trial = _lock_open_trial(trial_id, now=now)
        if trial.removal_asked_at is not None:
            raise TrialRefusedError(_("This trial is about to be removed, as was asked for."))
        if ends_at is not None and ends_at <= now:
            raise TrialRefusedError(_("The new end lies in the past."))
        trial.ends_at, trial.ended_at, trial.ended_by_id = ends_at, None, None
        trial.save(update_fields=["ends_at", "ended_at", "ended_by"])
        _record(trial, "trial_extended", by=extended_by, now=now)
        return trial


def end_trial(trial_id: int, *, ended_by: AbstractBaseUser, now: datetime) -> Trial:
    """
    Suspend a trial from now on; one that has ended already stays as it is (BR-19).

    :raises TrialRefusedError: if it is none any more
    """
    with transaction.atomic():
        trial = _lock_open_trial(trial_id, now=now)
        end = end_of(get_trial_facts(trial, last_login_at=None))
        if end is None or now < end:
            trial.ended_at, trial.ended_by_id = now, ended_by.pk
            trial.save(update_fields=["ended_at", "ended_by"])
            _record(trial, "trial_ended", by=ended_by, now=now)
        return trial


def ask_for_removal(trial_id: int, *, asked_by: AbstractBaseUser, reason: str, now: datetime) -> Trial:
    """
    Have the sweep remove a trial with all its data, without a warning; the first one who asks is remembered.

    :raises TrialRefusedError: if it is none any more: a paid organization's data is never removed
    """
    with transaction.atomic():
        trial = _lock_open_trial(trial_id, now=now)
        if trial.removal_asked_at is None:
            trial.removal_asked_at, trial.removal_asked_by_id, trial.removal_reason = now, asked_by.pk, reason
            trial.save(update_fields=["removal_asked_at", "removal_asked_by", "removal_reason"])
            _record(trial, "removal_asked_for", by=asked_by, now=now, reason=reason)
        return trial


def warn_of_removal(trial: Trial, *, cause: RemovalCause, since: datetime, now: datetime) -> int:
    """
    Write to the contacts of a locked trial that its data is going to be removed, and return to how many.

    `since` is when it ended, or the last login. Without anybody to write to nothing is noted: nobody was warned.
    """
    organization = _organization_of(trial)
    contacts = list_contacts(organization)
    for contact in contacts:
        letter = Letter(
            organization_id=organization.pk,
            kind=MailKind.TRIAL_WARNING,
            key=f"{MailKind.TRIAL_WARNING}|{trial.pk}|{now.isoformat()}|{contact.email}",
            recipient=contact.email,
            language=contact.language,
            context={
                "name": contact.name,
                "organization": organization.name,
                "ended": cause is RemovalCause.ENDED,
                "day": format_day(since.astimezone(UTC).date(), contact.language),
                "removal": format_day((now + REMOVED_AFTER_WARNING).astimezone(UTC).date(), contact.language),
                "url": address_of(organization),
            },
        )
        queue_mail(letter, now=now)
    if contacts:
        trial.warned_at, trial.warned_because = now, cause.value
        trial.save(update_fields=["warned_at", "warned_because"])
    return len(contacts)


def withdraw_warning(trial: Trial) -> None:
    """Forget the warning of a locked trial: its cause is gone."""
    trial.warned_at, trial.warned_because = None, ""
    trial.save(update_fields=["warned_at", "warned_because"])


def report_storage(trial: Trial, *, gigabytes: Decimal, now: datetime) -> None:
    """Write once to the admins of a locked trial that it stores more than it includes (BR-19)."""
    organization = _organization_of(trial)
    for contact in list_admins(organization) or list_contacts(organization):
        letter = Letter(
            organization_id=organization.pk,
            kind=MailKind.TRIAL_STORAGE,
            key=f"{MailKind.TRIAL_STORAGE}|{trial.pk}|{contact.email}",
            recipient=contact.email,
            language=contact.language,
            context={
                "name": contact.name,
                "organization": organization.name,
                "stored": format_quantity(gigabytes, contact.language),
                "included": format_quantity(INCLUDED_GIGABYTES, contact.language),
                "url": address_of(organization),
            },
        )
        queue_mail(letter, now=now)
    trial.storage_reported_at = now
    trial.save(update_fields=["storage_reported_at"])


def list_contacts(organization: Organization) -> Sequence[Contact]:
    """Return whom to write to: the billing contacts, else the subscription admins."""
    contacts = [
        Contact(name=row.name, email=row.email, language=row.language)
        for row in organization.billing_contacts.order_by("pk")
    ]
    return contacts or list_admins(organization)


def list_admins(organization: Organization) -> Sequence[Contact]:
    """Return the subscription admins that have an address, each once."""
    admins = organization.memberships.filter(billing_subscription=True, user__is_active=True).exclude(user__email="")
    found = {
        row.user.email.lower(): Contact(
            name=row.user.get_full_name() or row.user.get_username(),
            email=row.user.email,
            language=get_language_of(row.user) or organization.language,
        )
        for row in admins.select_related("user").order_by("pk")
    }
    return list(found.values())


def address_of(organization: Organization) -> str:
    """Return the full address of an organization's pages, as it stands in mails."""
    return f"{settings.SITE_URL}{reverse('organization', args=[organization.code])}"


def lock_trial(trial_id: int) -> Trial | None:
    """Lock a trial that is not removed, and return it with its facts."""
    locked = Trial.objects.select_for_update().filter(pk=trial_id, removed_at__isnull=True).first()
    if locked is None:
        return None
    return with_trial_facts(Trial.objects.filter(pk=trial_id)).select_related("organization").get()


def _record(trial: Trial, deed: str, *, by: AbstractBaseUser, now: datetime, reason: str = "") -> None:
    record(
        Deed(
            organization_id=trial.organization_id,
            kind=AuditKind.ORGANIZATION,
            deed=deed,
            subject=trial,
            by=by,
            at=now,
            facts={"last_day": trial.ends_at.date().isoformat() if trial.ends_at else None},
            reason=reason,
        )
    )


def _lock_open_trial(trial_id: int, *, now: datetime) -> Trial:
    trial = lock_trial(trial_id)
    if trial is None:
        raise TrialRefusedError(_("This trial has been removed."))
    if state_at(get_trial_facts(trial, last_login_at=None), at=now) is TrialState.CONVERTED:
        raise TrialRefusedError(_("This organization has a subscription now: its agreement decides."))
    return trial


def _organization_of(trial: Trial) -> Organization:
    assert trial.organization is not None, "a removed trial belongs to nobody"
    return trial.organization
