"""Tells by mail, once, whoever works on an organization that nothing is issued for it because something went wrong."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.urls import reverse

from invoices.choices import CycleState
from invoices.domain.block import UNEXPECTED
from invoices.models import BillingCycle, Parking
from subscriptions.choices import MailKind
from subscriptions.domain.formatting import format_days
from subscriptions.models import Organization, OutgoingMail
from subscriptions.selectors.people import get_language_of, list_leads
from subscriptions.services.mailing import Letter, queue_mail

FAULTS_TOLD = 10
"""So many faults stand in a mail; the page it leads to has more."""

AT_ONCE = 500


def tell_of_parking(parking: Parking, *, now: datetime) -> int:
    """Write to the people of an organization that it is parked, and what is wrong; return to how many."""
    organization = parking.organization
    people = _people_of(organization)
    for person in people:
        context = {
            "organization": organization.name,
            "faults": parking.faults[:FAULTS_TOLD],
            "more": max(0, parking.fault_count - FAULTS_TOLD),
            "url": _address("invoices_parking_change", parking.pk),
        }
        key = _key(MailKind.BOOKS_WRONG, f"{parking.pk}", person)
        _write(MailKind.BOOKS_WRONG, key, person, context, organization_id=organization.pk, now=now)
    return len(people)


def tell_of_wrong_series(faults: Sequence[str], *, now: datetime) -> int:
    """Write to every lead what is wrong with the books as a whole, once a day; return to how many."""
    leads = _reachable(list_leads())
    for person in leads:
        context = {
            "organization": "",
            "faults": faults[:FAULTS_TOLD],
            "more": max(0, len(faults) - FAULTS_TOLD),
            "url": _address("index"),
        }
        key = _key(MailKind.BOOKS_WRONG, f"whole|{now.date()}", person)
        _write(MailKind.BOOKS_WRONG, key, person, context, organization_id=None, now=now)
    return len(leads)


def tell_of_failed_cycles(*, now: datetime) -> int:
    """Write to the people of an organization, once, that a cycle could not be worked out; return how many were told."""
    failed = BillingCycle.objects.exclude(state=CycleState.CLOSED).filter(
        held_at__isnull=False, held_reasons__0__code=UNEXPECTED
    )
    # The newest first: who was told of the older ones is not asked about again while there are more than so many.
    newest = failed.select_related("organization").prefetch_related("organization__csms").order_by("-held_at", "-pk")
    leads = _reachable(list_leads())
    letters = {
        _key(MailKind.CYCLE_FAILED, _failure(cycle), person): (cycle, person)
        for cycle in newest[:AT_ONCE]
        for person in _reachable(cycle.organization.csms.all()) or leads
    }
    written = set(OutgoingMail.objects.filter(key__in=letters).values_list("key", flat=True))
    for key, (cycle, person) in letters.items():
        if key not in written:
            _tell_of_failure(cycle, person, key, now)
    return len(letters) - len(written)


def _tell_of_failure(cycle: BillingCycle, person: User, key: str, now: datetime) -> None:
    last_day = cycle.period_end - timedelta(days=1)
    context = {
        "organization": cycle.organization.name,
        "period": format_days(cycle.period_start, last_day, _language_of(person)),
        "url": _address("invoices_billingcycle_change", cycle.pk),
    }
    _write(MailKind.CYCLE_FAILED, key, person, context, organization_id=cycle.organization_id, now=now)


def _failure(cycle: BillingCycle) -> str:
    """Return what names a failure: a cycle that was mended and fails again is another one."""
    return f"{cycle.pk}|{cycle.held_at:%Y%m%d%H%M%S}" if cycle.held_at else f"{cycle.pk}"


def _people_of(organization: Organization) -> list[User]:
    """Return who works on an organization and can be written to: its CSMs, or every lead where it has none."""
    return _reachable(organization.csms.all()) or _reachable(list_leads())


def _reachable(people: Iterable[User]) -> list[User]:
    return sorted((one for one in people if one.is_active and one.email), key=lambda one: one.pk)


def _write(
    kind: MailKind, key: str, person: User, context: Mapping[str, Any], *, organization_id: int | None, now: datetime
) -> None:
    queue_mail(
        Letter(
            organization_id=organization_id,
            kind=kind,
            key=key,
            recipient=person.email,
            language=_language_of(person),
            context={"name": person.get_full_name() or person.get_username(), **context},
        ),
        now=now,
    )


def _language_of(person: User) -> str:
    return get_language_of(person) or settings.LANGUAGE_CODE


def _key(kind: MailKind, about: str, person: User) -> str:
    digest = hashlib.sha256(person.email.casefold().encode()).hexdigest()
    return f"{kind}|{about}|{digest}"


def _address(page: str, *args: Any) -> str:
    return f"{settings.SITE_URL}{reverse(f'admin:{page}', args=args)}"
