"""Keeps what a person decided about a difference to the old system; the latest verdict counts."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.contrib.auth.models import User
from django.db import transaction

from invoices.domain.moving_in.side_by_side import Verdict
from invoices.models import DifferenceVerdict
from invoices.services.shadow.comparing import Key, Period
from subscriptions.choices import AuditKind
from subscriptions.domain.violations import Violation, refuse
from subscriptions.domain.words import translatable
from subscriptions.services.auditing import Deed, record


class JudgeError(StrEnum):
    """Why a verdict is not kept."""

    NO_DIFFERENCE = "no_difference"
    NO_NOTE = "no_note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A verdict about the difference between two lines, by their key, and a note; one that waits needs none."""

    key: Key
    verdict: Verdict
    note: str


def judge(judgement: Judgement, *, period: Period, by: User, now: datetime) -> DifferenceVerdict:
    """
    Keep a verdict about a difference of a period.

    :raises Refused: if the period has no such difference any more, or somebody is right without a note saying why
    """
    differences = {match.key for match in period.compared.sides.matches if match.is_different}
    if judgement.key not in differences:
        message = translatable("This difference is not there any more: look at the period once more.")
        refuse([Violation(code=JudgeError.NO_DIFFERENCE, field="verdict", message=message)])
    if judgement.verdict is not Verdict.UNCLEAR and not judgement.note.strip():
        message = translatable("Say in a note why: it is kept with the difference.")
        refuse([Violation(code=JudgeError.NO_NOTE, field="note", message=message)])
    our_line, old_line = judgement.key
    with transaction.atomic():
        row = DifferenceVerdict.objects.create(
            organization_id=period.cycle.organization_id,
            our_line_id=our_line,
            old_line_id=old_line,
            verdict=judgement.verdict.value,
            note=judgement.note.strip(),
            judged_at=now,
            judged_by=by,
        )
        record(
            Deed(
                organization_id=row.organization_id,
                kind=AuditKind.CYCLE,
                deed="difference_judged",
                subject=row,
                by=by,
                at=now,
                facts={"day": period.cycle.period_start.isoformat(), "verdict": row.verdict},
                reason=row.note,
            )
        )
    return row
