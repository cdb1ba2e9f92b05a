"""How a live count is kept: its figures, the people behind it, its stretches (BR-90)."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from hashlib import sha256

import msgspec
from django.db import transaction
from django.db.models import F

from subscriptions.domain.period import ONE_SECOND
from subscriptions.services.bulk import insert_rows
from usage.domain.known_period import KnownPeriod
from usage.domain.snapshot import UsageCount
from usage.domain.so_far import SoFar
from usage.models import LiveCount, LivePerson, LiveStretch
from usage.services.counting import as_json
from usage.services.stretches import ReadPeriod

_AT_ONCE = 500

# What is kept of a person, in the order of the columns.
_PERSON = ("user", "license", "add_ons", "first_login_at", "last_seen_at", "seconds", "at_peak")


def agreement_of(known: KnownPeriod) -> str:
    """Return a digest of the terms and the period that are counted: under others it is another count."""
    return sha256(msgspec.json.encode((known.terms, known.period), order="deterministic")).hexdigest()


def save_count(
    last: LiveCount, known: KnownPeriod, *, count: UsageCount, so_far: SoFar, read: ReadPeriod, counted_at: datetime
) -> bool:
    """Replace what is kept of an organization; return whether that was done: not if it has been imported meanwhile."""
    with transaction.atomic():
        kept = LiveCount.objects.filter(pk=last.pk, imports=last.imports)
        if not kept.update(
            counted_at=counted_at,
            claimed_at=None,
            failed_at=None,
            agreement=agreement_of(known),
            figures=as_json(so_far),
            add_on_holders=as_json(count.add_on_holders),
            **({"users": read.users} if read.fresh else {}),
        ):
            return False
        _delete(LiveStretch, read.outdated)
        LiveStretch.objects.bulk_create(read.fresh, batch_size=1)
        _replace_people(last.organization_id, count)
    return True


def forget_stretches(organization_ids: Collection[int]) -> None:
    """
    Have everything of some organizations counted anew, as their events were received in the past.

    Call it in the transaction that stores them. A worker that counts them meanwhile keeps nothing of it.
    """
    if not organization_ids:
        return
    LiveCount.objects.filter(organization_id__in=organization_ids).update(imports=F("imports") + 1, agreement="")
    LiveStretch.objects.filter(organization_id__in=organization_ids).delete()


def forget_count(organization_id: int) -> None:
    """Delete what is kept of an organization."""
    with transaction.atomic():
        # The count first, as whoever saves one begins with it.
        for kept in (LiveCount.objects, LiveStretch.objects, LivePerson.objects):
            kept.filter(organization_id=organization_id).delete()


def _replace_people(organization_id: int, count: UsageCount) -> None:
    """Write those who are new or have changed: of a large organization most have not."""
    wanted = {row[0]: row for row in _people(count)}
    outdated = []
    for pk, *row in (
        LivePerson.objects.filter(organization_id=organization_id).values_list("pk", *_PERSON).iterator(10_000)
    ):
        if wanted.get(row[0]) == tuple(row):
            del wanted[row[0]]
        else:
            outdated.append(pk)
    _delete(LivePerson, outdated)
    insert_rows(
        LivePerson(organization_id=organization_id, **dict(zip(_PERSON, row, strict=True))) for row in wanted.values()
    )


def _people(count: UsageCount) -> Iterator[tuple[str, str, str, datetime, datetime, int, bool]]:
    held = _add_ons_by_user(count.add_on_holders)
    at_peak = count.peak.people if count.peak else frozenset()
    for person in count.people:
        yield (
            person.user,
            person.license or "",
            held.get(person.user, ""),
            person.first_login_at,
            person.last_seen_at,
            person.logged_in // ONE_SECOND,
            person.user in at_peak,
        )


def _add_ons_by_user(holders: Mapping[str, frozenset[str]]) -> dict[str, str]:
    held: dict[str, str] = {}
    for add_on, users in sorted(holders.items()):
        for user in users:
            held[user] = f"{held.get(user, ',')}{add_on},"
    return held


def _delete(model: type[LivePerson | LiveStretch], keys: Collection[int]) -> None:
    ordered = list(keys)
    for start in range(0, len(ordered), _AT_ONCE):
        model._default_manager.filter(pk__in=ordered[start : start + _AT_ONCE]).delete()  # noqa: SLF001
