"""Keeps uploaded files until they are imported: stored, confirmed, discarded, forgotten after a day."""

import hashlib
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Q

from subscriptions.choices import ImportState
from subscriptions.domain.price_list.entry import ListKind, Scope, Target
from subscriptions.models import PriceImport

KEPT_FOR = timedelta(days=1)
"""How long an upload waits to be confirmed."""

LONGEST_FILE_NAME = 200


def store_upload(
    content: bytes, *, file_name: str, target: Target, uploaded_by: User | None, now: datetime
) -> PriceImport:
    """Keep a file to be read by a worker; the list that it is for is named by `target`."""
    return PriceImport.objects.create(
        kind=target.kind,
        currency=target.currency,
        deck_id=target.deck_id,
        effective_date=target.effective_date,
        increment_seconds=target.increment_seconds,
        scope=target.scope,
        file_name=file_name[:LONGEST_FILE_NAME],
        sha256=hashlib.sha256(content).hexdigest(),
        uploaded_by=uploaded_by,
        uploaded_at=now,
        content=content,
    )


def target_of(row: PriceImport) -> Target:
    """Return which list an upload is for."""
    return Target(
        kind=ListKind(row.kind),
        effective_date=row.effective_date,
        scope=Scope(row.scope),
        currency=row.currency,
        deck_id=row.deck_id,
        increment_seconds=row.increment_seconds,
    )


def confirm_upload(pk: int, *, basis: str) -> bool:
    """
    Have an upload imported; tell whether this is what it waited for.

    `basis` names the list with which it was compared when it was shown: what was not seen is not confirmed.
    """
    waiting = PriceImport.objects.filter(pk=pk, state=ImportState.READY, basis=basis)
    return waiting.update(state=ImportState.CONFIRMED, claimed_at=None) == 1


def discard_upload(pk: int) -> bool:
    """Forget an upload; tell whether it was there and not on its way into force yet."""
    deleted, _ = PriceImport.objects.filter(_not_on_its_way(), pk=pk).delete()
    return deleted == 1


def forget_old_uploads(*, now: datetime) -> int:
    """Delete the uploads that nobody confirmed in a day, and return how many there were."""
    deleted, _ = PriceImport.objects.filter(_not_on_its_way(), uploaded_at__lt=now - KEPT_FOR).delete()
    return deleted


def _not_on_its_way() -> Q:
    return ~Q(state__in=(ImportState.CONFIRMED, ImportState.IMPORTED))
