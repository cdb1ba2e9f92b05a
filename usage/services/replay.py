"""Sends rejected events again, once what was wrong has been mended."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from subscriptions.choices import AuditKind
from subscriptions.services.auditing import Deed, record
from usage.models import RejectedEvent
from usage.services.decoding import UnreadableBodyError, decode_single
from usage.services.ingestion import ForeignEventsError, IngestionReport, SuspendedError, ingest
from usage.services.rejects import Rejection
from usage.services.scope import Scope


def replay_rejected(rejected_ids: Iterable[int], *, by: AbstractBaseUser | None, now: datetime) -> IngestionReport:
    """
    Send rejected events again, as they came and under the same rules, and mark those that are now stored.

    The instant of receipt is that of the replay. What is rejected again stays as it is; its index is its place among
    the ids.
    """
    report = IngestionReport()
    for place, rejected_id in enumerate(rejected_ids):
        row = RejectedEvent.objects.select_related("organization").filter(pk=rejected_id, replayed_at=None).first()
        # Replayed by someone else meanwhile; sending it twice would only count a duplicate.
        if row is None:
            continue
        outcome = _replay(row, now=now)
        if not outcome.rejected:
            _mark_replayed(row, by=by, now=now)
        report += IngestionReport(
            outcome.accepted, outcome.duplicates, [rejection.move_to(place) for rejection in outcome.rejected]
        )
    return report


def _mark_replayed(row: RejectedEvent, *, by: AbstractBaseUser | None, now: datetime) -> None:
    with transaction.atomic():
        RejectedEvent.objects.filter(pk=row.pk).update(replayed_at=now)
        record(
            Deed(
                organization_id=row.organization_id,
                kind=AuditKind.USAGE,
                deed="event_replayed",
                subject=row,
                by=by,
                at=now,
                facts={"source": row.source, "event": row.event_id},
            )
        )


def _replay(row: RejectedEvent, *, now: datetime) -> IngestionReport:
    payload = row.payload.encode()
    try:
        return ingest(decode_single(payload), scope=Scope(row.organization), now=now)
    except (UnreadableBodyError, ForeignEventsError, SuspendedError) as error:
        rejection = Rejection(0, row.event_id or None, row.reason, str(error), row.organization_id, payload)
        return IngestionReport(rejected=[rejection])
