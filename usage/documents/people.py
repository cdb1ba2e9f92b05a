"""The people behind a number, as rows of a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from usage.documents.reader import Reader
from usage.domain.concurrent import Peak
from usage.domain.known_period import KnownPeriod
from usage.domain.snapshot import PersonUse, UsageCount
from usage.domain.so_far import licenses_behind


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """One person behind a number; `license` is empty if none was counted for them."""

    user: str
    license: str
    first_login_at: datetime
    last_seen_at: datetime
    logged_in: timedelta
    at_peak: bool


def build_people(people: Sequence[PersonUse], *, peak: Peak | None, reader: Reader) -> list[PersonRow]:
    """Return people as rows of a list."""
    at_peak = peak.people if peak else frozenset()
    return [
        PersonRow(
            user=person.user,
            license=reader.product(person.license) if person.license else "",
            first_login_at=person.first_login_at,
            last_seen_at=person.last_seen_at,
            logged_in=person.logged_in,
            at_peak=person.user in at_peak,
        )
        for person in people
    ]


def people_behind(product: str, *, count: UsageCount, known: KnownPeriod) -> list[PersonUse]:
    """Return the people behind a license's or an add-on's number who logged in, or those who were not counted."""
    if product in count.add_on_holders:
        return [person for person in count.people if person.user in count.add_on_holders[product]]
    licenses = licenses_behind(product, known=known)
    return [person for person in count.people if person.license in licenses]
