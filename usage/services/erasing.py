"""Deletes what an organization used: the part of the audited erasure that lies here (BR-19)."""

from collections import Counter

from usage.models import (
    EventIdentity,
    IngestionKey,
    LiveCount,
    LivePerson,
    LiveStretch,
    RejectedEvent,
    SnapshotUser,
    UsageEvent,
    UsageSnapshot,
)


def erase_use(organization_id: int) -> Counter[str]:
    """
    Delete every row of usage of an organization and return how many of each table; the database lets it only inside
    `erasure_of`.

    Identities go as well: nothing is left that could tell whether an event was reported.
    """
    rows: Counter[str] = Counter()
    for used in (
        LiveCount.objects,
        LiveStretch.objects,
        LivePerson.objects,
        SnapshotUser.objects,
        UsageSnapshot.objects,
        RejectedEvent.objects,
        UsageEvent.objects,
        EventIdentity.objects,
        IngestionKey.objects,
    ):
        rows.update(used.filter(organization_id=organization_id).delete()[1])
    return rows
