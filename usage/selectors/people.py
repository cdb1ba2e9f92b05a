"""Reads who was logged in: in a period as its close counted them, in a running one as a worker counted them last."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import (
    QuerySet,
)

from usage.domain.snapshot import PersonUse
from usage.models import LiveCount, LivePerson, SnapshotUser


def list_people_counted(snapshot_id: int) -> QuerySet[SnapshotUser]:
    """Return everyone who was logged in during a period, as a close counted them, by user."""
    return SnapshotUser.objects.filter(snapshot_id=snapshot_id).order_by("user")


def iterate_people_counted(snapshot_id: int) -> Iterator[PersonUse]:
    """Yield everyone who was logged in during a period, as a close counted them, without holding them all."""
    return _people_of(list_people_counted(snapshot_id))


def list_live_people(organization_id: int) -> QuerySet[LivePerson]:
    """Return everyone who was logged in during a running period, as a worker counted them last, by user."""
    return LivePerson.objects.filter(organization_id=organization_id).order_by("user")


def iterate_live_people(organization_id: int) -> Iterator[PersonUse]:
    """Yield everyone who was logged in during a running period, as a worker counted them last."""
    return _people_of(list_live_people(organization_id))


def list_live_people_at_peak(organization_id: int) -> QuerySet[LivePerson, str]:
    """Return the users who were in when the concurrent peak of a running period was first reached (BR-21)."""
    return list_live_people(organization_id).filter(at_peak=True).values_list("user", flat=True)


def get_live_add_on_holders(organization_id: int) -> dict[str, frozenset[str]]:
    """Return who counts for each add-on in a running period, as a worker counted it last (BR-24)."""
    row = LiveCount.objects.filter(organization_id=organization_id).values_list("add_on_holders", flat=True).first()
    return {add_on: frozenset(users) for add_on, users in (row or {}).items()}


def _people_of(people: QuerySet[SnapshotUser] | QuerySet[LivePerson]) -> Iterator[PersonUse]:
    rows = people.values_list("user", "license", "first_login_at", "last_seen_at", "seconds")
    for user, license_code, first_login_at, last_seen_at, seconds in rows.iterator(chunk_size=2_000):
        yield PersonUse(
            user=user,
            license=license_code or None,
            first_login_at=first_login_at,
            last_seen_at=last_seen_at,
            logged_in=timedelta(seconds=seconds),
        )
