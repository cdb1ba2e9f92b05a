"""Keeps a grave change until a second person has decided about it (see docs/permissions.md)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from subscriptions.choices import ApprovalDecision, AuditKind
from subscriptions.domain.approval import ApprovalError, reasons_not_to_approve, reasons_not_to_decide
from subscriptions.domain.violations import Violation, refuse
from subscriptions.domain.words import translatable
from subscriptions.models import Approval
from subscriptions.selectors.approvals import get_approval_facts
from subscriptions.services.auditing import Deed, record
from subscriptions.services.recording import Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A form as it was sent: to which page, and what it would change, in words and their language."""

    path: str
    body: str
    subject: str
    points: Sequence[str]
    language: str


def keep_typed(typed: Typed, *, asked_by: User, now: datetime) -> Approval:
    """Keep what a person has typed; nobody is asked before they have said why."""
    return Approval.objects.create(
        asked_by=asked_by,
        asked_at=now,
        subject=typed.subject,
        points=list(typed.points),
        language=typed.language,
        path=typed.path,
        body=typed.body,
    )


def ask_for_approval(approval_id: int, *, reason: str, now: datetime) -> Approval:
    """
    Let a change wait for a second person, with the reason of whoever asks; the reason that was given first stands.

    :raises Refused: if it is too late, or no reason is given
    """
    with transaction.atomic():
        approval = _locked(approval_id)
        refuse(list(reasons_not_to_decide(get_approval_facts(approval), at=now)))
        if not reason.strip():
            message = translatable("Say why: who approves reads it.")
            refuse([Violation(code=ApprovalError.NO_REASON, field="reason", message=message)])
        approval.reason = approval.reason or reason.strip()
        approval.save(update_fields=["reason"])
        asked = Recording(by=approval.asked_by, at=now)
        _record(approval, "approval_asked_for", asked, reason=approval.reason)
    return approval


def approve(approval_id: int, *, carry_out: Callable[[Approval], str], recording: Recording) -> Approval:
    """
    Approve a change and carry it out, in one transaction: both or neither. `carry_out` returns where its page leads.

    :raises Refused: if the person may not approve it any more, or ever; and whatever `carry_out` raises
    """
    with transaction.atomic():
        approval = _locked(approval_id)
        by = _someone(recording)
        refuse(list(reasons_not_to_approve(get_approval_facts(approval), by=by.pk, at=recording.at)))
        _decide(approval, ApprovalDecision.APPROVED, recording)
        # What was typed has done its work, and may name people.
        approval.led_to, approval.body = carry_out(approval), ""
        approval.save(update_fields=["led_to", "body"])
        # Last: what it carried out is recorded with its organization, before the house.
        _record(approval, "approval_approved", recording, reason=approval.reason)
    return approval


def decline(approval_id: int, *, answer: str, recording: Recording) -> Approval:
    """
    Decline a change, or withdraw one's own.

    :raises Refused: if it has been decided already, or is too old to be
    """
    with transaction.atomic():
        approval = _locked(approval_id)
        refuse(list(reasons_not_to_decide(get_approval_facts(approval), at=recording.at)))
        approval.answer, approval.body = answer.strip(), ""
        _decide(approval, ApprovalDecision.DECLINED, recording)
        _record(approval, "approval_declined", recording, reason=approval.answer)
    return approval


def _record(approval: Approval, deed: str, recording: Recording, *, reason: str) -> None:
    record(
        Deed(
            organization_id=None,
            kind=AuditKind.APPROVAL,
            deed=deed,
            subject=approval,
            by=recording.by,
            at=recording.at,
            facts={
                "subject": approval.subject,
                "person": approval.asked_by.get_full_name() or approval.asked_by.get_username(),
                "points": approval.points,
            },
            reason=reason,
        )
    )


def _locked(approval_id: int) -> Approval:
    return Approval.objects.select_for_update().get(pk=approval_id)


def _decide(approval: Approval, decision: ApprovalDecision, recording: Recording) -> None:
    approval.decision, approval.decided_by, approval.decided_at = decision, _someone(recording), recording.at
    approval.save(update_fields=["decision", "decided_by", "decided_at", "answer", "body"])


def _someone(recording: Recording) -> User:
    if recording.by is None:
        raise ValueError("Only a person decides about a change.")
    return recording.by
