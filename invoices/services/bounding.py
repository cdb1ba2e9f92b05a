"""Holds an absurd invoice for two people, and lets exactly the one pass that they have found right (ADR 33)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from invoices.choices import CycleState
from invoices.domain.block import BOUNDS, Block
from invoices.domain.bounds import Bounds, HeldAgainst, beyond, fingerprint
from invoices.domain.draft import InvoiceDraft
from invoices.models import BillingCycle, BoundRelease
from subscriptions.choices import AuditKind
from subscriptions.domain.violations import Violation, refuse
from subscriptions.domain.words import translatable
from subscriptions.services.auditing import Deed, record


class ReleaseError(StrEnum):
    """Why an invoice is not released."""

    NOT_HELD = "not_held"
    NO_REASON = "no_reason"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """An invoice that was looked at, by its fingerprint; the bounds it goes beyond, as stored, and why it is right."""

    fingerprint: str
    reasons: Sequence[Mapping[str, Any]]
    reason: str


def bounds_in_force() -> Bounds:
    """Return the bounds as they are configured; where nobody could be asked, a caller says `NO_BOUNDS` instead."""
    return Bounds(
        arrears_times=Decimal(settings.SAFETY_BOUND_ARREARS_TIMES),
        arrears_needed=settings.SAFETY_BOUND_ARREARS_NEEDED,
        most_lines=settings.SAFETY_BOUND_LINES,
    )


def held_by_bounds(
    draft: InvoiceDraft | None, against: HeldAgainst, *, cycle: BillingCycle, bounds: Bounds
) -> list[Block]:
    """Return the bounds for which a cycle's invoice is held; none if exactly this one has been released."""
    blocks = beyond(draft, against, bounds=bounds)
    # Asked only of an invoice that goes beyond one, which is rare.
    if blocks and cycle.pk is not None and _is_released(cycle, fingerprint(draft, blocks)):
        return []
    return blocks


def _is_released(cycle: BillingCycle, found: str) -> bool:
    return BoundRelease.objects.filter(cycle=cycle, fingerprint=found).exists()


def is_held_by_bounds(cycle: BillingCycle) -> bool:
    """Tell whether a cycle waits because of safety bounds, and of nothing that could be mended."""
    codes = {reason["code"] for reason in cycle.held_reasons}
    return cycle.state != CycleState.CLOSED and bool(codes) and codes <= {code.value for code in BOUNDS}


def release_invoice(
    release: Release, *, cycle_id: int, released_by: User, approved_by: User, now: datetime
) -> BoundRelease:
    """
    Let an invoice pass; its cycle closes with the next sweep, unless it would say anything else by then.

    :raises Refused: if the cycle is not held by bounds, or no reason is given
    """
    with transaction.atomic():
        cycle = BillingCycle.objects.select_for_update().get(pk=cycle_id)
        if not is_held_by_bounds(cycle):
            message = translatable("This cycle is not held by a safety bound any more.")
            refuse([Violation(code=ReleaseError.NOT_HELD, field="cycle", message=message)])
        if not release.reason.strip():
            message = translatable("Say why the invoice is right: it is kept with the cycle.")
            refuse([Violation(code=ReleaseError.NO_REASON, field="reason", message=message)])
        row, is_new = BoundRelease.objects.get_or_create(
            cycle=cycle,
            fingerprint=release.fingerprint,
            defaults={
                "organization_id": cycle.organization_id,
                "reasons": list(release.reasons),
                "reason": release.reason.strip(),
                "released_at": now,
                "released_by": released_by,
                "approved_by": approved_by,
            },
        )
        # The next sweep tries it, and not the one that comes an hour after the last attempt.
        cycle.tried_at = None
        cycle.save(update_fields=["tried_at"])
        if is_new:
            record(_deed(row, cycle))
    return row


def _deed(row: BoundRelease, cycle: BillingCycle) -> Deed:
    return Deed(
        organization_id=cycle.organization_id,
        kind=AuditKind.CYCLE,
        deed="hold_released",
        subject=cycle,
        by=row.released_by,
        at=row.released_at,
        facts={
            "day": cycle.period_start.isoformat(),
            "second": row.approved_by.get_full_name() or row.approved_by.get_username(),
            "fingerprint": row.fingerprint,
        },
        reason=row.reason,
    )
