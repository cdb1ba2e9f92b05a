"""Does what is asked for under an idempotency key once, and gives the same answer to the same request (ADR 0039)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from subscriptions.models import KeptAnswer, Organization

LAPSES_AFTER = timedelta(minutes=2)
"""Who has not finished by then has died: what it began was undone, and may be done by another."""

KEPT_FOR = timedelta(days=7)
"""So long an answer is given again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A write: whose, for which organization, under which key, and a digest of all that it asks for."""

    caller: str
    organization: Organization | None
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was answered; `is_kept` tells that it was done before."""

    status: int
    body: str
    is_kept: bool = False


class OtherRequestError(Exception):
    """The key was used for another request."""


class UnderWayError(Exception):
    """The same request is being done at this moment."""


def do_once(asked: Asked, do: Callable[[], Answer], *, now: datetime) -> Answer:
    """
    Do something and keep its answer, in one transaction; return the kept one if it was done before.

    Whatever `do` raises undoes it and sets the key free: what was refused may be sent again, mended.

    :raises OtherRequestError: if the key was used for another request; nothing was done
    :raises UnderWayError: if the same is being done at this moment; nothing was done
    """
    row, is_new = KeptAnswer.objects.get_or_create(
        caller=asked.caller,
        key=asked.key,
        defaults={
            "organization": asked.organization,
            "fingerprint": asked.fingerprint,
            "claimed_at": now,
        },
    )
    if not is_new:
        if row.fingerprint != asked.fingerprint:
            raise OtherRequestError
        if row.status is not None:
            return Answer(status=row.status, body=row.body, is_kept=True)
        _take_over(row, now)
    own = KeptAnswer.objects.filter(pk=row.pk, claimed_at=now, status=None)
    try:
        with transaction.atomic():
            # Locked first: who takes over waits for what is done here, and finds it done.
            if not own.update(claimed_at=now):
                raise UnderWayError
            answer = do()
            own.update(status=answer.status, body=answer.body)
    except UnderWayError:
        raise
    except BaseException:
        own.delete()
        raise
    return answer


def forget_old_answers(*, now: datetime) -> int:
    """Delete the answers that are given no longer, and return how many there were."""
    deleted, _by_model = KeptAnswer.objects.filter(claimed_at__lte=now - KEPT_FOR).delete()
    return deleted


def _take_over(row: KeptAnswer, now: datetime) -> None:
    """Claim what another has begun, if it has died."""
    lapsed = KeptAnswer.objects.filter(pk=row.pk, claimed_at=row.claimed_at, status=None)
    if row.claimed_at > now - LAPSES_AFTER or not lapsed.update(claimed_at=now):
        raise UnderWayError
