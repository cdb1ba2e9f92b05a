"""How the people behind snapshots reach the disk: a fast way for each database, behind the same function (BR-77)."""

from collections.abc import Iterable, Sequence
from itertools import chain

from django.db import connection

from subscriptions.domain.period import ONE_SECOND
from usage.domain.snapshot import PersonUse
from usage.models import SnapshotUser, UsageSnapshot

Counted = tuple[UsageSnapshot, Sequence[PersonUse]]

_COLUMNS = 'organization_id, snapshot_id, "user", license, first_login_at, last_seen_at, seconds'
# PostgreSQL's types of the columns above, for the binary form of COPY.
_TYPES = ("int8", "int8", "text", "varchar", "timestamptz", "timestamptz", "int8")


def save_people(counted: Iterable[Counted]) -> None:
    """Store the people behind each of some stored snapshots at once; they are never changed afterwards."""
    if connection.vendor == "postgresql":
        _save_on_postgresql(counted)
    else:
        people = chain.from_iterable(people_of(snapshot, people) for snapshot, people in counted)
        SnapshotUser.objects.bulk_create(people, batch_size=2000)


def people_of(snapshot: UsageSnapshot, people: Sequence[PersonUse]) -> list[SnapshotUser]:
    """Return the people behind a snapshot, not stored yet."""
    return [
        SnapshotUser(
            organization_id=snapshot.organization_id,
            snapshot=snapshot,
            user=person.user,
            license=person.license or "",
            first_login_at=person.first_login_at,
            last_seen_at=person.last_seen_at,
            seconds=_whole_seconds(person),
        )
        for person in people
    ]


def _save_on_postgresql(counted: Iterable[Counted]) -> None:
    statement = f"COPY usage_snapshotuser ({_COLUMNS}) FROM STDIN (FORMAT BINARY)"
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        copy.set_types(_TYPES)
        for snapshot, people in counted:
            for person in people:
                copy.write_row(
                    (
                        snapshot.organization_id,
                        snapshot.pk,
                        person.user,
                        person.license or "",
                        person.first_login_at,
                        person.last_seen_at,
                        _whole_seconds(person),
                    )
                )


def _whole_seconds(person: PersonUse) -> int:
    return person.logged_in // ONE_SECOND
