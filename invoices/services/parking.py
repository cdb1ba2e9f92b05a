"""
Parks an organization whose books are wrong: nothing is issued for it until they are right again (ADR 33).

What is wrong is mended by hand; nothing here changes the books.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from django.contrib.auth.models import User
from django.db import transaction

from invoices.models import Parking
from invoices.selectors.stopped import get_switch_off
from invoices.services.alerting import tell_of_parking, tell_of_wrong_series
from invoices.services.books.fault import Fault
from invoices.services.books.verify import list_organizations_to_verify, verify_organization, verify_whole
from subscriptions.choices import AuditKind
from subscriptions.domain.violations import Violation, refuse
from subscriptions.domain.words import translatable
from subscriptions.models import Living, Subscription
from subscriptions.services.auditing import Deed, record
from subscriptions.services.heartbeats import record_heartbeat
from subscriptions.services.recording import Recording

logger = logging.getLogger(__name__)

FAULTS_KEPT = 50
"""So many faults are kept with a parked organization; all of them are told by `verify_books`."""


class ParkingError(StrEnum):
    """Why an organization stays parked."""

    NOT_PARKED = "not_parked"
    STILL_WRONG = "still_wrong"
    NO_REASON = "no_reason"


def look_through_books(*, now: datetime) -> int:
    """
    Look through all books, say in the log what is wrong, park the organizations it concerns, and tell their people.

    Return how many faults there are, and keep it. What is only overdue parks nobody: its close is what mends it.
    Neither is a trial parked: nothing is issued for it anyway, and it may have to be erased.
    """
    whole = list(verify_whole())
    for fault in whole:
        logger.error("The books are wrong: %s", fault)
    if whole:
        tell_of_wrong_series([str(fault) for fault in whole], now=now)
    found = len(whole)
    # While nothing is issued everything becomes overdue, and that is no fault.
    overdue_by = None if get_switch_off() is not None else now
    for organization_id in list_organizations_to_verify().values_list("pk", flat=True).iterator(chunk_size=1_000):
        faults = list(verify_organization(organization_id, now=overdue_by))
        for fault in faults:
            logger.error("The books of organization %s are wrong: %s", organization_id, fault)
        of_books = [fault for fault in faults if not fault.is_overdue]
        if of_books and Subscription.objects.filter(organization_id=organization_id).exists():
            park(organization_id, of_books, now=now)
        found += len(faults)
    record_heartbeat(Living.BOOKS, now=now, outcome={"faults": found})
    return found


def park(organization_id: int, faults: Sequence[Fault], *, now: datetime) -> Parking:
    """Park an organization and tell its people; of one that is parked already keep what is wrong by now."""
    words = list(dict.fromkeys(str(fault) for fault in faults))
    known = {"faults": words[:FAULTS_KEPT], "fault_count": len(words), "looked_at": now}
    with transaction.atomic():
        parking, is_new = Parking.objects.update_or_create(
            organization_id=organization_id,
            unparked_at=None,
            defaults=known,
            create_defaults={"parked_at": now, **known},
        )
        if is_new:
            tell_of_parking(parking, now=now)
            record(_deed(parking, "parked", by=None, at=now, reason="; ".join(words[:1])))
    return parking


def unpark(parking_id: int, *, reason: str, recording: Recording) -> Parking:
    """
    Let documents be issued for an organization again, once its books are right; its cycles close with the next sweep.

    :raises Refused: if it is not parked, its books are still wrong, or no reason is given
    """
    if not reason.strip():
        message = translatable("Say what was mended: it is kept with the organization.")
        refuse([Violation(code=ParkingError.NO_REASON, field="reason", message=message)])
    with transaction.atomic():
        # Where there is a row lock, two people do not both let it go on.
        parking = Parking.objects.select_for_update().get(pk=parking_id)
        if parking.unparked_at is not None:
            message = translatable("This organization is not parked any more.")
            refuse([Violation(code=ParkingError.NOT_PARKED, field="organization", message=message)])
        refuse([_still_wrong(fault) for fault in _still_found(parking.organization_id)])
        parking.unparked_at, parking.unparked_by, parking.reason = recording.at, recording.by, reason.strip()
        parking.save(update_fields=["unparked_at", "unparked_by", "reason"])
        record(_deed(parking, "unparked", by=recording.by, at=recording.at, reason=parking.reason))
    return parking


def _deed(parking: Parking, deed: str, *, by: User | None, at: datetime, reason: str) -> Deed:
    return Deed(
        organization_id=parking.organization_id,
        kind=AuditKind.CYCLE,
        deed=deed,
        subject=parking,
        by=by,
        at=at,
        reason=reason,
    )


def _still_found(organization_id: int) -> list[str]:
    """Return what is wrong now; nothing of what is overdue, as nothing could close."""
    faults = verify_organization(organization_id, now=None)
    return list(dict.fromkeys(str(fault) for fault in faults))[:FAULTS_KEPT]


def _still_wrong(fault: str) -> Violation:
    message = translatable("Its books are still wrong: %(fault)s")
    return Violation(code=ParkingError.STILL_WRONG, field="organization", message=message, words={"fault": fault})
