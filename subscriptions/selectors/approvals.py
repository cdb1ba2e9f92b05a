"""Reads the changes that wait for a second person."""

from datetime import datetime

from django.db.models import QuerySet

from subscriptions.choices import ApprovalDecision
from subscriptions.domain.approval import VALID_FOR, ApprovalFacts
from subscriptions.models import (
    Approval,
)


def get_approval_facts(approval: Approval) -> ApprovalFacts:
    """Return what decides about a change that needs a second person."""
    return ApprovalFacts(
        asked_by=approval.asked_by_id,
        asked_at=approval.asked_at,
        has_reason=bool(approval.reason),
        decided_by=approval.decided_by_id,
        is_approved=approval.decision == ApprovalDecision.APPROVED,
    )


def list_waiting_approvals(*, at: datetime) -> QuerySet[Approval]:
    """Return the changes that wait for a second person at an instant, the oldest first."""
    waiting = Approval.objects.filter(decision="", asked_at__gt=at - VALID_FOR).exclude(reason="")
    return waiting.order_by("asked_at", "pk")
