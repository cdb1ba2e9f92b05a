"""The people behind a number, as rows of a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from subscriptions.domain.catalog import CONTACT_CENTER_TIERS
from subscriptions.domain.terms import ContractTerms, LicensingModel
from usage.documents.reader import Reader
from usage.domain.concurrent import Peak
from usage.domain.snapshot import PersonUse, UsageCount

NOT_COUNTED = "none"
"""What an address says for the people who logged in and did not count."""


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


def people_behind(product: str, *, count: UsageCount, terms: ContractTerms) -> list[PersonUse]:
    """
    Return the people behind a license's or an add-on's number who logged in, or those who were not counted.

    In concurrent licensing that is everyone who logged in with any of the tiers, whichever of them is billed (BR-21).
    """
    if terms.licensing_model is LicensingModel.CONCURRENT and product in CONTACT_CENTER_TIERS:
        return [person for person in count.people if person.license in CONTACT_CENTER_TIERS]
    if product in count.add_on_holders:
        return [person for person in count.people if person.user in count.add_on_holders[product]]
    license_code = None if product == NOT_COUNTED else product
    return [person for person in count.people if person.license == license_code]
