"""Keeps that a person has dealt with what a gateway reported and did not fit (BR-81)."""

from django.db import transaction

from invoices.domain.card_payments import AttemptState
from invoices.models import CardPayment, GatewayNotice
from invoices.selectors.card_payments import list_doubtful
from subscriptions.choices import AuditKind
from subscriptions.services.auditing import Deed, record
from subscriptions.services.recording import Recording


def settle_notice(notice: GatewayNotice, *, reason: str, recording: Recording) -> bool:
    """Keep that a notice is dealt with; return whether it was not before. Its invoice can be paid online again."""
    with transaction.atomic():
        waiting = list_doubtful(GatewayNotice.objects.filter(pk=notice.pk))
        changes = {"settled_at": recording.at, "settled_by": recording.by, "reason": reason.strip()}
        if not waiting.update(**changes):
            return False
        left = list_doubtful(GatewayNotice.objects.filter(attempt=notice.attempt_id))
        if notice.attempt_id is not None and not left.exists():
            doubtful = CardPayment.objects.filter(pk=notice.attempt_id, state=AttemptState.DOUBTFUL.value)
            doubtful.update(state=AttemptState.SETTLED.value)
        record(
            Deed(
                organization_id=notice.organization_id,
                kind=AuditKind.PAYMENT,
                deed="card_notice_settled",
                subject=notice,
                by=recording.by,
                at=recording.at,
                facts={"reference": notice.reference or notice.session or notice.event, "doubt": notice.doubt},
                reason=reason,
            )
        )
    return True
