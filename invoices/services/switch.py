"""
The one switch that stops all issuing: while it is off nothing gets a number, and no document leaves by mail (ADR 33).

Whoever numbers documents holds the switch in place until they are committed; whoever turns it waits for them, which
takes no longer than numbering does. So nothing is issued after it was turned off.
"""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from django.contrib.auth.models import User
from django.db import connection, transaction

from invoices.models import IssuingSwitch
from invoices.selectors.stopped import find_parking, get_switch_off
from subscriptions.choices import AuditKind, MailKind
from subscriptions.domain.violations import Violation, refuse
from subscriptions.domain.words import translatable
from subscriptions.services.auditing import Deed, record

_LOCK = (0x5EA7 + 1, 0)
"""Where the advisory lock of the switch lies, beside those of ingestion."""


class SwitchError(StrEnum):
    """Why the switch is not turned, or a document not issued."""

    ALREADY = "already"
    NO_REASON = "no_reason"


class IssuingStoppedError(Exception):
    """Nothing is issued now: issuing is switched off, or this organization is parked."""


def turn_switch(*, is_on: bool, reason: str, by: User, now: datetime) -> IssuingSwitch:
    """
    Switch all issuing off, or on again; from its commit on nothing is issued, or what was missed is caught up.

    :raises Refused: if it stands so already, or no reason is given
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", _LOCK)
        if (get_switch_off() is None) == is_on:
            message = translatable("Somebody has just done so: it stands so already.")
            refuse([Violation(code=SwitchError.ALREADY, field="is_on", message=message)])
        if not reason.strip():
            message = translatable("Say why: everyone reads it while issuing is off.")
            refuse([Violation(code=SwitchError.NO_REASON, field="reason", message=message)])
        turned = IssuingSwitch.objects.create(is_on=is_on, reason=reason.strip(), switched_at=now, switched_by=by)
        record(
            Deed(
                organization_id=None,
                kind=AuditKind.DOCUMENT,
                deed="issuing_switched_on" if is_on else "issuing_switched_off",
                subject=turned,
                by=by,
                at=now,
                reason=turned.reason,
            )
        )
    return turned


def hold_switch_on() -> None:
    """
    Keep issuing from being switched off until the transaction ends.

    :raises IssuingStoppedError: if it is off already
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", _LOCK)
    # By a statement that begins afterwards: it sees who turned the switch while this one waited.
    off = get_switch_off()
    if off is not None:
        raise IssuingStoppedError(f"Issuing is switched off: {off.reason}")


def let_nobody_be_parked(organization_id: int) -> None:
    """
    Make sure that documents are issued for an organization.

    :raises IssuingStoppedError: if it is parked
    """
    if find_parking(organization_id) is not None:
        raise IssuingStoppedError("The books of this organization are wrong: nothing is issued for it.")


def mail_held_back() -> Collection[MailKind]:
    """Return which mail does not leave now: documents and reminders of them, while issuing is off."""
    return () if get_switch_off() is None else (MailKind.INVOICE, MailKind.CREDIT_NOTE, MailKind.REMINDER)
