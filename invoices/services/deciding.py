"""Lets a person decide about a held cycle, and closes it as decided (BR-21, BR-72)."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from invoices.domain.block import BlockCode
from invoices.domain.decision import CHOICES, Choice
from invoices.models import BillingCycle, HoldDecision
from invoices.services.closing import Step, close_cycle_now
from subscriptions.choices import AuditKind
from subscriptions.services.auditing import Deed, record


class UndecidableError(ValueError):
    """The cycle does not wait for this decision; the message says what it waits for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a person decided about one reason, and why."""

    code: BlockCode
    choice: Choice
    reason: str


def open_codes(cycle: BillingCycle) -> list[BlockCode]:
    """Return the reasons about which a person may decide: those a cycle is held for, or was closed without."""
    waiting = {reason["code"] for reason in (*cycle.held_reasons, *cycle.left_out)}
    return [code for code in CHOICES if code.value in waiting]


def decide_hold(verdict: Verdict, *, cycle_id: int, decided_by: User, now: datetime) -> Step:
    """
    Keep a decision and try the cycle again at once; charges left out earlier follow with the next invoice.

    :raises UndecidableError: if the cycle does not wait for this decision, the choice does not fit, or it has no reason
    """
    with transaction.atomic():
        cycle = BillingCycle.objects.get(pk=cycle_id)
        if verdict.code not in open_codes(cycle):
            raise UndecidableError(f"The cycle does not wait because of {verdict.code.value}.")
        if verdict.choice not in CHOICES[verdict.code]:
            raise UndecidableError(f"{verdict.choice.value} does not answer {verdict.code.value}.")
        if not verdict.reason.strip():
            raise UndecidableError("Say why: the reason is kept with the decision.")
        HoldDecision.objects.create(
            organization_id=cycle.organization_id,
            cycle=cycle,
            code=verdict.code.value,
            choice=verdict.choice.value,
            reason=verdict.reason.strip(),
            decided_at=now,
            decided_by=decided_by,
        )
        record(
            Deed(
                organization_id=cycle.organization_id,
                kind=AuditKind.CYCLE,
                deed="hold_decided",
                subject=cycle,
                by=decided_by,
                at=now,
                facts={
                    "day": cycle.period_start.isoformat(),
                    "code": verdict.code.value,
                    "choice": verdict.choice.value,
                },
                reason=verdict.reason,
            )
        )
    return close_cycle_now(cycle_id=cycle_id, now=now)
